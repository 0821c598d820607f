"""What the stories have in common: moving through an ordinary week, and waiting until all is said."""

import asyncio
import json
import time
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from chinese_calendar import is_workday

from shared.bus.asyncio import connected
from shared.clock import Anchor, Clock
from tests.system import Filed, System, eventually

BEIJING = ZoneInfo("Asia/Shanghai")
FIRST_DAY = datetime(2025, 3, 3, 10, tzinfo=BEIJING)
"""A Monday with two years of known holidays after it: room for many stories."""

MONDAY, TUESDAY, FRIDAY, SATURDAY = 0, 1, 4, 5


def begin_on_a_monday(home: Path) -> None:
    """A new home whose clock stands at ``FIRST_DAY``, whatever day the tests run on."""
    begin_at(home, FIRST_DAY)


def begin_at(home: Path, moment: datetime) -> None:
    """Its clock runs on from that moment."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "clock.json").write_text(json.dumps(asdict(Anchor(time.time(), moment.timestamp(), 1.0))))


def now(system: System) -> datetime:
    return Clock(system.local.home / "clock.json").now().astimezone(BEIJING)


def move_to(system: System, weekday: int, hour: int, minute: int = 0) -> datetime:
    """Let time pass until that weekday and hour, in a week that is followed by another without holidays."""
    here = now(system)
    there = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    while there <= here or there.weekday() != weekday or not _ordinary(there):
        there += timedelta(days=1)
    system.forward(seconds=(there - now(system)).total_seconds())
    return there


def _ordinary(day: datetime) -> bool:
    fortnight = (day.date() + timedelta(days=number) for number in range(-day.weekday(), 14 - day.weekday()))
    return all(is_workday(each) == (each.weekday() < SATURDAY) for each in fortnight)


def at(moment: str) -> datetime:
    """A moment of the API, as the clock on the wall in Beijing says it."""
    return datetime.fromisoformat(moment).astimezone(BEIJING)


def ask(system: System, service: str, method: str, **kwargs: Any) -> Any:
    """What a service answers over the bus."""

    async def call() -> Any:
        async with connected(system.environment["AMQP_URI"]) as bus:
            return await bus.call(service, method, timeout=20, **kwargs)

    return asyncio.run(call())


def all_told(system: System, filed: Filed) -> list[dict[str, Any]]:
    """The deliveries of a ticket, once every one that is due by now has its fate."""

    def told() -> list[dict[str, Any]]:
        made = [dict(each) for each in ask(system, "notify", "deliveries", ticket_id=filed.body["id"])]
        due = [each for each in made if datetime.fromisoformat(each["next_at"]) <= now(system)]
        return made if made and all(each["fate"] != "pending" for each in due) else []

    return eventually(told)


def mails(system: System, filed: Filed, to: str) -> list[dict[str, Any]]:
    """The mails about a ticket to a person, newest first."""
    return [mail for mail in system.messages(channel="email", ticket=filed.code) if to in mail["to"]]


def mailed(system: System, filed: Filed, to: str, subject: str = "") -> dict[str, Any]:
    """The newest such mail, as soon as it is there."""
    return eventually(lambda: next((mail for mail in mails(system, filed, to) if subject in mail["subject"]), None))


def happened(ticket: dict[str, Any]) -> list[str]:
    """The names of a ticket's events, without the messages that went out."""
    told = ("notified", "notification_failed")
    return [entry["type"] for entry in ticket["timeline"] if entry["type"] not in told]


def entry(ticket: dict[str, Any], type: str) -> dict[str, Any]:
    """The last line of the story with that name."""
    return next(each for each in reversed(ticket["timeline"]) if each["type"] == type)


def put(system: System, queue: str, body: bytes) -> None:
    """A body by hand, straight into a queue."""

    async def publish() -> None:
        async with connected(system.environment["AMQP_URI"]) as bus:
            await bus.publish("", queue, body, message_id="by-hand")

    asyncio.run(publish())
