"""Tells at the terminal what happens to each ticket, as the events say it."""

from collections import Counter
from zoneinfo import ZoneInfo

from deploy.local.terminal import show
from shared.contracts.envelope import decode
from shared.contracts.events import NotificationFailed, NotificationSent, TicketEscalated, TicketEvent
from shared.contracts.vocabulary import EventType

ZONE = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "一二三四五六日"
WORDS_SHOWN = 16


class Narrator:
    """Hears the bodies of events; counts where tickets were settled."""

    def __init__(self) -> None:
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
        words = (ticket.title or ticket.description.text or "").replace("\n", " ")[:WORDS_SHOWN]
        show(
            event.name.value[:9],
            f"{when} {ticket.code} {event.name.zh} {self._what(event)} · {ticket.place.name}「{words}」",
        )

    def _what(self, event: TicketEvent) -> str:
        ticket = event.ticket
        owner = ticket.owner.name if ticket.owner else ""
        if isinstance(event, TicketEscalated):
            reasons = "，".join(f"{step.from_level}→{step.level} {step.reason.zh}" for step in event.steps)
            return f"↑ {owner}（{reasons}）"
        if event.name is EventType.ASSIGNED and ticket.handler:
            return f"→ {ticket.handler.name}"
        if event.name is EventType.RESOLVED:
            self.settled[ticket.level] += 1
            tally = "、".join(f"{level} {count}" for level, count in self.settled.items())
            return f"✓ 在 {ticket.level} 办结（累计：{tally}）"
        return owner
