"""The system as a whole: ``migrate``, ``audit``, ``clock``, ``erase``."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from services.audit.walk import Report, audit
from services.cli.proofs import conclude
from services.cli.terminal import CONNECT_SECONDS, ask, by_hand, fail, plain_errors, progress, say, settings
from services.intake import store
from services.intake.settings import IntakeSettings
from services.intake.uploads_store import StoreAway, open_store, remove
from shared import migrate
from shared.bus.asyncio import connected
from shared.clock import set_clock
from shared.contracts.queries import Backlog
from shared.db import open_engine, reading
from shared.ids import normalize_code
from shared.settings import ensure_keys

ERASE_SECONDS = 300.0
"""The whole ledger is read for each photo."""
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def migrate_databases(services: Annotated[list[str] | None, typer.Argument(metavar="[SERVICE]...")] = None) -> None:
    """Make the keys that are missing, and bring databases to the newest version 迁移数据库"""
    ensure_keys(settings().home)
    for service in services or migrate.SERVICES:
        if service not in migrate.SERVICES:
            fail(f"没有数据库属于 {service}", f"no database belongs to {service}")
        with plain_errors():
            migrate.upgrade(open_engine(settings().database_url, settings().home, service), service)
        say(f"{service} 数据库已是最新版本", f"{service}: the database is at the newest version")


def audit_system(
    older_than: Annotated[float, typer.Option(help="seconds that work may be under way", min=0)] = 60,
) -> None:
    """Prove one owner, level and clock for each ticket, and the record whole 审计"""

    async def run() -> Report:
        async with connected(settings().amqp_uri, CONNECT_SECONDS) as bus:
            seen = progress("已核对 {done} 张工单……", "{done} tickets seen…")
            spool = partial(_spool, settings().home / "intake")
            return await audit(bus, settings().key("chain"), older_than, seen, _tell_waiting, spool)

    with plain_errors():
        report = asyncio.run(run())
    if report.provisional:
        say(
            f"{report.provisional} 张在办工单的期限是暂定的",
            f"{report.provisional} open tickets have provisional deadlines",
        )
    conclude(
        report.breaches,
        f"工单 {report.tickets} 张（在办 {report.open}），事件 {report.events} 个，待重试 {report.waiting} 条，"
        f"操作记录 {report.trail}",
        f"{report.tickets} tickets ({report.open} open), {report.events} events, {report.waiting} waiting for a retry, "
        f"trail {report.trail}",
    )


def _spool(folder: Path) -> Backlog:
    """What waits on the disk of a home, whichever of its intakes has put it there, and also where none runs."""
    if not (folder / "spool.db").exists():
        return Backlog()
    with reading(store.open_file(folder)) as connection:
        kept = store.backlog(connection)
    age = (datetime.now(UTC) - kept.oldest).total_seconds() if kept.oldest else None
    return Backlog(oldest_spooled_seconds=age, spool_parked=kept.parked)


def _tell_waiting(places: int) -> None:
    say(f"{places} 处待复核……", f"places to look at again: {places}…", err=True)


def clock(
    speed: Annotated[float | None, typer.Option(help="times as fast as real time")] = None,
    forward: Annotated[str, typer.Option(help="jump ahead: 90s, 20m, 2h, 3d")] = "0s",
) -> None:
    """Show or change the time that all processes share 时钟"""
    match = re.fullmatch(r"(\d+)([smhd])", forward)
    if match is None:
        fail(f"无法理解的时长：{forward}", f"not a length of time: {forward}")
    path = settings().home / "clock.json"
    if speed is not None or int(match[1]):
        try:
            set_clock(path, speed=speed, forward=timedelta(**{UNITS[match[2]]: int(match[1])}))
        except ValueError as error:
            fail(f"时钟只能向前：{error}", str(error))
    typer.echo(settings().clock.now().astimezone().isoformat(timespec="seconds"))


def erase(ticket: Annotated[str, typer.Argument(metavar="CODE")]) -> None:
    """Erase the personal data of who reported and co-signed a ticket, their words and photos 删除居民的个人信息"""
    code = normalize_code(ticket)
    if code is None:
        fail(f"工单编号有误：{ticket}", f"this code is mistyped: {ticket}")
    people = ask("records", "erase_reporter", code=code, **by_hand())
    record = ask("records", "ticket", code=code)
    over = record is not None and ask("routing", "erase_words", ticket_id=record["ticket"]["id"])
    if over:
        _remove_photos(ask("records", "photos_to_erase", ERASE_SECONDS, ticket_id=record["ticket"]["id"]))
    if not people and not over:
        fail("没有可删除的内容", "there is nothing to erase")
    say("已删除", "erased")
    if record is not None and not over:
        say(
            "此件仍在办理，办结后请再次运行以删除文字和照片",
            "it is open: run this again once it is over, for words and photos",
        )


def _remove_photos(photos: list[str]) -> None:
    try:
        with plain_errors():
            remove(open_store(IntakeSettings()), photos)
    except StoreAway as error:
        fail(f"照片存储（LOUMEN_PHOTOS）：{error}", f"the photo store (LOUMEN_PHOTOS): {error}")
