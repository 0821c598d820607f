"""What stands in for routing and records: it takes their RPC calls from the real broker and gives the answers set."""

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pika

from shared.bus import topology

Answer = Callable[..., Any]


class StandIn(threading.Thread):
    """``answers``: by ``service.method``, a function of the call's keyword arguments. Every call is kept."""

    def __init__(self, uri: str, services: Sequence[str] = topology.CALLED_SERVICES) -> None:
        super().__init__(daemon=True)
        self._services = services
        self.answers: dict[str, Answer] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._uri = uri
        self._stopping = threading.Event()
        self._consuming = threading.Event()

    def run(self) -> None:
        connection = pika.BlockingConnection(pika.URLParameters(self._uri))
        channel = connection.channel()
        for step in topology.steps("exchange_type"):
            getattr(channel, step.method)(**step.arguments)
        for service in self._services:
            own = channel.queue_declare("", exclusive=True).method.queue
            channel.queue_bind(own, topology.CALLS, topology.every_process_of(service))
            for queue in (f"rpc-{service}", own):
                channel.basic_consume(queue, self._answer, auto_ack=True)
        self._consuming.set()
        while not self._stopping.is_set():
            connection.process_data_events(0.05)
        connection.close()

    def __enter__(self) -> "StandIn":
        self.start()
        assert self._consuming.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self.join(10)

    def _answer(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        name, kwargs = method.routing_key.removeprefix("all."), json.loads(body)["kwargs"]
        self.calls.append((name, kwargs))
        answer = self.answers.get(name)
        if answer is None:
            return  # nobody is there: the call times out
        try:
            reply = {"result": answer(**kwargs), "error": None}
        except Exception as error:  # the service's own failure, as the bus tells it
            reply = {"result": None, "error": {"exc_type": type(error).__name__, "value": str(error)}}
        sent = pika.BasicProperties(content_type="application/json", correlation_id=properties.correlation_id)
        channel.basic_publish(topology.CALLS, properties.reply_to, json.dumps(reply).encode(), sent)
