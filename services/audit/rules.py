"""What must hold of a ticket, of its record and of each service's backlog. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from shared.chain import verify
from shared.contracts.base import Frozen
from shared.contracts.queries import Backlog, Chain, Head, Recorded
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Status, Word
from shared.ids import ticket_code


class Flaw(Word):
    """A kind of breach; the words are templates."""

    NO_OWNER = "no_owner", "在办，却没有牵头人", "open, and nobody owns it"
    NO_LEVEL = "no_level", "在办，却不在任何层级", "open, and at no level"
    NO_CLOCK = "no_clock", "{status}，却没有在计时", "{status}, and no clock runs"
    LATE_CLOCK = "late_clock", "时限已定，时钟却走到其后", "its clock rings after its limit"
    VERSIONS = "versions", "台账缺少版本 {missing}（共 {newest}）", "the ledger lacks versions {missing} of {newest}"
    TAMPERED = "tampered", "版本 {version} 与封存时不同", "version {version} is not as it was sealed"
    BROKEN = "broken", "版本 {version} 没有接在前一版之后", "version {version} does not follow the one before it"
    HEAD = "head", "路由为版本 {routing}，台账为 {records}", "routing is at version {routing}, the ledger at {records}"
    OTHER_HEAD = (
        "other_head",
        "版本 {version} 在路由与台账中不同",
        "version {version} is not the same in routing and in the ledger",
    )
    TIE = "tie", "与工单 {other} 说法不一（并单或分项）", "it and {other} do not agree (merged, or a task)"
    UNKNOWN = "unknown", "台账里有，路由没有", "in the record, and routing does not know it"
    READ_TABLE = "read_table", "查询表与最后一个事件不符", "the read table is not what the last event says"
    OUTBOX_OLD = "outbox_old", "待发消息已等待 {age} 秒", "a message has waited {age} s to be published"
    DELIVERY_OLD = (
        "delivery_old",
        "到时的通知（{channel}）已等待 {age} 秒",
        "a delivery by {channel} that is due has waited {age} s",
    )
    DUE_OLD = "due_old", "到时的工单已等待 {age} 秒", "a ticket whose clock rang has waited {age} s"
    IN_HAND_OLD = "in_hand_old", "手头的消息已处理 {age} 秒", "messages in hand have been worked on for {age} s"
    SPOOL_OLD = (
        "spool_old",
        "本地暂存的工单已等待 {age} 秒",
        "a ticket on its own disk has waited {age} s",
    )
    SPOOL_PARKED = (
        "spool_parked",
        "本地暂存的工单有 {parked} 张无法转交（原因见日志）",
        "{parked} tickets on its own disk cannot be forwarded (its log says why)",
    )
    QUEUE_FULL = "queue_full", "有 {waiting} 条消息在排队，从未取空", "{waiting} messages wait, and it was never empty"
    DIRECTORY_BEHIND = (
        "directory_behind",
        "目录为第 {here} 版，档案为第 {records} 版",
        "at directory version {here}, records at {records}",
    )
    NEVER_CAME = "never_came", "报事人已登记，工单一天后仍未到", "its reporter was recorded, and it never came"
    PARKED_OLD = (
        "parked_old",
        "搁置消息 {parked} 条，最久 {age} 秒（loumen parked list）",
        "{parked} parked messages, the oldest for {age} s (loumen parked list)",
    )
    TRAIL_TAMPERED = "trail_tampered", "第 {seq} 条与封存时不同", "entry {seq} is not as it was sealed"
    TRAIL_BROKEN = "trail_broken", "第 {seq} 条没有接在前一条之后", "entry {seq} does not follow the one before it"
    TRAIL_GONE = "trail_gone", "第 {gone} 条不见了", "gone: {gone}"
    TRAIL_BEYOND = "trail_beyond", "第 {beyond} 条在封存的末尾之后", "beyond the sealed end: {beyond}"
    TRAIL_END = "trail_end", "末尾的封印不符", "its end is not as it was sealed"


MAY_BE_UNDER_WAY = frozenset({Flaw.VERSIONS, Flaw.HEAD, Flaw.UNKNOWN})
"""The record lags behind routing by what is on its way. These become breaches only with age."""


LASTS = frozenset({Flaw.PARKED_OLD, Flaw.NEVER_CAME, Flaw.SPOOL_PARKED})
"""No second look helps: somebody has to do something."""


class Breach(Frozen):
    """Where something does not hold. ``subject`` is a ticket's code, a service or a queue."""

    flaw: Flaw
    subject: str
    details: dict[str, Any] = {}

    def line(self, *, english: bool) -> str:
        words = {name: _said(value, english=english) for name, value in self.details.items()}
        return f"{self.subject} {self.flaw.value}: {(self.flaw.en if english else self.flaw.zh).format(**words)}"


