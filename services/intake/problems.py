"""Every error answer: problem details (RFC 9457), in the language of the asker. One table of what can go wrong."""

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from services.intake.spool import SpoolFailed
from services.intake.submission import Wrong
from services.intake.uploads_store import StoreAway
from shared.bus.asyncio import BrokerAway, CallFailed, CallTimedOut, NotNow, Unroutable
from shared.contracts.vocabulary import Detail, Refusal
from shared.i18n import Speaker

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
MOST_ERRORS = 20
LONGEST_FIELD = 100

KINDS: dict[str, tuple[int, str]] = {
    "bad_request": (400, "The request cannot be read."),
    "malformed_json": (400, "This is not JSON."),
    "bad_header": (400, "A header is not as it must be."),
    "token_forged": (401, "This token is not ours."),
    "token_needed": (401, "A token is needed: the tracking_token of the receipt."),
    "not_signed_in": (401, "Please sign in."),
    "sign_in_failed": (401, "Name or password is wrong."),
    "token_foreign": (403, "This token belongs to another ticket."),
    "link_forged": (403, "This link is not ours."),
    "not_your_part": (403, "The action was not carried out."),
    "not_allowed": (403, "Your account may not do that."),
    "session_needed": (403, "A token will not do here: please sign in."),
    "wrong_password": (403, "The old password is wrong."),
    "cross_site": (403, "The request came from another site, or its header Origin does not say that it is ours."),
    "not_found": (404, "There is nothing here."),
    "unknown_door": (404, "There is no door with this code."),
    "unknown_ticket": (404, "There is no ticket with this code."),
    "unknown_photo": (404, "There is no photo with this id."),
    "unknown_token": (404, "There is no such token."),
    "unknown_account": (404, "There is no such account."),
    "unknown_parked": (404, "There is no such message that waits here."),
    "mistyped_code": (404, "This code is mistyped: its check symbol does not fit."),
    "method_not_allowed": (405, "This cannot be done here."),
    "not_yet": (409, "It has been received: please try again in a moment."),
    "far_door": (409, "This door is not near the place that it is about."),
    "not_shared": (409, "Only what everybody can read can be co-signed."),
    "reporter_hidden": (409, "Who reported this is not shown: it is anonymous, or a complaint."),
    "refused": (409, "The action was not carried out."),
    "login_taken": (409, "There is an account of this name already."),
    "own_account": (409, "This is your own account."),
    "link_expired": (410, "This link has expired."),
    "too_large": (413, "The request is too large."),
    "wrong_content_type": (415, "Send JSON, with the content type application/json."),
    "invalid": (422, "Some fields are not as they must be."),
    "too_many_tries": (429, "Too many tries. Please wait a quarter of an hour."),
    "internal": (500, "Something went wrong on our side."),
    "service_failed": (502, "Something went wrong on our side."),
    "broker_away": (503, "Please try again in a moment: the message system is not reachable."),
    "not_kept": (503, "Please try again in a few minutes: your message could not be kept."),
    "photos_away": (503, "Please try again in a moment: the photo store is not reachable."),
    "no_answer": (503, "Please try again in a moment: a service does not answer."),
    "busy": (503, "Please try again in a moment: many photos are coming in just now."),
    "not_ready": (503, "Please try again in a moment: the service is still starting."),
}
"""Code: status and title (English; ``web/translations`` has the others)."""

BY_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}

SENTENCES = {
    "missing": "This field is needed.",
    "extra_forbidden": "This field is not known.",
    "string_type": "Must be a text.",
    "bool_type": "Must be true or false.",
    "bool_parsing": "Must be true or false.",
    "list_type": "Must be a list.",
    "model_type": "Must be an object.",
    "model_attributes_type": "Must be an object.",
    "enum": "Must be one of: {expected}.",
    "string_too_short": "Must not be empty.",
    "too_few_characters": "At least {min_length} characters.",
    "string_too_long": "At most {max_length} characters.",
    "too_long": "At most {max_length} entries.",
    "string_pattern_mismatch": "Is not written as it must be.",
    "string_unicode": "Not valid Unicode text.",
    "uuid_parsing": "Must be a UUID.",
    "uuid_type": "Must be a UUID.",
    "dict_type": "Must be an object.",
    "too_short": "Must not be empty.",
    "int_type": "Must be a whole number.",
    "int_parsing": "Must be a whole number.",
    "greater_than_equal": "At least {ge}.",
    "less_than_equal": "At most {le}.",
    "timezone_aware": "Must be a moment with its offset from UTC.",
    "datetime_type": "Must be a moment with its offset from UTC.",
    "datetime_parsing": "Must be a moment with its offset from UTC.",
    "datetime_from_date_parsing": "Must be a moment with its offset from UTC.",
    "unknown_person": "Must be a person of the directory.",
    "nobodys_account": "Name the person, or let it administer: else it could do nothing.",
    "no_door": "There is no door with this code.",
    "no_flat": "Write the number of the flat.",
    "date_parsing": "Must be a date.",
    "date_from_datetime_parsing": "Must be a date.",
    "contains_login": "Must not contain the name of the account.",
    "same_password": "Must be another than the old one.",
    "not_taken": "This action does not take it.",
    "no_such_date": "Later than now, and at the latest {latest}.",
    "which": "{reason}: {fields}",
}
"""Pydantic's error types, and some of ours, in words."""


_QUOTED = re.compile("'([^']*)'")
"""Pydantic writes what it expects in English: 'a', 'b' or 'c'."""


class FieldError(BaseModel):
    field: str
    detail: str


