"""What became of the messages to people. These events stand outside the ticket's hash chain."""

from uuid import UUID

from shared.contracts.base import Frozen, Instant, Message, register
from shared.contracts.vocabulary import Channel

REPORTER = "reporter"
"""Stands where a role does, for who reported: no role of a directory is called so."""


class Delivery(Frozen):
    """A message to a person about a ticket's event: by which channel, never to which address.

    ``role``: the recipient's, or ``REPORTER``.
    """

    id: UUID
    ticket_id: UUID
    event_id: UUID
    post: str | None
    role: str
    assignment: int | None
    channel: Channel


@register
class NotificationSent(Message):
    """A channel took the message. For a group bot that means accepted (已发出), not delivered."""

    TYPE = "notification.sent"
    at: Instant
    delivery: Delivery


@register
class NotificationFailed(Message):
    """A channel gave up on a message, after all tries."""

    TYPE = "notification.failed"
    at: Instant
    delivery: Delivery
    error: str


@register
class PostUnreachable(Message):
    """Every channel to a post failed for one assignment: the ticket should not wait for it."""

    TYPE = "post.unreachable"
    at: Instant
    ticket_id: UUID
    post: str
    assignment: int
