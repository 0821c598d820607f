"""What a message says: what, where, why you, until when, and the link. Plain words: old people read them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from services.notify.domain.whom import SEATED, Purpose
from shared.contracts import events
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Reason, Urgency, Visibility
from shared.directory import Town
from shared.i18n import DEFAULT, LANGUAGES, Speaker, speaker, traditional

TRANSLATIONS = Path(__file__).parents[1] / "translations"
FIRST_WORDS = 20
NOWHERE = ZoneInfo("Asia/Shanghai")
MOMENTS = {
    "en": ("EEE d MMM HH:mm", "en_GB"),
    "zh-CN": ("M月d日 EEE HH:mm", "zh_CN"),
    "zh-TW": ("M月d日 EEE HH:mm", "zh_TW"),
}
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


@dataclass(frozen=True)
class Telling:
    """One event as one recipient should read it. ``in_group``: others read it too."""

    event: events.TicketEvent
    purpose: Purpose
    town: Town
    say: Speaker
    in_group: bool = False

    @property
    def ticket(self) -> Ticket:
        return self.event.ticket


def speaker_for(language: str) -> Speaker:
    return speaker(language if language in LANGUAGES else DEFAULT, TRANSLATIONS)


def clean(text: str) -> str:
    """On one line, without what would break a header or turn the writing round."""
    return UNPRINTABLE.sub(" ", text).strip()


def subject(telling: Telling) -> str:
    """Short: 【待接单】丽园1号楼2单元：楼道灯不亮."""
    return telling.say("[{tag}] {place}: {what}", tag=tag(telling), place=where(telling), what=what(telling))


def title(telling: Telling) -> str:
    return telling.say("{place}: {what}", place=where(telling), what=what(telling))


def tag(telling: Telling) -> str:
    event, say, seat = telling.event, telling.say, telling.ticket.owner
    match event:
        case events.TicketReminded():
            return say("Reminder")
        case events.TicketOverdue():
            return say("Overdue")
        case events.TicketHandedBack():
            return say("Handed back")
        case events.TicketAccepted():
            return say("Accepted")
        case events.TicketResolved():
            return say("Settled")
    if telling.purpose is Purpose.HANDLER and isinstance(event, events.TicketAssigned):
        return say("Assigned to you")
    if telling.purpose is Purpose.OWNER:
        return say("To settle") if seat and seat.accepted_at else say("To accept")
    return say("Moved up") if isinstance(event, events.TicketEscalated) else say("For information")


def what(telling: Telling) -> str:
    """The title or the first words; only the category where the words are not for these eyes."""
    ticket = telling.ticket
    words = (ticket.title or ticket.description).text
    hidden = ticket.visibility in (Visibility.STATUS, Visibility.HIDDEN)
    if (
        words is None
        or (hidden and telling.purpose in (Purpose.INFORMED, Purpose.DIGEST))
        or (hidden and telling.in_group)
    ):
        return category(telling)
    first = clean(words)
    return first if len(first) <= FIRST_WORDS else first[:FIRST_WORDS].rstrip() + "…"


def category(telling: Telling) -> str:
    found = telling.town.category(telling.ticket.category)
    if found is None:
        return telling.say.word(telling.ticket.kind)
    return telling.say.name(found.name, found.name_en)


def in_script(chinese: str, say: Speaker) -> str:
    """Names from the directory in the characters of the language."""
    return traditional(chinese) if say.language == "zh-TW" else chinese


def where(telling: Telling) -> str:
    return in_script(clean(telling.ticket.place.name), telling.say)


def moment(at: datetime, telling: Telling) -> str:
    """11月23日 周一 12:00, in the zone of the post that answers for the ticket."""
    owner = telling.ticket.owner
    post = telling.town.post(owner.post) if owner else None
    zone = telling.town.work_time(post.calendar).zone if post else NOWHERE
    form, locale = MOMENTS[telling.say.language]
    return format_datetime(at.astimezone(zone), form, locale=locale)


def lines(telling: Telling) -> list[str]:
    """Why you, what happened, until when: one sentence a line."""
    tell = _to_reporter if telling.purpose is Purpose.REPORTER else _to_staff
    return [*_danger(telling), *tell(telling)]


def _danger(telling: Telling) -> Iterator[str]:
    if telling.ticket.urgency is Urgency.DANGER and telling.ticket.status.is_open:
        yield telling.say("Danger to life: call 119 (fire), 110 (police) or 120 (ambulance) first.")


def _to_staff(telling: Telling) -> Iterator[str]:
    say, ticket, event = telling.say, telling.ticket, telling.event
    owner = in_script(ticket.owner.name, say) if ticket.owner else ""
    handler = in_script(ticket.handler.name, say) if ticket.handler else owner
    if telling.in_group:
        yield say("Responsible: {owner}.", owner=owner)
    elif telling.purpose is Purpose.OWNER:
        yield say("You are responsible for this issue as {post}.", post=owner)
    elif telling.purpose is Purpose.HANDLER:
        yield say("You do the work as {post}; {owner} is responsible.", post=handler, owner=owner)
    else:
        yield say("For your information: {owner} is responsible. You need not do anything.", owner=owner)
    yield from _what_happened(telling)
    if telling.purpose in SEATED or telling.in_group:
        yield from _until(telling)
    if event.text and event.text.text and not telling.in_group:
        yield say("Note: {text}", text=clean(event.text.text))


def _what_happened(telling: Telling) -> Iterator[str]:
    say, event = telling.say, telling.event
    match event:
        case events.TicketEscalated():
            yield climbed(event, telling)
        case events.TicketReminded():
            yield say("The time is up ({reason}). Please see to it now.", reason=say.word(event.reason))
        case events.TicketOverdue():
            yield say("The time is up ({reason}); the public page shows it.", reason=say.word(event.reason))
        case events.TicketHandedBack():
            yield say("It was handed back to you. Please choose who should do it.")
        case events.TicketAssigned(reason=Reason.ASSIGNED_DOWN) if telling.in_group and event.ticket.handler:
            yield say("Given to: {handler}.", handler=in_script(event.ticket.handler.name, say))


def climbed(event: events.TicketEscalated, telling: Telling) -> str:
    """From where to where, and each step's reason once."""
    say = telling.say
    reasons = dict.fromkeys(say.word(step.reason) for step in event.steps)
    return say(
        "It moved up from {below} to {above}: {reasons}.",
        below=level_name(event.steps[0].from_level, telling),
        above=level_name(event.steps[-1].level, telling),
        reasons=say(", ").join(reasons),
    )


