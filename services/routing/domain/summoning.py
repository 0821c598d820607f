"""The owner summons posts sideways (吹哨): all at once, from anywhere in the subdistrict. They help, and own nothing.
Whoever summoned them releases them, though the ticket may have gone to another since.

Posts that were summoned together share the number of their assignment: each link names its post besides.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from services.routing.domain.case import Case, Change, Doing, Standing, happen, next_assignment, seat
from shared.contracts.directory import Post
from shared.contracts.events import TicketArrived, TicketReleased, TicketWhistled
from shared.contracts.ticket import Seat, Summons, Ticket
from shared.contracts.vocabulary import Refusal
from shared.directory import Town


def summonable(case: Case, town: Town, now: datetime) -> Iterator[Post]:
    """Every post that somebody answers for now: but no volunteer's, nor whom the complaint is about, nor who works on
    it already."""
    ticket = case.ticket
    there = {each.post for each in (*ticket.seats, *ticket.helpers)}
    return (
        post
        for post in town.posts_under(ticket.place.path[0].code)
        if post.code not in there
        and post.role != ticket.about_role
        and not _is_volunteer(post, town)
        and town.held(post, now)
    )


def _is_volunteer(post: Post, town: Town) -> bool:
    role = town.role(post.role)
    return role is None or role.volunteer


def nobody_to_summon(case: Case, _who: Standing, town: Town, now: datetime) -> Refusal | None:
    return None if any(summonable(case, town, now)) else Refusal.NO_SUCH_POST


def whistle(case: Case, doing: Doing, town: Town, now: datetime) -> Change | Refusal:
    ticket, offered = case.ticket, {post.code: post for post in summonable(case, town, now)}
    codes = tuple(dict.fromkeys(doing.details.posts))
    if not offered.keys() >= set(codes):
        return Refusal.NO_SUCH_POST
    seats = tuple(seat(offered[code], town, next_assignment(ticket), now) for code in codes)
    changes = {"summoned": (*ticket.summoned, *(Summons(seat=each, by=doing.who.actor.post) for each in seats))}
    return happen(TicketWhistled, case, now, due_at=case.due_at, by=doing, changes=changes, seats=seats)


def arrived_before(case: Case, who: Standing, _town: Town, _now: datetime) -> Refusal | None:
    [summons] = [each for each in case.ticket.summoned if each.seat == who.seat]
    return Refusal.ALREADY if summons.arrived_at else None


def arrive(case: Case, doing: Doing, _town: Town, now: datetime) -> Change:
    ticket, mine = case.ticket, doing.who.seat
    summoned = (each.model_copy(update={"arrived_at": now}) if each.seat == mine else each for each in ticket.summoned)
    changes = {"summoned": tuple(summoned)}
    return happen(TicketArrived, case, now, due_at=case.due_at, by=doing, changes=changes, seat=mine)


def summoners(ticket: Ticket, town: Town) -> tuple[str, ...]:
    """The posts (codes) that may release somebody."""
    posts = (_summoner(each, ticket, town) for each in ticket.summoned if each.released_at is None)
    return tuple(dict.fromkeys(post for post in posts if post))


def _summoner(summons: Summons, ticket: Ticket, town: Town) -> str | None:
    """Who summoned it; the owner where nobody is named for that post any more, or nobody knows who it was."""
    post = town.post(summons.by) if summons.by else None
    if post and town.staffed(post):
        return post.code
    return ticket.owner.post if ticket.owner else None


def _releasable(ticket: Ticket, posts: Iterable[str], town: Town) -> tuple[Seat, ...]:
    """Whom the posts (codes) may release."""
    mine = set(posts)
    return tuple(
        each.seat for each in ticket.summoned if each.released_at is None and _summoner(each, ticket, town) in mine
    )


def cannot_release(case: Case, who: Standing, town: Town, _now: datetime) -> Refusal | None:
    if _releasable(case.ticket, (who.actor.post,), town):
        return None
    return Refusal.NOT_SUMMONER if case.ticket.helpers else Refusal.NOTHING_TO_DO


def releasable(case: Case, who: Sequence[Standing], town: Town, _now: datetime) -> tuple[Post, ...]:
    """Whom somebody can release by name; who has left the directory is released with all the others."""
    seats = _releasable(case.ticket, (each.actor.post for each in who), town)
    return tuple(post for seat in seats if (post := town.post(seat.post)))


def release(case: Case, doing: Doing, town: Town, now: datetime) -> Change | Refusal:
    """Those named, or all that the post has summoned."""
    there = {seat.post for seat in _releasable(case.ticket, (doing.who.actor.post,), town)}
    named = set(doing.details.posts) or there
    return release_of(case, named, now, doing) if named <= there else Refusal.NO_SUCH_POST


def release_of(case: Case, posts: set[str], now: datetime, by: Doing | None = None) -> Change:
    """The posts (codes) need not come, or help, any more."""
    ticket = case.ticket
    seats = tuple(seat for seat in ticket.helpers if seat.post in posts)
    summoned = (
        each.model_copy(update={"released_at": now}) if each.seat in seats else each for each in ticket.summoned
    )
    changes = {"summoned": tuple(summoned)}
    return happen(TicketReleased, case, now, due_at=case.due_at, by=by, changes=changes, seats=seats)
