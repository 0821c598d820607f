"""Two tickets about the same: one goes on with the reporters and voices of both (并单), and can be told apart again.

A merged ticket keeps its own reporter, voices and owner, so that it can stand for itself again as it was.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any

from services.routing.domain.case import Case, Change, Doing, happen
from services.routing.domain.climbing import climb
from services.routing.domain.giving import give_to
from services.routing.domain.ladder import matter_of, owner_at, why_empty
from services.routing.domain.parts import standings
from services.routing.domain.residents import MOST_VOICES, raise_if_enough
from shared.contracts.events import TicketAbsorbed, TicketMerged, TicketRelinquished, TicketUnmerged
from shared.contracts.ticket import Report, Ticket, Voice
from shared.contracts.vocabulary import Part, Refusal, Status, Urgency
from shared.directory import Town
from shared.ids import normalize_code, resident_ref

ANSWERING = frozenset({Part.OWNER, Part.HANDLER, Part.ABOVE})
MOST_ABSORBED = 500
"""With their reporters they travel with every event, as voices do: of a power cut the others stand for themselves."""
BANDS = tuple(Urgency)
"""The most urgent first."""


def merge(case: Case, doing: Doing, town: Town, now: datetime) -> Change | Refusal:
    """It goes on as part of the other one, whose clock is the only one from here on."""
    code = normalize_code(doing.details.ticket or "")
    if code == case.ticket.code:
        return Refusal.SAME_TICKET
    into = next((each for each in doing.others if each.ticket.code == code), None)
    if into is None or not any(who.part in ANSWERING for who in standings(into, doing.by, town, now)):
        return Refusal.OTHER_TICKET
    if why_not := _unfit(case.ticket, into.ticket):
        return why_not
    ended = {"status": Status.MERGED, "merged_into": into.ticket.id, "closed_at": now, "pause": None, "overdue": False}
    merged = happen(TicketMerged, case, now, due_at=None, by=doing, changes=ended, into=into.ticket.code)
    return merged.together_with(_absorb(into, case.ticket, doing, town, now))


def _unfit(one: Ticket, into: Ticket) -> Refusal | None:
    """What would be lost if one went on as the other: what it is about, how urgent it is, until when others want it
    settled, from whom it is kept; None where nothing is."""
    if not into.status.is_open or into.status is Status.SUBMITTED:
        return Refusal.OTHER_NOT_OPEN
    if one.parent or into.parent or not _has_room(into, one):
        return Refusal.OTHER_TICKET
    if one.place.path[0] != into.place.path[0]:
        return Refusal.OTHER_PLACE
    if one.about_role != into.about_role:
        return Refusal.OTHER_ABOUT
    if BANDS.index(into.urgency) > BANDS.index(one.urgency):
        return Refusal.LESS_URGENT
    if one.outer_limit is not None and (into.outer_limit is None or into.outer_limit > one.outer_limit):
        return Refusal.LATER_LIMIT
    return None


def _has_room(into: Ticket, one: Ticket) -> bool:
    return (
        len(one.voices) + len(into.voices) <= MOST_VOICES
        and len(into.absorbed) < MOST_ABSORBED
        and len(reports(one)) + len(into.also_reported) <= MOST_ABSORBED
    )


def _absorb(case: Case, other: Ticket, doing: Doing, town: Town, now: datetime) -> Change:
    """Enough households may have come together by it."""
    ticket = case.ticket
    changes = {
        "absorbed": (*ticket.absorbed, other.id),
        "voices": _joined(ticket.voices, other),
        "also_reported": (*ticket.also_reported, *reports(other)),
    }
    told = {"other": other.id, "other_code": other.code}
    absorbed = happen(TicketAbsorbed, case, now, due_at=case.due_at, by=doing, changes=changes, **told)
    return absorbed.then(raise_if_enough(ticket, absorbed.case, town, now))


def reports(ticket: Ticket) -> tuple[Report, ...]:
    """Everybody who reported it; who left no way of contact acts on what goes on as well."""
    own = Report(ticket_id=ticket.id, ref=ticket.reporter_ref or resident_ref(ticket.id, None))
    return (own, *ticket.also_reported)


def _joined(voices: Iterable[Voice], other: Ticket) -> tuple[Voice, ...]:
    """One voice a household: whose there is already stays, and is confirmed where either was."""
    joined = {voice.household: voice for voice in voices}
    for theirs in other.voices:
        ours = joined.get(theirs.household)
        if ours is None:
            joined[theirs.household] = theirs.model_copy(update={"through": (other.id,)})
            continue
        through = (*ours.through, other.id) if ours.through else ()
        known = {"confirmed_at": ours.confirmed_at or theirs.confirmed_at, "through": through}
        joined[theirs.household] = ours.model_copy(update=known)
    return tuple(joined.values())


def unmerge(case: Case, doing: Doing, town: Town, now: datetime) -> Change | Refusal:
    """It stands for itself again, with its former owner and fresh limits: the time in between was the other's. Not
    while the other has itself been merged: what came from here has gone on with it."""
    into = next((each for each in doing.others if each.ticket.id == case.ticket.merged_into), None)
    if into is None or into.ticket.status is Status.MERGED:
        return Refusal.OTHER_TICKET
    return _stand_alone(case, doing, town, now).together_with(_relinquish(into, case.ticket, doing, now))


def _stand_alone(case: Case, doing: Doing, town: Town, now: datetime) -> Change:
    """With the owner's post; where nobody is there now, with whoever owns such matters at its level, or else it climbs
    as any ticket does."""
    ticket, matter = case.ticket, matter_of(case.ticket, case.policy, town)
    former = town.post(ticket.owner.post) if ticket.owner else None
    post = former if former and town.held(former, now) else owner_at(matter, ticket.level, town, now)
    begun = replace(case, ticket=ticket.model_copy(update={"counted_from": now}))
    changes: dict[str, Any] = {
        "status": Status.ASSIGNED,
        "merged_into": None,
        "closed_at": None,
        "counted_from": now,
    }
    due_at: datetime = now
    if post:
        owner, given, due_at = give_to(begun, post, ticket.level, matter, town, now)
        changes |= {**given, "handler": owner}
    unmerged = happen(TicketUnmerged, case, now, due_at=due_at, by=doing, changes=changes)
    reason = why_empty([former] if former else [], town)
    return unmerged if post else unmerged.then(climb(unmerged.case, reason, town, now, by=doing))


def _relinquish(case: Case, other: Ticket, doing: Doing, now: datetime) -> Change:
    ticket, theirs = case.ticket, {report.ticket_id for report in reports(other)}
    changes = {
        "absorbed": tuple(each for each in ticket.absorbed if each != other.id),
        "voices": tuple(chain.from_iterable(_left(voice, other) for voice in ticket.voices)),
        "also_reported": tuple(each for each in ticket.also_reported if each.ticket_id not in theirs),
    }
    told = {"other": other.id, "other_code": other.code}
    return happen(TicketRelinquished, case, now, due_at=case.due_at, by=doing, changes=changes, **told)


def _left(voice: Voice, other: Ticket) -> tuple[Voice, ...]:
    """A voice without what came with the other ticket; none where it came with that alone."""
    if other.id not in voice.through:
        return (voice,)
    through = tuple(each for each in voice.through if each != other.id)
    return (voice.model_copy(update={"through": through}),) if through else ()
