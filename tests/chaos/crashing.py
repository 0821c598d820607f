"""``python -m tests.chaos.crashing <service>``: the service as it is, but it dies or stops where a test wants it to.

A file ``crash/<service>.<seam>`` in ``LOUMEN_HOME`` says at the how manieth call from now, and by which signal. It goes
as the signal is given, so that the next life is a healthy one. Of several replicas the first to come takes the order.
"""

import os
import runpy
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from inspect import iscoroutinefunction
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from shared.bus.green import patch
from shared.bus.topology import RECORDS_REPORTERS, ROUTING_COMMANDS

NOT_GREEN = "intake"


@dataclass(frozen=True)
class Seam:
    """A function of ``owner`` (a class or a module). The process dies before a plain one does anything, and after a
    coroutine has done everything. Only calls count that have something in hand and, if so named, this argument."""

    owner: str
    function: str
    argument: str | None = None

    def concerns(self, arguments: tuple[Any, ...]) -> bool:
        return all(arguments) and (self.argument is None or self.argument in arguments)


SEAMS = {
    "committed, not published": Seam("shared.bus.outbox:Outbox", "hand_over"),
    "published, row not deleted": Seam("shared.bus.publisher:ConfirmedPublisher", "forget"),
    "handled, not acknowledged": Seam("shared.bus.subscriber:Subscriber", "acknowledge"),
    "sent, fate not written": Seam("services.notify.handlers", "record_fates"),
    "in the transaction": Seam("shared.bus.outbox:Outbox", "stage"),
    "in the record's transaction": Seam("services.records.store", "put_tickets"),
    "while it claims": Seam("services.notify.claims", "lease"),
    "while it forwards": Seam("services.intake.spool:Spool", "oldest"),
    "between the two publishes": Seam("shared.bus.asyncio:Bus", "publish", RECORDS_REPORTERS),
    "confirmed, not answered": Seam("shared.bus.asyncio:Bus", "publish", ROUTING_COMMANDS),
}
CONSUMER = ("committed, not published", "published, row not deleted", "handled, not acknowledged")
SERVICES = {
    "intake": ("between the two publishes", "confirmed, not answered", "while it forwards"),
    "routing": (*CONSUMER, "in the transaction"),
    "records": (*CONSUMER, "in the record's transaction"),
    "notify": (*CONSUMER, "sent, fate not written", "while it claims"),
}


def order(home: Path, service: str, seam: str) -> Path:
    """The file that orders a crash."""
    return home / "crash" / f"{service}.{seam}"


def obey(path: Path) -> None:
    """Counts down; at the last call the file goes, and the signal comes."""
    try:
        calls, number = map(int, path.read_text().split())
        if calls > 1:
            path.write_text(f"{calls - 1} {number}")
            return
        path.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), number)


def wrap(seam: Seam, pass_by: Callable[[], None]) -> None:
    owner = resolve_name(seam.owner)
    original = getattr(owner, seam.function)

    @wraps(original)
    def plain(*args: Any, **kwargs: Any) -> Any:
        if seam.concerns(args):
            pass_by()
        return original(*args, **kwargs)

    @wraps(original)
    async def coroutine(*args: Any, **kwargs: Any) -> Any:
        result = await original(*args, **kwargs)
        if seam.concerns(args):
            pass_by()
        return result

    setattr(owner, seam.function, coroutine if iscoroutinefunction(original) else plain)


def main(service: str) -> None:
    if service != NOT_GREEN:
        patch()
    for name in SERVICES[service]:
        wrap(SEAMS[name], partial(obey, order(Path(os.environ["LOUMEN_HOME"]), service, name)))
    runpy.run_module(f"services.{service}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1])