def level_name(code: str, telling: Telling) -> str:
    level = next((level for level in telling.town.directory.levels if level.code == code), None)
    if level is None:
        return code
    return telling.say.name(level.name, level.name_en)


def _until(telling: Telling) -> Iterator[str]:
    say, ticket = telling.say, telling.ticket
    late = isinstance(telling.event, events.TicketReminded | events.TicketOverdue)
    if ticket.owner is None or late:
        return
    unsure = say(" (provisional)") if ticket.provisional else ""
    is_handler = telling.purpose is Purpose.HANDLER and ticket.handler
    if ticket.accept_by and not ticket.owner.accepted_at and not is_handler:
        yield say("Please accept by {moment}.", moment=moment(ticket.accept_by, telling) + unsure)
    by = ticket.handler.due_by if is_handler and ticket.handler and ticket.handler.due_by else ticket.resolve_by
    if by:
        yield say("Please settle by {moment}.", moment=moment(by, telling) + unsure)


def _to_reporter(telling: Telling) -> Iterator[str]:
    say, ticket, event = telling.say, telling.ticket, telling.event
    owner = in_script(ticket.owner.name, say) if ticket.owner else ""
    match event:
        case events.TicketAccepted():
            yield say("{owner} has taken on your issue.", owner=owner)
            if ticket.resolve_by:
                yield say("It should be settled by {moment}.", moment=moment(ticket.resolve_by, telling))
        case events.TicketEscalated():
            yield climbed(event, telling)
            yield say("{owner} is responsible for it now.", owner=owner)
        case events.TicketResolved():
            yield say("{owner} says that it is settled. If it is not, please tell the community.", owner=owner)
            if event.text and event.text.text:
                yield say("What was done: {text}", text=clean(event.text.text))


def newest(tellings: Iterable[Telling]) -> list[Telling]:
    """For a digest: the last that happened to each ticket, in the order of time."""
    last = {telling.ticket.id: telling for telling in sorted(tellings, key=lambda each: each.ticket.version)}
    return sorted(last.values(), key=lambda telling: telling.event.at)


def digest_head(count: int, say: Speaker) -> str:
    return say("[Today] {count} issues for your information", count=count)
