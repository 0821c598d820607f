"""What becomes of an event: deliveries by channel, each with the moment it may go out. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from services.notify.domain.whom import (
    SEATED,
    Purpose,
    Recipient,
    seated_at,
    seats_to_tell,
    whom_to_tell,
)
from shared.contracts.events import REPORTER, TicketAccepted, TicketEvent
from shared.contracts.ticket import Seat, Ticket
from shared.contracts.vocabulary import Channel, Urgency, Visibility
from shared.directory import Town

DELIVERY_NAMESPACE = uuid5(NAMESPACE_URL, "loumen:delivery")

RESIDENTS = (Purpose.REPORTER, Purpose.ALSO_REPORTED, Purpose.COSIGNER)

SECOND_THOUGHT = timedelta(seconds=3)
"""Who resolves without accepting first has both said at once: the resident's letter about the first waits for so long,
and is not sent when the second has come."""


@dataclass(frozen=True)
class Bot:
    """A group bot: its place, the roles in its group. ``name`` is what deliveries and logs call it."""

    name: str
    place: str
    roles: frozenset[str]


@dataclass(frozen=True)
class Webhook:
    """A system that is told what the roles named are told, at its place and below."""

    name: str
    place: str
    roles: frozenset[str]


@dataclass(frozen=True)
class Delivery:
    """One message to be: to one person, group or system by one channel.

    ``target`` names the bot or webhook, None for e-mail. ``mentions`` are the persons called by name.
    ``next_at`` is when it may go out, by the clock; ``pause`` is how long it waits before, in real time.
    """

    id: UUID
    event_id: UUID
    ticket_id: UUID
    channel: Channel
    target: str | None
    recipient: Recipient
    mentions: tuple[str, ...]
    next_at: datetime
    pause: timedelta

    @property
    def lane(self) -> str:
        """What may be slow or limited by itself: mail to staff, mail to reporters (records is asked), one bot, …"""
        if self.recipient.purpose in RESIDENTS:
            return f"{self.channel}:{REPORTER}"
        return f"{self.channel}:{self.target or 'staff'}"


@dataclass(frozen=True)
class Groups:
    """The groups and systems that can be told, as the operator wrote them down."""

    bots: tuple[Bot, ...] = ()
    webhooks: tuple[Webhook, ...] = ()


def plan(event: TicketEvent, town: Town, groups: Groups, now: datetime, digest_at: time) -> list[Delivery]:
    """The deliveries of an event: a mail for each person, one message for each group and system.

    A group's message is its first recipient's; the others read along. The same event gives the same ids, whenever
    it is planned.
    """
    made: dict[UUID, Delivery] = {}
    ticket_id = event.ticket.id
    pause = SECOND_THOUGHT if isinstance(event, TicketAccepted) else timedelta(0)
    for recipient in whom_to_tell(event, town, now):
        next_at = when(recipient, event.ticket, town, now, digest_at)
        for channel, target, who in _channels(recipient, event.ticket, town, groups):
            id = uuid5(DELIVERY_NAMESPACE, f"{event.id}/{channel}/{target or ''}/{who}")
            at = now if channel is Channel.WEBHOOK else next_at
            new = Delivery(id, event.id, ticket_id, channel, target, recipient, mentions=(), next_at=at, pause=pause)
            delivery = made.get(id, new)
            made[id] = _mention(delivery, recipient) if next_at <= delivery.next_at else delivery
    return list(made.values())


def _mention(delivery: Delivery, recipient: Recipient) -> Delivery:
    """Only those who must act are called by name."""
    if recipient.person is None or recipient.purpose not in SEATED:
        return delivery
    return replace(delivery, mentions=(*delivery.mentions, recipient.person))


def _channels(
    recipient: Recipient, ticket: Ticket, town: Town, groups: Groups
) -> Iterator[tuple[Channel, str | None, str]]:
    """Channel, target, and whose message it is there: a person's, or the group's."""
    if recipient.purpose in RESIDENTS:
        yield Channel.EMAIL, None, recipient.person or REPORTER
        return
    person = town.person(recipient.person or "")
    if person and person.email:
        yield Channel.EMAIL, None, person.code
    if recipient.purpose is Purpose.DOOR:
        return  # one household's matter, not a group's
    bot = bot_for(recipient.role, ticket, groups.bots)
    if bot:
        yield Channel.WECOM, bot.name, ""
    for webhook in groups.webhooks:
        concerned = recipient.role in webhook.roles and ticket.about_role not in webhook.roles
        if concerned and any(place.code == webhook.place for place in ticket.place.path):
            yield Channel.WEBHOOK, webhook.name, ""


def bot_for(role: str, ticket: Ticket, bots: Iterable[Bot]) -> Bot | None:
    """The bot of the nearest place, from the ticket's up, whose group has this role.

    None where the group could read what it must not: a complaint about one of its members, a matter not shown.
    """
    if ticket.visibility is Visibility.HIDDEN:
        return None
    serving = {bot.place: bot for bot in bots if role in bot.roles}
    upwards = (place.code for place in reversed(ticket.place.path))
    nearest = next((serving[code] for code in upwards if code in serving), None)
    return nearest if nearest and ticket.about_role not in nearest.roles else None


def _keeps_hours(recipient: Recipient, ticket: Ticket, town: Town) -> bool:
    """Volunteers are told in their hours only, of danger to life at once (the preset's table)."""
    role = town.role(recipient.role)
    return bool(role and role.volunteer and ticket.urgency is not Urgency.DANGER)


def when(recipient: Recipient, ticket: Ticket, town: Town, now: datetime, digest_at: time) -> datetime:
    """The earliest moment to tell a recipient: now, the digest's next time where the post is, the volunteer's hours.

    Raises ``ValueError`` for a post whose calendar never opens.
    """
    post = town.post(recipient.post) if recipient.post else None
    if post is None:
        return now
    hours = town.work_time(post.calendar)
    moment = now
    if recipient.purpose is Purpose.DIGEST:
        local = now.astimezone(hours.zone)
        today = datetime.combine(local.date(), digest_at, hours.zone)
        moment = (today if local < today else today + timedelta(days=1)).astimezone(UTC)
    return hours.next_open(moment) if _keeps_hours(recipient, ticket, town) else moment


def out_of_reach(event: TicketEvent, town: Town, groups: Groups, now: datetime) -> list[Seat]:
    """Owner and handler who should be told of the event and have no channel at all: nobody would ever see it.

    A post that nobody holds has none, whoever reads along in its group.
    """
    return [
        seat
        for purpose, seat in seats_to_tell(event)
        if not _has_channel(seated_at(seat, purpose, town, now), event.ticket, town, groups)
    ]


def _has_channel(recipient: Recipient, ticket: Ticket, town: Town, groups: Groups) -> bool:
    return recipient.person is not None and any(_channels(recipient, ticket, town, groups))