class Problem(HTTPException):
    """An answer that is not what was asked for: a code of ``KINDS``, and members of its own (RFC 9457, 3.2)."""

    def __init__(
        self, code: str, *, headers: dict[str, str] | None = None, errors: Sequence[FieldError] = (), **members: Any
    ) -> None:
        self.code = code
        listed = {"errors": [each.model_dump() for each in errors]} if errors else {}
        self.members: dict[str, Any] = {**listed, **members}
        status = KINDS[code][0]
        retry = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
        super().__init__(status, code, {**retry, **(headers or {})})


class ProblemBody(BaseModel):
    """Problem details (RFC 9457). ``code`` says the same as ``type``; titles are in the asker's language."""

    type: str = Field(examples=["urn:loumen:problem:invalid"])
    title: str = Field(examples=["有些内容填写不正确。"])
    status: int = Field(examples=[422])
    code: str = Field(examples=["invalid"])
    instance: str = Field(description="`urn:loumen:trace:` and the trace that the logs know this request by.")
    detail: str | None = Field(None, description="`refused`, `not_your_part` only: the reason in words.")
    errors: list[FieldError] | None = Field(None, description="The fields that are wrong, each with why.")
    reason: str | None = Field(None, description="`refused`, `not_your_part` only: why, a code of Refusal.")
    instead: dict[str, Any] | None = Field(
        None,
        description="As `reason`: how the ticket stands: status and since when, level, owner, as which ticket it goes"
        " on, and what was done to it `last`: `type`, `at`, `by` which post or resident (null: by the clock).",
    )
    fields: list[str] | None = Field(None, description="As `reason`: what `errors` says of them, by name alone.")
    until_at_most: str | None = Field(None, description="As `reason`: the latest date that could be named.")
    missing: list[str] | None = Field(None, description="`not_ready` only: what is not there yet.")


def body(problem: Problem, say: Speaker, traceparent: str) -> dict[str, Any]:
    """The problem in the words of ``say``."""
    status, title = KINDS[problem.code]
    reason = problem.members.get("reason")
    return {
        "type": f"urn:loumen:problem:{problem.code}",
        "title": say(title),
        "status": status,
        "code": problem.code,
        "instance": f"urn:loumen:trace:{traceparent}",
        **({"detail": _in_words(reason, problem.members.get("fields", ()), say)} if reason else {}),
        **problem.members,
    }


def _in_words(reason: Refusal, fields: Sequence[Detail], say: Speaker) -> str:
    """With the fields, where the reason alone does not say which."""
    if reason not in (Refusal.INCOMPLETE, Refusal.NOT_TAKEN) or not fields:
        return say.word(reason)
    return say(SENTENCES["which"], reason=say.word(reason), fields=listed([say.word(each) for each in fields], say))


def listed(words: Iterable[str], say: Speaker) -> str:
    return (", " if say.language == "en" else "、").join(words)


def answer(problem: Problem, say: Speaker, traceparent: str) -> JSONResponse:
    headers = {**(problem.headers or {}), "Content-Language": say.language, "Vary": "Accept-Language"}
    return JSONResponse(body(problem, say, traceparent), problem.status_code, headers, MEDIA_TYPE)


def refusing(reason: Refusal, **members: Any) -> Problem:
    """Why somebody may not do that: 403 where another could do it, 409 where the ticket stands otherwise."""
    return Problem("not_your_part" if reason.is_about_who else "refused", reason=reason, **members)


def from_exception(error: Exception, say: Speaker) -> Problem:
    """What the asker is told of an exception of the framework's, the bus's or the spool's; nothing of ours shows."""
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return from_validation(error.errors(), say)
        case HTTPException(status_code=status, headers=headers):
            fallback = "bad_request" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "internal"
            return Problem(BY_STATUS.get(status, fallback), headers=dict(headers) if headers else None)
        case BrokerAway() | Unroutable():
            return Problem("broker_away")
        case SpoolFailed():
            return Problem("not_kept")
        case StoreAway():
            return Problem("photos_away")
        case CallTimedOut() | NotNow():
            return Problem("no_answer")
        case CallFailed():
            return Problem("service_failed")
    return Problem("internal")


def from_validation(errors: Sequence[Any], say: Speaker) -> Problem:
    """Pydantic's errors, each with its field and a sentence. What was sent is not repeated."""
    if any(error["type"] == "json_invalid" for error in errors):
        return Problem("malformed_json")
    code = "bad_header" if any(error["loc"][:1] == ("header",) for error in errors) else "invalid"
    found = [FieldError(field=_field(error["loc"]), detail=_sentence(error, say)) for error in errors[:MOST_ERRORS]]
    return Problem(code, errors=found)


def of_wrong(wrong: Sequence[Wrong], say: Speaker) -> Problem:
    """What does not fit the directory, field by field."""
    found = [FieldError(field=each.field, detail=say(each.detail, **each.values)) for each in wrong]
    return Problem("invalid", errors=found)


def _field(location: tuple[int | str, ...]) -> str:
    """``reporter.email``, or ``body`` for the whole. A name that came from outside is cut, and made fit to be shown."""
    name = ".".join(str(part) for part in location[1:]) or str(location[0])
    return name[:LONGEST_FIELD].encode("utf-8", "backslashreplace").decode()


def _sentence(error: Any, say: Speaker) -> str:
    values = {name: value for name, value in error.get("ctx", {}).items() if isinstance(value, str | int)}
    if error["type"] == "enum":
        values["expected"] = listed(_QUOTED.findall(str(values["expected"])), say)
    few = error["type"] == "string_too_short" and error["ctx"]["min_length"] > 1
    return say(SENTENCES.get("too_few_characters" if few else error["type"], error["msg"]), **values)
