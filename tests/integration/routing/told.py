"""What routing has said and keeps, looked at from outside."""

from collections import defaultdict
from itertools import pairwise

from services.routing import store
from shared.bus.topology import RECORDS_TRAIL
from shared.chain import verify
from shared.contracts.envelope import decode
from shared.db import reading
from tests.integration.routing.conftest import KEY, Desk


def names(events):
    return [event.name for event in events]


def heads(desk: Desk):
    with reading(desk.outbox.engine) as connection:
        return store.heads(connection, None, 1000)


def assert_whole(desk: Desk) -> None:
    """Each chain runs from the first event to the stored head, version by version."""
    said = defaultdict(list)
    for event in desk.said():
        said[event.ticket.id].append(event)
    for head in heads(desk):
        events = said[head.ticket.id]
        assert [event.ticket.version for event in events] == list(range(1, head.ticket.version + 1))
        assert events[0].prev_hash == ""
        assert all(later.prev_hash == earlier.hash for earlier, later in pairwise(events))
        assert all(verify(event.wire_type(), event.data, KEY) for event in events)
        assert (events[-1].hash, events[-1].ticket) == (head.hash, head.ticket)


def deeds(desk: Desk):
    """What was put on the trail."""
    messages = [decode(row.body)[1] for row in desk.recorder.rows if row.routing_key == RECORDS_TRAIL]
    return [message.deed for message in messages]
