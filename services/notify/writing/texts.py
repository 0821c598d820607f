"""What each line of a message is made of: what, where, when, in whose language. Plain words: old people read them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date

from services.notify.domain.whom import Purpose
from shared.contracts import events
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Reason, Visibility
from shared.directory import Town
from shared.i18n import DEFAULT, LANGUAGES, Speaker, speaker, traditional

TRANSLATIONS = Path(__file__).parents[1] / "translations"
FIRST_WORDS = 20
NOWHERE = ZoneInfo("Asia/Shanghai")
ONLOOKERS = (Purpose.INFORMED, Purpose.DIGEST, Purpose.DOOR, Purpose.COSIGNER, Purpose.ALSO_REPORTED)
MOMENTS = {
    "en": ("EEE d MMM", "en_GB"),
    "zh-CN": ("M月d日 EEE", "zh_CN"),
    "zh-TW": ("M月d日 EEE", "zh_TW"),
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
        case events.TicketReminded(reason=Reason.UNREACHABLE):
            return say("Not reached")
        case events.TicketReminded(reason=reason) if not reason.is_new_holder:
            return say("Reminder")
        case events.TicketOverdue():
            return say("Overdue")
        case events.TicketHandedBack():
            return say("Handed back")
        case events.TicketAccepted():
            return say("Accepted")
        case events.TicketResolved():
            return say("Settled")
        case (
            events.TicketSuspensionAsked()
            | events.TicketSuspensionDeclined()
            | events.TicketSuspended()
            | events.TicketDeliberated()
            | events.TicketResumed()
            | events.TicketSupervised()
            | events.TicketRestamped()
            | events.TicketRejected()
            | events.TicketMerged()
            | events.TicketTaskEnded()
            | events.TicketWhistled()
            | events.TicketArrived()
            | events.TicketReleased()
            | events.TicketReopened()
            | events.TicketAppealed()
            | events.TicketCommented()
            | events.TicketCosigned()
            | events.TicketWithdrawn()
        ):
            return say.word(event.name).capitalize()
    if telling.purpose is Purpose.REPLACED:
        return say("Given to another")
    if telling.purpose is Purpose.HANDLER and isinstance(event, events.TicketAssigned | events.TicketReminded):
        return say("Assigned to you")
    if telling.purpose is Purpose.OWNER:
        return say("To settle") if seat and seat.accepted_at else say("To accept")
    return say("Moved up") if isinstance(event, events.TicketEscalated) else say("For information")


def what(telling: Telling) -> str:
    """The title or the first words; only the category where the words are not for these eyes."""
    words = (telling.ticket.title or telling.ticket.description).text
    if words is None or not may_read_words(telling):
        return category(telling)
    first = clean(words)
    return first if len(first) <= FIRST_WORDS else first[:FIRST_WORDS].rstrip() + "…"


def may_read_words(telling: Telling) -> bool:
    """Where a matter's words are not public, those who need not act do not read them, nor other residents than the one
    who reported it: what was merged into it may be another's."""
    if telling.ticket.visibility in (Visibility.FULL, Visibility.TEXT):
        return True
    return telling.purpose not in ONLOOKERS and not telling.in_group


def written(telling: Telling) -> str | None:
    """What the actor wrote, where it is for these eyes; in a group it is for nobody's."""
    text = telling.event.text and telling.event.text.text
    return clean(text) if text and not telling.in_group and may_read_words(telling) else None


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
    """11月23日 周一 12:00, in the zone of the post that answers for the ticket.

    Midnight belongs to the day that it ends: 11月22日 周日 24:00.
    """
    owner = telling.ticket.owner
    post = telling.town.post(owner.post) if owner else None
    zone = telling.town.work_time(post.calendar).zone if post else NOWHERE
    local, midnight = at.astimezone(zone), time()
    day, hour = (local - timedelta(days=1), "24:00") if local.time() == midnight else (local, f"{local:%H:%M}")
    form, locale = MOMENTS[telling.say.language]
    return f"{format_date(day, form, locale=locale)} {hour}"


def level_name(code: str, telling: Telling) -> str:
    level = next((level for level in telling.town.directory.levels if level.code == code), None)
    if level is None:
        return code
    return telling.say.name(level.name, level.name_en)


def newest(tellings: Iterable[Telling]) -> list[Telling]:
    """For a digest: the last that happened to each ticket, in the order of time."""
    last = {telling.ticket.id: telling for telling in sorted(tellings, key=lambda each: each.ticket.version)}
    return sorted(last.values(), key=lambda telling: telling.event.at)


def digest_head(count: int, say: Speaker) -> str:
    return say("[Today] Issues for your information: {count}", count=count)
