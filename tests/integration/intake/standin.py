"""What stands in for routing and records: it takes their RPC calls from the real broker and gives the answers set."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pika

from shared.bus import topology

Answer = Callable[..., Any]


class StandIn(threading.Thread):
    """``answers``: by ``service.method``, a function of the call's keyword arguments. Every call is kept."""

    def __init__(self, uri: str) -> None:
        super().__init__(daemon=True)
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
        for service in topology.CALLED_SERVICES:
            channel.basic_consume(f"rpc-{service}", self._answer, auto_ack=True)
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
        kwargs = json.loads(body)["kwargs"]
        self.calls.append((method.routing_key, kwargs))
        answer = self.answers.get(method.routing_key)
        if answer is None:
            return  # nobody is there: the call times out
        try:
            reply = {"result": answer(**kwargs), "error": None}
        except Exception as error:  # the service's own failure, as the bus tells it
            reply = {"result": None, "error": {"exc_type": type(error).__name__, "value": str(error)}}
        sent = pika.BasicProperties(content_type="application/json", correlation_id=properties.correlation_id)
        channel.basic_publish(topology.CALLS, properties.reply_to, json.dumps(reply).encode(), sent)
