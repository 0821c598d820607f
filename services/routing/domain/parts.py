"""What somebody is to a ticket: the parts from which the actions follow."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from services.routing.domain.case import Case, Standing
from services.routing.domain.ladder import matter_of, owner_at
from services.routing.domain.summoning import summoners
from shared.contracts.commands import By
from shared.contracts.directory import Post
from shared.contracts.events import RESIDENTS
from shared.contracts.ticket import Actor, Seat, Ticket
from shared.contracts.vocabulary import Part, Refusal
from shared.directory import Town


def standings(case: Case, by: By, town: Town, now: datetime, parent: Case | None = None) -> tuple[Standing, ...]:
    """Everything that they are to it, what answers for it first; nothing where they have no part in it.

    Whoever acts by a link has the seat that it names, and nothing else; none when the ticket has gone to another since,
    or the person no longer holds the post. Whom the complaint is about has no part in it but a seat, which only the top
    can have given. ``parent``: the case that it is a task of, where it is one.
    """
    if by.resident:
        return _resident(case.ticket, by.resident, by)
    held = {post.code for post in town.posts_of(by.person, now)} if by.person else set[str]()
    summoned_by = summoners(case.ticket, town)
    seats = (each for each in _seated(case, summoned_by) if each.seat and each.seat.post in held)
    seated = [each for each in seats if each.seat and _is_meant(each.seat, by)]
    if by.assignment is not None:
        return tuple(seated)
    without_seat = (town.post(code) for code in summoned_by if code not in {seat.post for seat in case.ticket.seats})
    posts = (
        *_posted(Part.ABOVE, above(case, town, now, parent)),
        *_posted(Part.SUMMONER, (post for post in without_seat if post)),
        *_posted(Part.AT_DOOR, at_doors(case, town)),
    )
    return (*seated, *(each for each in posts if each.actor.post in held and each.actor.role != case.ticket.about_role))


def why_none(by: By, town: Town, now: datetime) -> Refusal:
    """Why somebody has no part in a ticket: the post that their link names is no longer theirs, or has it no more."""
    left = by.post is not None and by.post not in {post.code for post in town.posts_of(by.person or "", now)}
    return Refusal.NOT_HOLDER if left else Refusal.NOT_YOURS


def _resident(ticket: Ticket, part: Part, by: By) -> tuple[Standing, ...]:
    """A co-signer whose voice is not there (any more) is nobody, nor is who reported what is not merged into it."""
    voice = next((each for each in ticket.voices if each.household == by.household), None)
    report = next((each for each in ticket.also_reported if each.ticket_id == by.through), None)
    if (part is Part.COSIGNER and voice is None) or (by.through and report is None):
        return ()
    return (Standing(part, RESIDENTS[part], voice=voice, report=report),)


def _seated(case: Case, summoned_by: Sequence[str]) -> Iterator[Standing]:
    """The owner; the handler where that is another sitting, and has summoned somebody; those who were summoned."""
    owner, *others = case.ticket.seats
    summoning = [seat for seat in others if seat.post in summoned_by]
    parts = (
        (Part.OWNER, [owner]),
        (Part.HANDLER, others),
        (Part.SUMMONER, summoning),
        (Part.SUMMONED, case.ticket.helpers),
    )
    for part, seats in parts:
        yield from (Standing(part, Actor(post=seat.post, role=seat.role), seat) for seat in seats)


def _is_meant(seat: Seat, by: By) -> bool:
    return by.post in (None, seat.post) and by.assignment in (None, seat.assignment)


def _posted(part: Part, posts: Iterable[Post]) -> Iterator[Standing]:
    return (Standing(part, Actor(post=post.code, role=post.role)) for post in posts)


def above(case: Case, town: Town, now: datetime, parent: Case | None = None) -> tuple[Post, ...]:
    """The posts that would own it at the levels above, the nearest first; of a task who owns the whole before them."""
    matter = matter_of(case.ticket, case.policy, town)
    higher = matter.levels[matter.levels.index(case.ticket.level) + 1 :]
    whole = town.post(parent.ticket.owner.post) if parent and parent.ticket.owner else None
    posts = (whole, *(owner_at(matter, level, town, now) for level in higher))
    return tuple(dict.fromkeys(post for post in posts if post))


def at_doors(case: Case, town: Town) -> tuple[Post, ...]:
    """The posts at the ticket's own door (its lowest place), and at those of the households that co-signed."""
    ticket = case.ticket
    doors = dict.fromkeys((ticket.place.code, *(voice.place for voice in ticket.voices)))
    return tuple(dict.fromkeys(post for door in doors for post in town.posts_at_door(door, ticket.about_role)))