def _said(value: object, *, english: bool) -> object:
    if isinstance(value, Word):
        return value.en if english else value.zh
    return value


def ticket_breaches(head: Head | None, chain: Chain | None, key: bytes) -> list[Breach]:
    """All that is wrong with one ticket: ``head`` is what routing has, ``chain`` what records has."""
    found: list[tuple[Flaw, dict[str, Any]]] = []
    if head:
        found += _case_flaws(head)
    if chain:
        found += _chain_flaws(chain, key)
    found += _head_flaws(head, chain)
    id = head.ticket.id if head else chain.ticket_id if chain else None
    return _breaches(id, found)


def ledger_breaches(chain: Chain, key: bytes) -> list[Breach]:
    """What is wrong with a ticket by the ledger alone, which cannot show that its newest events are gone."""
    return _breaches(chain.ticket_id, _ledger_flaws(chain, key))


def _breaches(id: UUID | None, found: Iterable[tuple[Flaw, dict[str, Any]]]) -> list[Breach]:
    return [Breach(flaw=flaw, subject=ticket_code(id) if id else "", details=details) for flaw, details in found]


def _case_flaws(head: Head) -> Iterator[tuple[Flaw, dict[str, Any]]]:
    """One owner, one level, one running clock while it is open; the confirm window's clock once it is resolved."""
    ticket = head.ticket
    if ticket.status.is_open and ticket.owner is None:
        yield Flaw.NO_OWNER, {}
    if ticket.status.is_open and not ticket.level:
        yield Flaw.NO_LEVEL, {}
    if (ticket.status.is_open or ticket.status is Status.RESOLVED) and head.due_at is None:
        yield Flaw.NO_CLOCK, {"status": ticket.status}
    limit = {Status.ASSIGNED: ticket.accept_by, Status.ACCEPTED: ticket.resolve_by}.get(ticket.status)
    if limit and not ticket.overdue and head.due_at and head.due_at > limit:
        yield Flaw.LATE_CLOCK, {}


def _chain_flaws(chain: Chain, key: bytes) -> Iterator[tuple[Flaw, dict[str, Any]]]:
    yield from _ledger_flaws(chain, key)
    if chain.ticket != _last_ticket(chain) or not chain.columns_agree:
        yield Flaw.READ_TABLE, {}


def _ledger_flaws(chain: Chain, key: bytes) -> Iterator[tuple[Flaw, dict[str, Any]]]:
    newest = max(chain.versions, default=0)
    if chain.versions != tuple(range(1, len(chain.versions) + 1)):
        yield Flaw.VERSIONS, {"missing": ", ".join(_gaps(chain.versions)), "newest": newest}
    for each in chain.events:
        if not _is_as_sealed(each, key):
            yield Flaw.TAMPERED, {"version": each.version}
    if chain.versions[:1] == (1,) and chain.events[0].event.get("prev_hash", ""):
        yield Flaw.BROKEN, {"version": 1}
    for earlier, later in pairwise(chain.events):
        if later.version == earlier.version + 1 and later.event.get("prev_hash") != earlier.event.get("hash"):
            yield Flaw.BROKEN, {"version": later.version}


def _gaps(versions: Sequence[int]) -> Iterator[str]:
    """What lacks below each version; a forged one can be two billion, so a gap is two numbers."""
    for before, after in pairwise((0, *versions)):
        if after - before > 1:
            yield str(after - 1) if after - before == 2 else f"{before + 1}–{after - 1}"


def _is_as_sealed(recorded: Recorded, key: bytes) -> bool:
    ticket = _ticket_of(recorded.event)
    in_place = recorded.columns_agree and ticket is not None and ticket.version == recorded.version
    return in_place and verify(recorded.type, recorded.event, key)


