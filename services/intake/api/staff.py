"""An action on a ticket: by the people responsible, through their link or signed in; by residents with their token."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from structlog.contextvars import bind_contextvars

from services.intake.acting import by_link, by_tracking, carry_out, from_link, offer_if_possible, read_link
from services.intake.following import audience_of, stands_for
from services.intake.guard import Acting, AskedFrom, Guarded, address
from services.intake.openapi import ASKING, answers
from services.intake.problems import Problem
from services.intake.scope import sees
from services.intake.shapes.actions import ActionDetails, Household, NewAction, TicketAtWork
from services.intake.state import Here, Speaks, State
from services.intake.visibility import Audience, as_neighbour, view_for
from shared import ids
from shared.contracts.accounts import Identity
from shared.contracts.commands import By
from shared.contracts.directory import Post
from shared.contracts.queries import Offer, TicketRecord
from shared.contracts.ticket import Voice
from shared.contracts.trail import Origin
from shared.contracts.vocabulary import Action
from shared.directory import Town

router = APIRouter(prefix="/api/v1", tags=["staff"], route_class=Guarded)

BODY = ("malformed_json", "too_large", "wrong_content_type", "invalid", "photos_away")
ACCOUNT = (
    "not_signed_in", "not_allowed", "token_foreign", "cross_site", "unknown_ticket", "mistyped_code", "not_yet",
    "not_ready",
)  # fmt: skip
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
    seen = await _seen(here, code, asker)
    offer = await here.desk.offer(seen.record.ticket.id, seen.by)
    found = _at_work(here, seen.audience, seen.record, offer)
    return found.model_copy(update={"households": await _households(here, seen, origin)})


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
    seen = await _seen(here, code, asker, story=False)
    if seen.by.resident:
        wait = here.tries.take("act", address(request), MOST_ACTIONS)
        if wait is not None:
            raise Problem("too_many_tries", headers={"Retry-After": str(wait)})
    ticket = await carry_out(here, seen.record.ticket.id, seen.by, action, asked, origin, say)
    offer = await offer_if_possible(here, ticket.id, seen.by)
    return _at_work(here, seen.audience, TicketRecord(ticket=ticket, timeline=()), offer)


@dataclass(frozen=True)
class Seen:
    """A ticket, as whom the asker acts on it, and what of it the asker sees. ``confirms``: the voices of the households
    that one of the asker's posts may confirm."""

    record: TicketRecord
    by: By
    audience: Audience
    confirms: tuple[Voice, ...] = ()


async def _seen(here: State, written_code: str, asker: Identity | ids.TrackingToken, *, story: bool = True) -> Seen:
    """The ticket, where the token is its own or the asker's posts let see it; else it is unknown, as one that is not
    there (``Problem``). Without the ``story`` where it is known to be read by nobody."""
    code = ids.normalize_code(written_code)
    if code is None:
        raise Problem("mistyped_code")
    if isinstance(asker, ids.TrackingToken):
        seen: Seen | None = await _by_token(here, code, asker)
    else:
        seen = await _by_post(here, code, asker, story=story)
    if seen is None:
        raise Problem("unknown_ticket")
    bind_contextvars(ticket=str(seen.record.ticket.id))
    return seen


async def _by_token(here: State, code: str, token: ids.TrackingToken) -> Seen:
    record = await stands_for(here, token, code)
    return Seen(record, by_tracking(token, record.ticket), audience_of(token, record.ticket))


async def _by_post(here: State, code: str, asker: Identity, *, story: bool) -> Seen | None:
    posts = here.posts_of(asker)
    record = await here.desk.ticket(code=code, story=story) if posts else None
    return _at_their_posts(record, By(person=asker.person), posts, here.town()) if record else None


def _at_their_posts(record: TicketRecord, by: By, posts: Sequence[Post], town: Town) -> Seen | None:
    """A post at the door of a household elsewhere sees no more than the household does; whom it is about nothing."""
    ticket, held = record.ticket, {post.code for post in posts}
    confirms = tuple(
        voice
        for voice in ticket.voices
        if held.intersection(post.code for post in town.posts_at_door(voice.place, ticket.about_role))
    )
    if sees(posts, ticket, town):
        return Seen(record, by, Audience.AT_WORK, confirms)
    if not confirms or ticket.about_role in {post.role for post in posts}:
        return None
    return Seen(record, by, as_neighbour(ticket), confirms)


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
