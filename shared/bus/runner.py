"""Runs a nameko service, and the two extensions that every service has beside its subscribers and RPC methods."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import eventlet
import structlog
from nameko.extensions import DependencyProvider, Entrypoint
from nameko.runners import ServiceRunner
from sqlalchemy import Engine, Table

from shared import metrics
from shared.bus.outbox import Outbox
from shared.bus.publisher import publisher_of
from shared.bus.subscriber import Subscriber, run_worker
from shared.db import end_standstill
from shared.errors import report
from shared.heap import settle
from shared.settings import WorkerSettings, require_whole

log = structlog.get_logger()

SWEEP_EVERY = 5.0
"""Seconds; also the age from which a row counts as left behind."""
STOP_WITHIN = 30.0

Method = TypeVar("Method", bound=Callable[..., Any])


class OutboxProvider(DependencyProvider):  # type: ignore[misc]
    """Gives the service's ``Outbox``. ``engine`` is called once, when the service starts."""

    def __init__(self, table: Table, engine: Callable[[], Engine]) -> None:
        self.table, self.engine = table, engine
        self.stopping = threading.Event()

    def setup(self) -> None:
        engine = self.engine()
        uri = self.container.config["AMQP_URI"]
        self.alive: Path | None = self.container.config["alive"]
        self.publisher = publisher_of(engine, self.table, uri)
        self.outbox = Outbox(engine, self.table, self.container.service_name, self.publisher)

    def start(self) -> None:
        self.publisher.start()
        metrics.BROKER_UP.set_function(lambda: self.publisher.linked)
        self.sweeper = self.container.spawn_managed_thread(self.sweep)

    def stop(self) -> None:
        self.stopping.set()
        self.sweeper.wait()
        self.publisher.stop()

    def sweep(self) -> None:
        while not self.stopping.wait(SWEEP_EVERY):
            try:
                if ended := end_standstill(self.outbox.engine):
                    log.warning("sessions ended that stood still in a transaction", sessions=ended)
                if found := self.outbox.sweep(SWEEP_EVERY):
                    log.info("outbox swept", rows=found)
                if self.alive and self.publisher.linked:
                    self.alive.touch()
            except Exception as error:
                report(error, "outbox not swept")

    def get_dependency(self, _context: Any) -> Outbox:
        return self.outbox


InHand = Callable[[], float | None]
"""For how many seconds the service has worked on the messages that it took from a queue; None: it has none."""


class InHandProvider(DependencyProvider):  # type: ignore[misc]
    """Gives ``InHand``: what is held, because of an outage or for want of a directory, stands in no queue."""

    def get_dependency(self, _context: Any) -> InHand:
        return self.oldest

    def oldest(self) -> float | None:
        subscribers = (each for each in self.container.entrypoints if isinstance(each, Subscriber))
        since = [each.since for each in subscribers if each.since is not None]
        return time.monotonic() - min(since) if since else None


class Every(Entrypoint):  # type: ignore[misc]
    """Runs the method again and again with ``seconds`` (real ones) between the end of a run and the next: unlike
    nameko's timer it makes up for nothing after a slow one."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self.stopping = threading.Event()
        self.thread: Any = None

    def start(self) -> None:
        self.thread = self.container.spawn_managed_thread(self.run)

    def stop(self) -> None:
        self.stopping.set()
        self.thread.wait()

    def run(self) -> None:
        while not self.stopping.wait(self.seconds):
            if error := run_worker(self):
                report(error, "timer failed", method=self.method_name)


def every(seconds: float) -> Callable[[Method], Method]:
    """Entrypoint: the method runs every so many real seconds, never twice at a time; an error does not stop it."""
    decorate: Callable[[Method], Method] = Every.decorator(seconds)
    return decorate


def run(service_class: type, settings: WorkerSettings) -> None:
    """Until SIGTERM or SIGINT: then work in hand is finished. Raises what a service dies of.

    The settings' ``alive`` is touched every ``SWEEP_EVERY`` seconds, as long as broker and database answer.

    A second signal, or a stop that takes longer than ``STOP_WITHIN`` seconds, ends it at once.
    """
    require_whole(settings.home)
    metrics.serve(settings)
    logging.getLogger("nameko.containers").setLevel(logging.CRITICAL)  # handlers' errors are logged by our extensions
    told = {"AMQP_URI": settings.amqp_uri, "max_workers": settings.max_workers}
    runner = ServiceRunner({**told, "alive": settings.alive, "clock": settings.clock})
    runner.add_service(service_class)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.alarm(int(STOP_WITHIN))
        eventlet.spawn_n(runner.stop)  # in the hub nothing may wait

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    settle()
    runner.start()
    runner.wait()
