"""What the people responsible call: an action on a ticket, through the link that they were sent or signed in."""

from fastapi import APIRouter, Depends, Request
from structlog.contextvars import bind_contextvars

from services.intake.acting import by_link, carry_out, from_link, offer_if_possible, read_link
from services.intake.action_shapes import ActionDetails, NewAction, TicketAtWork
from services.intake.guard import AskedFrom, Asker, Guarded, json_only
from services.intake.openapi import ASKING, answers
from services.intake.problems import Problem
from services.intake.scope import sees
from services.intake.state import Here, Speaks, State
from services.intake.visibility import Audience, view_for
from shared import ids
from shared.contracts.accounts import Identity
from shared.contracts.commands import By
from shared.contracts.queries import Offer, TicketRecord
from shared.contracts.vocabulary import Action

router = APIRouter(prefix="/api/v1", tags=["staff"], route_class=Guarded)

BODY = ("malformed_json", "too_large", "wrong_content_type", "invalid", "photos_away")
ACCOUNT = ("not_signed_in", "not_allowed", "cross_site", "unknown_ticket", "mistyped_code", "not_ready")


@router.post(
    "/actions/{action_token}",
    summary="Accept, resolve, hand back, escalate, note or assign",
    dependencies=[Depends(json_only)],
    responses=answers("bad_request", "link_forged", "refused", "not_your_part", "link_expired", *BODY, *ASKING),
)
async def act(action_token: str, asked: NewAction, request: Request, here: Here, say: Speaks) -> TicketAtWork:
    """The link names ticket, person, post and assignment. It lives through that assignment, and is refused after it.

    After a 502 or 503 the action may have been carried out: send the same again with the same `action_id`.
    """
    token = read_link(here, action_token)
    origin = from_link(token, request)
    ticket = await carry_out(here, token.ticket_id, by_link(token), asked.action, asked, origin, say)
    offer = await offer_if_possible(here, token.ticket_id, by_link(token))
    return _at_work(here, TicketRecord(ticket=ticket, timeline=()), offer)


@router.get(
    "/tickets/{code}/actions",
    summary="A ticket at work, and what is open to you",
    responses=answers(*ACCOUNT, *ASKING),
)
async def get_actions(code: str, asker: Asker, here: Here) -> TicketAtWork:
    """For whoever holds a post at its place or above, or has it. An action that is not open says why."""
    record = await _seen(here, code, asker)
    offer = await here.desk.offer(record.ticket.id, _by(asker))
    return _at_work(here, record, offer)


@router.post(
    "/tickets/{code}/actions/{action}",
    summary="Act on a ticket that one of your posts has",
    dependencies=[Depends(json_only)],
    responses=answers("bad_request", "refused", "not_your_part", *ACCOUNT, *BODY, *ASKING),
)
async def act_on_ticket(
    code: str, action: Action, asked: ActionDetails, asker: Asker, origin: AskedFrom, here: Here, say: Speaks
) -> TicketAtWork:
    """Of two at once one wins; the other is refused, and told how the ticket stands.

    After a 502 or 503 the action may have been carried out: send the same again with the same `action_id`.
    """
    record = await _seen(here, code, asker)
    ticket = await carry_out(here, record.ticket.id, _by(asker), action, asked, origin, say)
    return _at_work(
        here, TicketRecord(ticket=ticket, timeline=()), await offer_if_possible(here, ticket.id, _by(asker))
    )


async def _seen(here: State, written_code: str, asker: Identity) -> TicketRecord:
    """The ticket, where the asker's posts let see it; else it is unknown, as one that is not there (``Problem``)."""
    code = ids.normalize_code(written_code)
    if code is None:
        raise Problem("mistyped_code")
    posts = here.posts_of(asker)
    record = await here.desk.ticket(code=code) if posts else None
    if record is None or not sees(posts, record.ticket):
        raise Problem("unknown_ticket")
    bind_contextvars(ticket=str(record.ticket.id))
    return record


def _by(asker: Identity) -> By:
    assert asker.person is not None
    return By(person=asker.person)


def _at_work(here: State, record: TicketRecord, offer: Offer | None) -> TicketAtWork:
    view = view_for(Audience.AT_WORK, record, here.show)
    return TicketAtWork(ticket=view, parts=offer and offer.parts, forms=offer and offer.forms)
