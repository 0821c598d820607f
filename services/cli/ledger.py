"""``loumen ledger``: the record by itself, and what is made of it."""

import asyncio
from collections import Counter
from typing import Annotated

import typer

from services.audit.walk import Report, verify_ledger
from services.cli.proofs import conclude
from services.cli.terminal import CONNECT_SECONDS, by_hand, plain_errors, progress, say, settings
from shared.bus.asyncio import Bus, connected
from shared.contracts.queries import Rebuilt

BITE = 200
CALL_SECONDS = 30.0

app = typer.Typer(no_args_is_help=True, help="The record, and the tables made of it 台账")


@app.command("verify")
def verify(
    older_than: Annotated[float, typer.Option(help="seconds that an event may be under way", min=0)] = 60,
) -> None:
    """Prove the hash chains of all tickets by the ledger alone, and the trail's 验证哈希链"""

    async def run() -> Report:
        async with connected(settings().amqp_uri, CONNECT_SECONDS) as bus:
            seen = progress("已验证 {done} 张工单……", "{done} tickets verified…")
            return await verify_ledger(bus, settings().key("chain"), older_than, seen)

    with plain_errors():
        report = asyncio.run(run())
    conclude(
        report.breaches,
        f"工单 {report.tickets} 张，事件 {report.events} 个，操作记录 {report.trail}",
        f"{report.tickets} tickets, {report.events} events, trail {report.trail}",
    )


@app.command("rebuild")
def rebuild(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="compare only")] = False,
) -> None:
    """Make the read tables anew while the system runs 重建查询表"""

    async def run() -> dict[str, Counter[str]]:
        async with connected(settings().amqp_uri, CONNECT_SECONDS) as bus:
            tables = await bus.call("records", "read_tables", timeout=CALL_SECONDS)
            return {table: await _rebuild(bus, table, write=not dry_run) for table in tables}

    with plain_errors():
        rebuilt = asyncio.run(run())
    for table, done in rebuilt.items():
        say(
            f"{table}：比对 {done['compared']} 行，有误 {done['differing']} 行，多余 {done['surplus']} 行",
            f"{table}: {done['compared']} compared, {done['differing']} differed, {done['surplus']} surplus",
        )
        if left := done["unreadable"]:
            say(
                f"{table}：{left} 行的来源无法读取，未动（见 loumen ledger verify）",
                f"{table}: {left} left alone, what they are made of is unreadable (see loumen ledger verify)",
            )
    wrong = sum(done["differing"] + done["surplus"] for done in rebuilt.values())
    if wrong and dry_run:
        say("未改动", "nothing was changed")
    if (wrong and dry_run) or any(done["unreadable"] for done in rebuilt.values()):
        raise typer.Exit(1)


async def _rebuild(bus: Bus, table: str, *, write: bool) -> Counter[str]:
    """All bites of a table: the numbers of ``Rebuilt``."""
    told = progress(f"{table}：已比对 {{done}} 行……", f"{table}: {{done}} compared…")
    total, last = Counter[str](), None
    while True:
        call = {"table": table, "after": last, "limit": BITE, "write": write}
        bite = Rebuilt.model_validate(await bus.call("records", "rebuild", timeout=CALL_SECONDS, **call, **by_hand()))
        total.update(bite.model_dump(exclude={"last"}))
        told(total["compared"])
        if (last := bite.last) is None:
            return total
