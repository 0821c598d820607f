"""A ticket as somebody finds it who wants to do something with it: signed in, or with its tracking token."""

from collections.abc import Sequence
from dataclasses import dataclass

from structlog.contextvars import bind_contextvars

from services.intake.acting import by_tracking, offer_if_possible
from services.intake.following import audience_of, stands_for
from services.intake.problems import Problem
from services.intake.scope import sees
from services.intake.state import State
from services.intake.visibility import Audience, as_neighbour
from shared import ids
from shared.contracts.accounts import Identity
from shared.contracts.commands import By
from shared.contracts.directory import Post
from shared.contracts.queries import Offer, TicketRecord
from shared.contracts.ticket import Voice
from shared.directory import Town


@dataclass(frozen=True)
class Seen:
    """A ticket, as whom the asker acts on it, and what of it the asker sees. ``confirms``: the voices of the households
    that one of the asker's posts may confirm."""

    record: TicketRecord
    by: By
    audience: Audience
    confirms: tuple[Voice, ...] = ()


async def see(here: State, written_code: str, asker: Identity | ids.TrackingToken, *, story: bool = True) -> Seen:
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
    """Whoever was given it a moment ago sees it, though records may not know yet: routing does."""
    posts, by = here.posts_of(asker), By(person=asker.person)
    record = await here.desk.ticket(code=code, story=story) if posts else None
    if record is None:
        return None
    seen = _at_their_posts(record, by, posts, here.town())
    if seen is None:
        now = newest(record, await offer_if_possible(here, record.ticket.id, by))
        seen = _at_their_posts(now, by, posts, here.town()) if now is not record else None
    return seen


def newest(record: TicketRecord, offer: Offer | None) -> TicketRecord:
    """The ticket as routing has it, where records has not heard yet of what was done last."""
    ticket = offer.ticket if offer else None
    newer = ticket is not None and ticket.version > record.ticket.version
    return record.model_copy(update={"ticket": ticket}) if newer else record


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
