"""What ``/docs`` says beside what FastAPI finds out: problems, and the words of every enumeration."""

from collections import defaultdict
from typing import Any

from fastapi import FastAPI

from services.intake.guard import SCHEMES
from services.intake.problems import KINDS, MEDIA_TYPE, RETRY_AFTER_SECONDS, ProblemBody
from services.intake.shapes.hotline import HotlineOrder, Outcome
from shared.contracts import trail, vocabulary
from shared.contracts.vocabulary import Word

WORDS: tuple[type[Word], ...] = (
    vocabulary.Status,
    vocabulary.Due,
    vocabulary.Outcome,
    vocabulary.Grouping,
    vocabulary.Kind,
    vocabulary.Urgency,
    vocabulary.Source,
    vocabulary.EventType,
    vocabulary.Reason,
    vocabulary.Action,
    vocabulary.Refusal,
    vocabulary.Part,
    vocabulary.Detail,
    vocabulary.Grade,
    vocabulary.Way,
    vocabulary.Channel,
    vocabulary.Scope,
    trail.What,
    trail.Via,
    Outcome,
)

ASKING = ("service_failed", "broker_away", "no_answer")
"""What can become of every call to another service."""

HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "Seconds.", "required": True, "schema": {"type": "integer"}}},
    503: {
        "Retry-After": {
            "description": "Seconds.",
            "required": True,
            "schema": {"type": "integer", "example": RETRY_AFTER_SECONDS},
        }
    },
}
"""What comes along with a problem of that status."""


def answers(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that can answer with these problems."""
    by_status: dict[int | str, list[str]] = defaultdict(list)
    for code in codes:
        by_status[KINDS[code][0]].append(code)
    return {status: _response(int(status), found) for status, found in by_status.items()}


def _response(status: int, codes: list[str]) -> dict[str, Any]:
    examples = {code: {"value": _example(status, code)} for code in codes}
    schema = {"$ref": "#/components/schemas/ProblemBody"}
    response: dict[str, Any] = {
        "description": " ".join(f"`{code}`: {KINDS[code][1]}" for code in codes),
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }
    if status in HEADERS:
        response["headers"] = HEADERS[status]
    return response


def _example(status: int, code: str) -> dict[str, Any]:
    return {
        "type": f"urn:loumen:problem:{code}",
        "title": KINDS[code][1],
        "status": status,
        "code": code,
        "instance": "urn:loumen:trace:00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    }


def document(app: FastAPI) -> None:
    """Let ``app.openapi`` tell all of it."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        schema = plain()
        schemas = schema["components"]["schemas"]
        schema["components"]["securitySchemes"].update(SCHEMES)
        for shape in (ProblemBody, HotlineOrder):  # what the document tells of, though no route names it
            told = shape.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(told.pop("$defs", {}))
            schemas[shape.__name__] = told
        _drop_default_errors(schema)
        for words in WORDS:
            schemas[words.__name__] = _enumeration(words)
        return schema

    app.openapi = whole  # type: ignore[method-assign]


def _drop_default_errors(schema: dict[str, Any]) -> None:
    """FastAPI says that each call with a parameter may answer 422 in its own shape. Ours says where, and in which."""
    for methods in schema["paths"].values():
        for call in methods.values():
            if MEDIA_TYPE not in call["responses"].get("422", {}).get("content", {}):
                call["responses"].pop("422", None)
    for unused in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(unused, None)


def _enumeration(words: type[Word]) -> dict[str, Any]:
    lines = "\n".join(f"| `{word.value}` | {word.zh} | {word.en} |" for word in words)
    return {
        "type": "string",
        "title": words.__name__,
        "enum": [word.value for word in words],
        "description": f"{words.__doc__}\n\n| code | 中文 | English |\n|---|---|---|\n{lines}",
        "x-words": {word.value: {"zh": word.zh, "en": word.en} for word in words},
    }
