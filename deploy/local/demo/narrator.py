"""Tells at the terminal what happens to each ticket, as the events say it."""

from collections import Counter
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from deploy.local.terminal import show
from shared.contracts.envelope import decode
from shared.contracts.events import NotificationFailed, NotificationSent, Step, TicketEscalated, TicketEvent
from shared.contracts.ticket import Seat
from shared.contracts.vocabulary import EventType

ZONE = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "一二三四五六日"
WORDS_SHOWN = 16


class Narrator:
    """Hears the bodies of events; counts where tickets were settled. ``levels``: their words by code."""

    def __init__(self, levels: Mapping[str, str]) -> None:
        self.levels = levels
        self.settled: Counter[str] = Counter()

    def hear(self, body: bytes) -> None:
        _, message = decode(body)
        if isinstance(message, TicketEvent):
            self._tell(message)
        elif isinstance(message, NotificationSent | NotificationFailed):
            delivery = message.delivery
            outcome = "已通知" if isinstance(message, NotificationSent) else "通知失败"
            show("told", f"{'':15} {'':14} {outcome} {delivery.post or delivery.role}（{delivery.channel.zh}）")

    def _tell(self, event: TicketEvent) -> None:
        ticket = event.ticket
        at = event.at.astimezone(ZONE)
        when = f"{at:%m-%d} 周{WEEKDAYS[at.weekday()]} {at:%H:%M}"
        words = ((ticket.title or ticket.description).text or "").replace("\n", " ")[:WORDS_SHOWN]
        story = f"{when} {ticket.code} {event.name.zh} {self._what(event)} · {ticket.place.name}「{words}」"
        show(event.name.value.partition("_")[0], story)

    def _what(self, event: TicketEvent) -> str:
        if isinstance(event, TicketEscalated):
            return f"↑ {_name(event.ticket.owner)}（{'，'.join(self._step(step) for step in event.steps)}）"
        if event.name is EventType.ASSIGNED:
            return f"→ {_name(event.ticket.handler)}"
        if event.name is EventType.RESOLVED:
            return f"✓ {_name(_who(event))}，{self._tally(event.ticket.level)}"
        return _name(_who(event))

    def _step(self, step: Step) -> str:
        return f"{self.levels[step.from_level]}→{self.levels[step.level]} {step.reason.zh}"

    def _tally(self, level: str) -> str:
        self.settled[level] += 1
        tally = "、".join(f"{word} {self.settled[code]}" for code, word in self.levels.items() if self.settled[code])
        return f"在{self.levels[level]}一级办结（累计：{tally}）"


def _who(event: TicketEvent) -> Seat | None:
    """Who did it; the owner where a clock did."""
    seats = (event.ticket.owner, event.ticket.handler)
    acted = (seat for seat in seats if seat and event.actor and seat.post == event.actor.post)
    return next(acted, event.ticket.owner)


def _name(seat: Seat | None) -> str:
    return seat.name if seat else ""
