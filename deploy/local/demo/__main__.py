"""Bring the system up in a home of its own, let people in, and tell what happens.

``LOUMEN_DEMO_MESSAGES`` names a CSV file with real messages (a column ``detail``); ``LOUMEN_CLOCK_SPEED`` how fast the
clock runs; ``LOUMEN_DEMO_PAUSE`` the real seconds between two messages.
"""

import asyncio
import os
import sys
import threading
import time
from pathlib import Path

from deploy.local.demo.narrator import Narrator
from deploy.local.demo.posts import Posts
from deploy.local.demo.residents import Issue, read_doors, read_messages, report
from deploy.local.interrupt import interruptible
from deploy.local.system import Local, read_local, whole_system
from deploy.local.terminal import say
from shared.bus.asyncio import connected
from shared.contracts.directory import Directory

DEFAULTS = {"LOUMEN_HOME": ".demo", "LOUMEN_PORT": "8100", "LOUMEN_CLOCK_SPEED": "1800"}
PAUSE_SECONDS = 3.0


def demo() -> None:
    environment = {**DEFAULTS, **os.environ}
    local = read_local(environment)
    named = environment.get("LOUMEN_DEMO_MESSAGES")
    messages = read_messages(Path(named)) if named else []
    with whole_system(local, quiet=True) as amqp_uri:
        say(
            f"演示开始：时钟快 {local.clock_speed:g} 倍；消息见 {local.catcher_url}/",
            f"The demo begins: the clock runs {local.clock_speed:g} times as fast; messages at {local.catcher_url}/",
        )
        pause = float(environment.get("LOUMEN_DEMO_PAUSE") or PAUSE_SECONDS)
        with_people(local, amqp_uri, messages, pause)


def with_people(local: Local, amqp_uri: str, messages: list[Issue], pause: float) -> None:
    """Residents and posts at work, each in a thread, until Ctrl-C."""
    stopping = threading.Event()
    posts = Posts(local.url, local.catcher_url)
    doors = read_doors(local.directory)
    people = [
        threading.Thread(target=report, args=(local.url, doors, messages, pause, stopping), daemon=True),
        threading.Thread(target=posts.work, args=(stopping, time.monotonic), daemon=True),
    ]
    for each in people:
        each.start()
    try:
        asyncio.run(narrate(amqp_uri))
    finally:
        stopping.set()
        for each in people:
            each.join()


async def narrate(amqp_uri: str) -> None:
    async with connected(amqp_uri) as bus:
        directory = Directory.model_validate(await bus.call("records", "directory"))
        narrator = Narrator({level.code: level.name for level in directory.levels})
        for key in ("ticket.#", "notification.#"):
            await bus.listen(key, narrator.hear)
        await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(interruptible(demo))
