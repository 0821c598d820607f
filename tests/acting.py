"""Somebody acts on a case of the pure domain, as routing's handler lets them."""

from datetime import datetime

from services.routing.domain.case import Case, Change, Standing
from services.routing.domain.doing import do, forms
from services.routing.domain.parts import above, at_doors, standings
from services.routing.domain.summoning import summoners
from shared.chain import free_text
from shared.contracts.commands import By, Details
from shared.contracts.directory import Post
from shared.contracts.queries import Form
from shared.contracts.ticket import Actor, FreeText, Seat
from shared.contracts.vocabulary import Action, Part, Refusal
from shared.directory import Town


def write(text: str, key: bytes = b"key") -> FreeText:
    return free_text(text, key)


def at_seat(case: Case, seat: Seat) -> Standing:
    """The seat as it stands, whoever holds its post."""
    owner = case.ticket.owner
    part = Part.OWNER if owner and owner.assignment == seat.assignment else Part.HANDLER
    return Standing(part, Actor(post=seat.post, role=seat.role), seat)


def standing(case: Case, part: Part, town: Town, now: datetime) -> Standing | None:
    """Somebody at work with that part, whoever holds the post; None where there is none."""
    ticket = case.ticket
    match part:
        case Part.OWNER:
            seat = ticket.owner
        case Part.HANDLER:
            seat = next(iter(ticket.seats[1:]), None)
        case Part.SUMMONED:
            seat = next(iter(ticket.helpers), None)
        case _:
            posts = _posts(case, part, town, now)
            return next((Standing(part, Actor(post=post.code, role=post.role)) for post in posts), None)
    return Standing(part, Actor(post=seat.post, role=seat.role), seat) if seat else None


def _posts(case: Case, part: Part, town: Town, now: datetime) -> tuple[Post, ...]:
    match part:
        case Part.ABOVE:
            return above(case, town, now)
        case Part.SUMMONER:
            return tuple(post for code in summoners(case.ticket, town) if (post := town.post(code)))
        case _:
            return at_doors(case, town)


def act_as(
    part: Part, case: Case, action: Action, town: Town, now: datetime, text: str | None = "说明", **details: object
) -> Change | Refusal:
    """By the first who has that part."""
    who = standing(case, part, town, now)
    assert who, f"nobody is {part}"
    words = write(text) if text else None
    return do(case, action, (who,), Details(text=text, **details), words, town, now)


def act(
    case: Case,
    action: Action,
    seat: Seat,
    town: Town,
    now: datetime,
    text: str | None = None,
    key: bytes = b"key",
    **details: object,
) -> Change | Refusal:
    """By whoever sits there: no holder is asked for."""
    words = write(text, key) if text else None
    return do(case, action, (at_seat(case, seat),), Details(text=text, **details), words, town, now)


def offered(case: Case, seat: Seat, town: Town, now: datetime) -> tuple[Form, ...]:
    return forms(case, (at_seat(case, seat),), town, now)


def seat_of(case: Case, by: By, town: Town, now: datetime) -> Seat | None:
    """The first seat that somebody acts from."""
    return next((each.seat for each in standings(case, by, town, now)), None)
