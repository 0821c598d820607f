"""An action on a ticket: by the people responsible, through their link or signed in; by residents with their token."""

from fastapi import APIRouter, Request, Response

from services.intake.acting import by_link, carry_out, from_link, offer_if_possible, read_link
from services.intake.guard import Acting, AskedFrom, Asker, Guarded, address
from services.intake.openapi import ASKING, answers
from services.intake.problems import Problem, refusing
from services.intake.seeing import Seen, newest, see
from services.intake.shapes.actions import ActionDetails, Contact, Household, NewAction, TicketAtWork
from services.intake.state import Here, Speaks, State
from services.intake.visibility import Audience, view_for
from shared.contracts.queries import Offer, TicketRecord
from shared.contracts.trail import Origin
from shared.contracts.vocabulary import Action, Refusal

router = APIRouter(prefix="/api/v1", tags=["staff"], route_class=Guarded)

BODY = ("malformed_json", "too_large", "wrong_content_type", "invalid", "photos_away")
ACCOUNT = (
    "not_signed_in", "not_allowed", "token_forged", "token_foreign", "cross_site", "unknown_ticket", "mistyped_code",
    "not_yet", "not_ready",
)  # fmt: skip
REACHING = (Action.CONTACT, Action.CALL_BACK)
"""The actions for which one has to know how to reach the reporter."""
MOST_ACTIONS = 60
"""Of residents from one address in a quarter of an hour."""


@router.post(
    "/actions/{action_token}",
    summary="Accept, resolve, hand back, escalate, note or assign",
    responses=answers(
        "bad_request", "link_forged", "mistyped_code", "refused", "not_your_part", "link_expired", *BODY, *ASKING
    ),
)  # fmt: skip
async def act(action_token: str, asked: NewAction, request: Request, here: Here, say: Speaks) -> TicketAtWork:
    """The link names ticket, person, post and assignment. It lives through that assignment, and is refused after it.

    After a 502 or 503 the action may have been carried out: send the same again with the same `action_id`.
    """
    token = read_link(here, action_token)
    origin = from_link(token, request)
    ticket = await carry_out(here, token.ticket_id, by_link(token), asked.action, asked, origin, say)
    offer = await offer_if_possible(here, token.ticket_id, by_link(token))
    return _at_work(here, Audience.AT_WORK, TicketRecord(ticket=ticket, timeline=()), offer)


@router.get(
    "/tickets/{code}/actions",
    summary="A ticket at work, and what is open to you",
    responses=answers(*ACCOUNT, *ASKING),
)
async def get_actions(code: str, asker: Acting, origin: AskedFrom, here: Here) -> TicketAtWork:
    """For whoever holds a post at its place or above, or has it, and with its tracking token: once it was merged that
    stands for the ticket that goes on. An action that is not open says why. A post at the door of households that
    co-signed reads which they are."""
    seen = await see(here, code, asker)
    offer = await here.desk.offer(seen.record.ticket.id, seen.by)
    found = _at_work(here, seen.audience, newest(seen.record, offer), offer)
    return found.model_copy(update={"households": await _households(here, seen, origin)})


@router.get(
    "/tickets/{code}/contact",
    summary="How to reach the reporter",
    responses=answers("refused", "not_your_part", "reporter_hidden", *ACCOUNT, *ASKING),
)
async def get_contact(code: str, asker: Asker, origin: AskedFrom, here: Here, response: Response) -> Contact:
    """For whoever may contact the reporter now, or call back, as `actions` says; each look is on the trail.

    All null: nothing was left, or it was erased. Never of an anonymous ticket, nor of a complaint about somebody at
    work: those are handled without.
    """
    response.headers["Cache-Control"] = "no-store"
    seen = await see(here, code, asker, story=False)
    ticket = seen.record.ticket
    offer = await here.desk.offer(ticket.id, seen.by)
    refused = [form.refused for form in offer.forms if form.action in REACHING]
    if None not in refused:
        raise refusing(min(filter(None, refused), key=lambda each: each.is_about_who, default=Refusal.NOT_YOURS))
    if ticket.anonymous or ticket.about_role:
        raise Problem("reporter_hidden")
    kept = await here.desk.contact(ticket.reporter_ref, origin) if ticket.reporter_ref else None
    return Contact.model_validate(kept or {})


@router.post(
    "/tickets/{code}/actions/{action}",
    summary="Act on a ticket that one of your posts has, or that is yours",
    responses=answers("bad_request", "refused", "not_your_part", "too_many_tries", *ACCOUNT, *BODY, *ASKING),
)
async def act_on_ticket(
    code: str,
    action: Action,
    asked: ActionDetails,
    asker: Acting,
    origin: AskedFrom,
    request: Request,
    here: Here,
    say: Speaks,
) -> TicketAtWork:
    """Of two at once one wins; the other is refused, and told how the ticket stands.

    After a 502 or 503 the action may have been carried out: send the same again with the same `action_id`.
    """
    seen = await see(here, code, asker, story=False)
    if seen.by.resident:
        wait = here.tries.take("act", address(request), MOST_ACTIONS)
        if wait is not None:
            raise Problem("too_many_tries", headers={"Retry-After": str(wait)})
    ticket = await carry_out(here, seen.record.ticket.id, seen.by, action, asked, origin, say)
    offer = await offer_if_possible(here, ticket.id, seen.by)
    return _at_work(here, seen.audience, TicketRecord(ticket=ticket, timeline=()), offer)


async def _households(here: State, seen: Seen, origin: Origin) -> tuple[Household, ...]:
    refs = [voice.ref for voice in seen.confirms if voice.ref]
    flats = await here.desk.households(refs, origin) if refs else {}
    return tuple(
        Household(
            household=voice.household,
            place=voice.place,
            flat=flats.get(voice.ref) if voice.ref else None,
            confirmed_at=voice.confirmed_at,
        )
        for voice in seen.confirms
    )


def _at_work(here: State, audience: Audience, record: TicketRecord, offer: Offer | None) -> TicketAtWork:
    view = view_for(audience, record, here.show)
    return TicketAtWork(ticket=view, parts=offer and offer.parts, forms=offer and offer.forms)