def _last_ticket(chain: Chain) -> Ticket | None:
    return _ticket_of(chain.events[-1].event) if chain.events else None


def _ticket_of(event: dict[str, Any]) -> Ticket | None:
    try:
        return Ticket.model_validate(event.get("ticket"))
    except ValidationError:
        return None


def _head_flaws(head: Head | None, chain: Chain | None) -> Iterator[tuple[Flaw, dict[str, Any]]]:
    if head is None:
        yield Flaw.UNKNOWN, {}
        return
    recorded = chain.versions[-1] if chain and chain.versions else 0
    if recorded != head.ticket.version:
        yield Flaw.HEAD, {"routing": head.ticket.version, "records": recorded}
    elif chain and (chain.events[-1].event.get("hash") != head.hash or _last_ticket(chain) != head.ticket):
        yield Flaw.OTHER_HEAD, {"version": recorded}


def newest(head: Head | None, chain: Chain | None) -> int:
    """The newest version of a ticket that anybody has."""
    return max(head.ticket.version if head else 0, *(chain.versions if chain else ()), 0)


def has_arrived(head: Head | None, chain: Chain | None, version: int) -> bool:
    """Whether routing and the ledger both have a ticket whole up to this version. What is newer may be under way."""
    return head is not None and head.ticket.version >= version and is_whole(chain, version)


def is_whole(chain: Chain | None, version: int) -> bool:
    """Whether the ledger lacks none of a ticket's events up to this version."""
    return sum(1 <= each <= version for each in chain.versions) == version if chain else version == 0


def queue_breaches(waiting: dict[str, int]) -> list[Breach]:
    """Queues with messages that nobody has taken yet: breaches where they were not empty for long."""
    return [
        Breach(flaw=Flaw.QUEUE_FULL, subject=queue, details={"waiting": count})
        for queue, count in waiting.items()
        if count
    ]


def directory_breaches(backlogs: dict[str, Backlog]) -> list[Breach]:
    """Services that judge by another directory than records has: breaches where they do so for long."""
    records = backlogs["records"].directory_version
    return [
        Breach(
            flaw=Flaw.DIRECTORY_BEHIND,
            subject=service,
            details={"here": backlog.directory_version, "records": records},
        )
        for service, backlog in backlogs.items()
        if backlog.directory_version != records
    ]


def together(processes: Sequence[Backlog]) -> Backlog:
    """The backlog of a service: its processes have one database, and each its own messages in hand and directory."""
    in_hand = [each.oldest_in_hand_seconds for each in processes if each.oldest_in_hand_seconds is not None]
    own = {
        "oldest_in_hand_seconds": max(in_hand, default=None),
        "directory_version": min(each.directory_version for each in processes),
    }
    return processes[0].model_copy(update=own)


def backlog_breaches(service: str, backlog: Backlog, older_than_seconds: float) -> list[Breach]:
    """What a service should have finished by now."""
    parked = {"parked": backlog.parked_messages}
    ages: list[tuple[Flaw, float | None, dict[str, Any]]] = [
        (Flaw.OUTBOX_OLD, backlog.oldest_outbox_seconds, {}),
        *((Flaw.DELIVERY_OLD, age, {"channel": by}) for by, age in backlog.oldest_delivery_seconds.items()),
        (Flaw.DUE_OLD, backlog.oldest_due_seconds, {}),
        (Flaw.IN_HAND_OLD, backlog.oldest_in_hand_seconds, {}),
        (Flaw.SPOOL_OLD, backlog.oldest_spooled_seconds, {}),
        (Flaw.PARKED_OLD, backlog.oldest_parked_seconds, parked),
    ]
    found = [Breach(flaw=Flaw.NEVER_CAME, subject=code) for code in backlog.never_came]
    if backlog.spool_parked:
        found.append(Breach(flaw=Flaw.SPOOL_PARKED, subject=service, details={"parked": backlog.spool_parked}))
    return found + [
        Breach(flaw=flaw, subject=service, details={"age": round(age), **more})
        for flaw, age, more in ages
        if age is not None and age > older_than_seconds
    ]
