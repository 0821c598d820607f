"""What residents do with a ticket once it is there, and the post at the door that confirms their households.

A household has one voice, and only a confirmed one counts.
"""

from datetime import datetime
from typing import Any

from services.routing.domain.case import Case, Change, Doing, Standing, happen
from services.routing.domain.climbing import climb
from services.routing.domain.ladder import matter_of, owner_above
from services.routing.domain.restamping import can_be_more_urgent, more_urgent
from shared.contracts.events import (
    TicketClosed,
    TicketCommented,
    TicketCosigned,
    TicketHouseholdConfirmed,
    TicketRated,
    TicketWithdrawn,
)
from shared.contracts.ticket import Ticket, Voice
from shared.contracts.vocabulary import Part, Reason, Refusal, Status
from shared.directory import Town

MOST_VOICES = 500
"""They travel with every event: more than a compound's households are somebody's joke."""


def cosign(case: Case, doing: Doing, _town: Town, now: datetime) -> Change | Refusal:
    voice, voices = doing.voice, case.ticket.voices
    if voice is None:
        return Refusal.INCOMPLETE
    if voice.household in {each.household for each in voices}:
        return Refusal.ALREADY
    if len(voices) >= MOST_VOICES:
        return Refusal.TOO_OFTEN
    fresh = Voice(household=voice.household, place=voice.place, ref=voice.ref)
    changes = {"voices": (*voices, fresh)}
    return happen(TicketCosigned, case, now, due_at=case.due_at, by=doing, changes=changes, household=voice.household)


def nobody_to_confirm(case: Case, who: Standing, town: Town, _now: datetime) -> Refusal | None:
    waiting = any(_confirms(case, who, voice, town) for voice in case.ticket.voices if not voice.confirmed_at)
    return None if waiting else Refusal.NOTHING_TO_DO


def confirm_household(case: Case, doing: Doing, town: Town, now: datetime) -> Change | Refusal:
    """It lives there, says the post at its door."""
    wanted = doing.details.household
    voice = next((each for each in case.ticket.voices if each.household == wanted), None)
    if voice is None:
        return Refusal.NO_SUCH_HOUSEHOLD
    if not _confirms(case, doing.who, voice, town):
        return Refusal.NOT_YOUR_PART
    if voice.confirmed_at:
        return Refusal.ALREADY
    changes = {"voices": with_voice(case.ticket, voice.model_copy(update={"confirmed_at": now}))}
    confirmed = happen(
        TicketHouseholdConfirmed,
        case,
        now,
        due_at=case.due_at,
        by=doing,
        changes=changes,
        household=voice.household,
    )
    return confirmed.then(raise_if_enough(case.ticket, confirmed.case, town, now))


def _confirms(case: Case, who: Standing, voice: Voice, town: Town) -> bool:
    return who.actor.post in {post.code for post in town.posts_at_door(voice.place, case.ticket.about_role)}


def raise_if_enough(before: Ticket, case: Case, town: Town, now: datetime) -> Change:
    """One level up, or one band more urgent where the policy says that, at the moment when enough households are
    confirmed, while it is open; more of them do nothing. What is as urgent as it can be climbs; at the top nothing
    happens."""
    enough = case.policy.cosign_threshold
    if not case.ticket.status.is_open:
        return Change(case)
    if before.confirmed_households >= enough or case.ticket.confirmed_households < enough:
        return Change(case)
    if can_be_more_urgent(case):
        return more_urgent(case, Reason.COSIGNED, town, now)
    if owner_above(matter_of(case.ticket, case.policy, town), case.ticket.level, town, now) is None:
        return Change(case)
    return climb(case, Reason.COSIGNED, town, now)


def comment(case: Case, doing: Doing, _town: Town, now: datetime) -> Change:
    return happen(TicketCommented, case, now, due_at=case.due_at, by=doing)


def own_work(case: Case, who: Standing, town: Town, now: datetime) -> Refusal | None:
    """Whoever filed it for a neighbour holds the neighbour's token: where the same post, or the person who holds it,
    had the work as well, nobody says by that token how well it was done, and the confirm window closes it."""
    ticket = case.ticket
    if ticket.filed_by is None or who.part is not Part.REPORTER or who.report:
        return None
    answer = {seat.post for seat in ticket.seats}
    filed = town.post(ticket.filed_by.post)
    holders = {town.holder(post, now) for code in answer if (post := town.post(code))}
    same = ticket.filed_by.post in answer or (filed is not None and town.holder(filed, now) in holders - {None})
    return Refusal.OWN_WORK if same else None


def confirm(case: Case, doing: Doing, _town: Town, now: datetime) -> Change:
    """Settled, says who reported it: nobody waits for the confirm window."""
    changes = {"status": Status.CLOSED, "closed_at": now}
    return happen(TicketClosed, case, now, due_at=None, by=doing, changes=changes, reason=Reason.CONFIRMED)


def cannot_rate(case: Case, who: Standing, town: Town, now: datetime) -> Refusal | None:
    """Once each, and nobody his own work; what is taken up anew is rated anew."""
    said = who.voice or who.report or case.ticket
    return Refusal.ALREADY if said.grade else own_work(case, who, town, now)


def rate(case: Case, doing: Doing, _town: Town, now: datetime) -> Change:
    ticket, voice, report = case.ticket, doing.who.voice, doing.who.report
    given: dict[str, Any] = {"grade": doing.details.grade}
    changes = given
    if voice:
        changes = {"voices": with_voice(ticket, voice.model_copy(update=given))}
    elif report:
        rated = report.model_copy(update=given)
        changes = {"also_reported": tuple(rated if each == report else each for each in ticket.also_reported)}
    whose = {"household": voice and voice.household, "through": report and report.ticket_id}
    return happen(TicketRated, case, now, due_at=case.due_at, by=doing, changes=changes, **given, **whose)


def cannot_withdraw(case: Case, who: Standing, _town: Town, _now: datetime) -> Refusal | None:
    """It is not the reporter's alone any more once confirmed households stand behind it. Of a task nobody is the
    reporter: whoever answers for the whole may find that it is not needed."""
    if who.part is Part.ABOVE and not case.ticket.parent:
        return Refusal.NOT_YOUR_PART
    return Refusal.COSIGNED if case.ticket.confirmed_households or case.ticket.absorbed else None


def withdraw(case: Case, doing: Doing, _town: Town, now: datetime) -> Change:
    changes = {"status": Status.WITHDRAWN, "closed_at": now, "overdue": False, "pause": None}
    return happen(TicketWithdrawn, case, now, due_at=None, by=doing, changes=changes)


def with_voice(ticket: Ticket, voice: Voice) -> tuple[Voice, ...]:
    """The ticket's voices, that household's as given."""
    return tuple(voice if each.household == voice.household else each for each in ticket.voices)
