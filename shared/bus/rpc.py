"""The RPC entrypoint: nameko's wire, on a connection of its own that no message can break.

nameko's own dies of a call without ``reply_to`` or ``content_type``, again after each restart. Here a call that nobody
can be answered is parked, and one that is not understood is refused.
"""

import inspect
import json
import re
import threading
import time
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar

import orjson
import structlog
from nameko.exceptions import (
    IncorrectSignature,
    MalformedRequest,
    MethodNotFound,
    UnserializableValueError,
    serialize,
)
from nameko.extensions import Entrypoint, SharedExtension, register_entrypoint

from shared import metrics, trace
from shared.bus.amqp_link import Link, LinkLost, keep_linked
from shared.bus.amqp_messages import Delivery
from shared.bus.received import parked, put_aside
from shared.bus.topology import every_process_of
from shared.contracts.envelope import TRACEPARENT
from shared.errors import Transient, is_transient, report

log = structlog.get_logger()

TRACE = "_traceparent"
REFUSALS = (MalformedRequest, MethodNotFound, IncorrectSignature)

Method = TypeVar("Method", bound=Callable[..., Any])


def rpc(method: Method) -> Method:
    """Entrypoint: the method answers calls to ``<service>.<method>`` with what orjson can say."""

    @wraps(method)
    def traced(self: Any, *args: Any, **kwargs: Any) -> Any:
        with trace.bound(kwargs.pop(TRACE)):
            return method(self, *args, **kwargs)

    register_entrypoint(traced, Rpc())
    return traced  # type: ignore[return-value]


class Calls(SharedExtension):  # type: ignore[misc]
    """Takes the calls to all methods of one service from ``rpc-<service>``, and those to each of its processes."""

    def __init__(self) -> None:
        self.methods: dict[str, Rpc] = {}
        self.quiet, self.closing = threading.Event(), threading.Event()
        self.thread: Any = None

    def start(self) -> None:
        self.thread = self.container.spawn_managed_thread(self.run)

    def stop(self) -> None:
        """Comes after the last worker has ended, so that its answer has gone out."""
        self.closing.set()
        self.thread.wait()

    def run(self) -> None:
        container = self.container
        uri, service = container.config["AMQP_URI"], container.service_name
        everyone = every_process_of(service)
        keep_linked(uri, self.quiet, self.serve, f"rpc-{service}", container.max_workers, calls=everyone)

    def serve(self, link: Link) -> None:
        while not self.quiet.is_set():
            for delivery in link.take(1, 0):
                self.dispatch(link, delivery)
        self.closing.wait()

    def dispatch(self, link: Link, delivery: Delivery) -> None:
        began = time.perf_counter()
        try:
            if not delivery.properties.get("reply_to"):
                raise MalformedRequest("a call without reply_to: nobody can be answered")
            entrypoint, args, kwargs = self.read(delivery)
        except REFUSALS as error:
            self.refuse(link, delivery, error)
            self.count(delivery, "refused", began)
            return
        traceparent = str(delivery.headers.get("traceparent", ""))
        kwargs[TRACE] = traceparent if re.match(TRACEPARENT, traceparent) else trace.new_traceparent()
        answer = partial(self.answer, link, delivery, began)
        self.container.spawn_worker(entrypoint, args, kwargs, handle_result=answer)

    def read(self, delivery: Delivery) -> "tuple[Rpc, list[Any], dict[str, Any]]":
        """Whatever the content type says, the body is ``{"args": […], "kwargs": {…}}``. Raises one of ``REFUSALS``."""
        method = delivery.routing_key.rpartition(".")[2]
        if method not in self.methods:
            raise MethodNotFound(method)
        try:
            call = json.loads(delivery.body)
            args, kwargs = list(call["args"]), dict(call["kwargs"])
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise MalformedRequest(f"not a call: {error!r}") from error
        try:
            inspect.signature(getattr(self.container.service_cls, method)).bind(None, *args, **kwargs)
        except TypeError as error:
            raise IncorrectSignature(str(error)) from error
        return self.methods[method], args, kwargs

    def refuse(self, link: Link, delivery: Delivery, error: Exception) -> None:
        log.warning("call refused", call=delivery.routing_key, reason=str(error))
        if delivery.properties.get("reply_to"):
            self.reply(link, delivery, None, error)
        else:
            put_aside(link, parked(f"rpc-{self.container.service_name}", delivery, str(error)))
        link.ack(delivery.tag)

    def answer(
        self, link: Link, delivery: Delivery, began: float, _context: Any, result: Any, exc_info: Any
    ) -> tuple[Any, Any]:
        """In the worker, when it is done. Where the link is lost the call comes again; no error ends the service."""
        error = exc_info[1] if exc_info else None
        if error is not None:
            report(error, "call failed", call=delivery.routing_key)
        try:
            self.reply(link, delivery, result, error)
            link.ack(delivery.tag)
        except LinkLost as lost:
            log.warning("answer lost", call=delivery.routing_key, reason=str(lost))
        self.count(delivery, _outcome(error), began)
        return result, exc_info

    def count(self, delivery: Delivery, outcome: str, began: float) -> None:
        """Under its name if there is such a method: anybody can call anything."""
        method = delivery.routing_key.rpartition(".")[2]
        known = method if method in self.methods else "-"
        metrics.CALL_SECONDS.labels(known, outcome).observe(time.perf_counter() - began)

    def reply(self, link: Link, delivery: Delivery, result: Any, error: Exception | None) -> None:
        """What time will mend has one name, whatever the database calls it: the caller can ask again."""
        if error is not None and is_transient(error):
            error = Transient(type(error).__name__)
        try:
            body = _refusal(error) if error is not None else _answer(result)
        except orjson.JSONEncodeError:
            log.error("answer is not JSON", call=delivery.routing_key)
            body = _refusal(UnserializableValueError(result))
        link.reply(delivery.properties["reply_to"], body, delivery.properties.get("correlation_id"))


def _answer(result: Any) -> bytes:
    """Keys may be SQLAlchemy's names of columns, which are a kind of ``str``."""
    return orjson.dumps({"result": result, "error": None}, option=orjson.OPT_NON_STR_KEYS)


def _refusal(error: Exception) -> bytes:
    """Its words may be anybody's: ``json`` writes also what is no Unicode."""
    return json.dumps({"result": None, "error": serialize(error)}).encode()


def _outcome(error: Exception | None) -> str:
    if error is None:
        return "answered"
    return "later" if is_transient(error) else "failed"


class Rpc(Entrypoint):  # type: ignore[misc]
    """One method that can be called."""

    calls = Calls()

    def setup(self) -> None:
        self.calls.methods[self.method_name] = self

    def stop(self) -> None:
        self.calls.quiet.set()
