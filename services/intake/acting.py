"""Acting on a ticket: reading the link that lets one, finding out what is open, carrying it out."""

from typing import Any
from uuid import UUID, uuid4

from fastapi import Request
from structlog.contextvars import bind_contextvars

from services.intake.guard import address
from services.intake.masking import mask, mask_optional
from services.intake.pages import limit
from services.intake.problems import SENTENCES, FieldError, Problem, refusing
from services.intake.shapes.actions import ActionDetails
from services.intake.state import State
from services.intake.uploads import keep
from shared.bus.asyncio import BrokerAway, CallFailed, CallTimedOut
from shared.contracts.commands import Act, By, Details, NewTask, Refused
from shared.contracts.queries import Offer
from shared.contracts.ticket import Ticket, Voice
from shared.contracts.trail import Origin, Via
from shared.contracts.vocabulary import Action, Part, Refusal
from shared.i18n import Speaker
from shared.ids import ActionToken, ExpiredToken, InvalidToken, TrackingToken, normalize_code, read_action, ticket_code

DAY_SECONDS = 86_400


def read_link(here: State, action_token: str) -> ActionToken:
    """Raises ``Problem``: 403 for a link that we never made, 410 for one that is too old."""
    try:
        token = read_action(here.secret, action_token, here.settings.action_link_days * DAY_SECONDS)
    except ExpiredToken:
        raise Problem("link_expired") from None
    except InvalidToken:
        raise Problem("link_forged") from None
    bind_contextvars(ticket=str(token.ticket_id))
    return token


async def carry_out(
    here: State,
    ticket_id: UUID,
    by: By,
    action: Action,
    asked: ActionDetails,
    origin: Origin,
    say: Speaker,
    voice: Voice | None = None,
) -> Ticket:
    """The ticket after the action.

    Raises ``Problem``: 422 for a photo that is not there, 404 for a mistyped code of another ticket; 403 where another
    could do it, 409 where the ticket stands otherwise, both with why not and how it stands.
    """
    if asked.ticket is not None and normalize_code(asked.ticket) is None:
        raise Problem("mistyped_code")
    if asked.photos:
        await keep(here, asked.photos, say)
    act = Act(
        action_id=asked.action_id or uuid4(),
        ticket_id=ticket_id,
        by=by,
        action=action,
        details=_details(asked),
        origin=origin,
        voice=voice,
    )
    acted = await here.desk.act(act)
    if acted.refused is not None:
        raise refusing(acted.refused.reason, instead=_instead(acted.refused), **_at_fault(acted.refused, say))
    assert acted.ticket is not None
    return acted.ticket


def _details(asked: ActionDetails) -> Details:
    """As it may travel: words masked, each photo once."""
    tasks = tuple(NewTask(text=mask(each.text), to=each.to) for each in asked.tasks)
    masked = {"text": mask_optional(asked.text), "photos": tuple(dict.fromkeys(asked.photos)), "tasks": tasks}
    return Details(**asked.model_dump(include=set(Details.model_fields), exclude=set(masked)), **masked)


async def offer_if_possible(here: State, ticket_id: UUID, by: By) -> Offer | None:
    """The action is done: that the next question fails must not hide it."""
    try:
        return await here.desk.offer(ticket_id, by)
    except (BrokerAway, CallTimedOut, CallFailed):
        return None


def by_link(token: ActionToken) -> By:
    return By(person=token.person, post=token.post, assignment=token.assignment)


def from_link(token: ActionToken, request: Request) -> Origin:
    """Whose link it is, and from where it was used."""
    return Origin(via=Via.ACTION_LINK, who=token.person, address=address(request))


def by_tracking(token: TrackingToken, ticket: Ticket) -> By:
    """As whom the token's holder acts on the ticket: its own, or what that goes on as."""
    if token.household is not None:
        return By(resident=Part.COSIGNER, household=token.household)
    return By(resident=Part.REPORTER, through=None if token.ticket_id == ticket.id else token.ticket_id)


def _at_fault(refused: Refused, say: Speaker) -> dict[str, Any]:
    """Which fields, and what of each, as where they are not even written as they must be."""
    if not refused.fields:
        return {}
    if latest := refused.until_at_most:
        said = say(SENTENCES["no_such_date"], latest=limit(latest))
    else:
        said = say(SENTENCES["not_taken" if refused.reason is Refusal.NOT_TAKEN else "missing"])
    errors = [FieldError(field=each.value, detail=said) for each in refused.fields]
    return {"fields": refused.fields, "errors": errors} | ({"until_at_most": latest.isoformat()} if latest else {})


def _instead(refused: Refused) -> dict[str, Any] | None:
    """What happened to the ticket: where it stands and since when, whose it is now, as which it goes on, and what was
    done to it last: by which post or resident, by nobody where it was the clock."""
    ticket, last = refused.ticket, refused.last
    if ticket is None:
        return None
    owner = ticket.owner
    known = ticket.closed_at or ticket.resolved_at or (owner.since if owner else ticket.opened_at)
    since = last.since if last and last.since else known
    return {
        "status": ticket.status,
        "level": ticket.level,
        "owner": owner and {"role": owner.role, "post": owner.post, "name": owner.name},
        "since": since.isoformat(),
        "merged_into": ticket.merged_into and ticket_code(ticket.merged_into),
        "last": last and {"type": last.type, "by": last.by and last.by.model_dump(), "at": last.at.isoformat()},
    }
