"""A service's backlog as gauges: what the audit asks for is what Prometheus gets."""

from collections.abc import Callable
from typing import TypeVar

from nameko.extensions import Entrypoint
from prometheus_client import REGISTRY

from shared import metrics
from shared.bus.subscriber import ask_worker
from shared.contracts.queries import Backlog
from shared.contracts.vocabulary import Channel

Method = TypeVar("Method", bound=Callable[..., Backlog])


class Scraped(Entrypoint):  # type: ignore[misc]
    """Calls the method, which gives a ``Backlog``, at each scrape; of that it shows the fields named."""

    def __init__(self, *shown: str) -> None:
        super().__init__()
        self.shown = shown
        self.watch = metrics.Watch(self.look)

    def start(self) -> None:
        REGISTRY.register(self.watch)

    def stop(self) -> None:
        REGISTRY.unregister(self.watch)

    def look(self) -> metrics.Standing:
        backlog: Backlog = ask_worker(self)
        return {name: _value(getattr(backlog, name)) for name in self.shown}


def _value(value: float | dict[Channel, float] | None) -> float | dict[str, float]:
    """With a nought for what nothing waits for, so that there is a line to be seen."""
    if isinstance(value, dict):
        return {channel.value: value.get(channel, 0.0) for channel in Channel}
    return value or 0.0


def scraped(*shown: str) -> Callable[[Method], Method]:
    """Entrypoint: the fields of the method's ``Backlog`` become gauges at each scrape (``metrics.STANDING``)."""
    decorate: Callable[[Method], Method] = Scraped.decorator(*shown)
    return decorate
