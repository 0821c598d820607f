"""What the bare programs share: the events' exchange with its two queues, and bunches published with confirms."""

import os
from collections.abc import Sequence
from urllib.parse import urlsplit

import amqp

EVENTS = "floor.events"
SUBMITTED, RECORD, TELL = "floor.submitted", "floor.record", "floor.tell"
QUORUM = {"x-queue-type": "quorum"}


class Link:
    """One connection, for one thread at a time."""

    def __init__(self) -> None:
        at = urlsplit(os.environ["AMQP_URI"])
        self.connection = amqp.Connection(
            f"{at.hostname}:{at.port}", userid=at.username, password=at.password, virtual_host=at.path[1:]
        )
        self.connection.connect()
        self.channel = self.connection.channel()
        self.channel.confirm_select()
        self.channel.events["basic_ack"].add(self._confirmed)
        self.sent = self.safe = 0

    def declare(self) -> None:
        self.channel.exchange_declare(EVENTS, "topic", durable=True, auto_delete=False)
        for queue in (SUBMITTED, RECORD, TELL):
            self.channel.queue_declare(queue, durable=True, auto_delete=False, arguments=QUORUM)
        for queue in (RECORD, TELL):
            self.channel.queue_bind(queue, EVENTS, "#")

    def publish(self, bodies: Sequence[str]) -> None:
        """Returns when the broker has confirmed all."""
        for body in bodies:
            message = amqp.Message(body, content_type="application/json", delivery_mode=2)
            self.channel.basic_publish(message, EVENTS, "opened", mandatory=True)
        self.sent += len(bodies)
        while self.safe < self.sent:
            self.connection.drain_events()

    def _confirmed(self, tag: int, multiple: bool) -> None:
        self.safe = max(self.safe, tag) if multiple else self.safe + 1
