"""``loumen``: the one module that knows all services. It asks them over the bus, and migrates their databases."""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from services.audit.walk import Report, audit
from services.records.directory import OPTIONAL_FILES, REQUIRED_FILES, DirectoryProblems, decode
from shared import logs, migrate
from shared.bus.asyncio import BrokerAway, CallFailed, CallTimedOut, connected
from shared.clock import set_clock
from shared.contracts.directory import Directory
from shared.contracts.queries import ParkedMessage
from shared.db import open_engine
from shared.ids import normalize_code
from shared.settings import Settings, ensure_keys

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="楼门 Loumen")
directory = typer.Typer(no_args_is_help=True, help="The directory: places, people, posts, policy 目录")
parked = typer.Typer(no_args_is_help=True, help="Messages that nobody could handle 搁置的消息")
app.add_typer(directory, name="directory")
app.add_typer(parked, name="parked")

CONNECT_SECONDS = 5.0
LOAD_SECONDS = 60.0
CHANGES_SHOWN = 50
PAGE = 100
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

_english: ContextVar[bool] = ContextVar("english", default=False)


@app.callback()
def main(
    lang: Annotated[str, typer.Option(envvar=["LOUMEN_LANG", "LANG"], help="zh or en", metavar="LANG")] = "zh",
) -> None:
    """Command line of Loumen."""
    _english.set(lang.lower().startswith("en"))
    logs.setup("loumen")
    logging.disable(logging.CRITICAL)  # what goes wrong is said in one line


@app.command("migrate")
def migrate_databases(services: Annotated[list[str] | None, typer.Argument(metavar="[SERVICE]...")] = None) -> None:
    """Make the keys that are missing, and bring databases to the newest version 迁移数据库"""
    ensure_keys(settings().home)
    for service in services or migrate.SERVICES:
        if service not in migrate.SERVICES:
            fail(f"没有数据库属于 {service}", f"no database belongs to {service}")
        with plain_errors():
            migrate.upgrade(open_engine(settings().database_url, settings().home, service), service)
        say(f"{service} 数据库已是最新版本", f"{service}: the database is at the newest version")


@app.command("audit")
def audit_system(
    older_than: Annotated[float, typer.Option(help="seconds that work may be under way", min=0)] = 60,
) -> None:
    """Prove one owner, level and clock for each ticket, and the record whole 审计"""

    async def run() -> Report:
        async with connected(settings().amqp_uri, CONNECT_SECONDS) as bus:
            return await audit(bus, settings().key("chain"), older_than, _tell_waiting)

    with plain_errors():
        report = asyncio.run(run())
    for breach in report.breaches:
        typer.echo(breach.line(english=_english.get()))
    if report.provisional:
        say(
            f"{report.provisional} 张在办工单的期限是暂定的",
            f"{report.provisional} open tickets have provisional deadlines",
        )
    count = len(report.breaches)
    say(
        f"工单 {report.tickets} 张（在办 {report.open}），事件 {report.events} 个，待重试 {report.waiting} 条："
        + (f"{count} 处不符" if count else "全部相符"),
        f"{report.tickets} tickets ({report.open} open), {report.events} events, {report.waiting} waiting for a retry: "
        + (f"{count} breaches" if count else "clean"),
    )
    if count:
        raise typer.Exit(1)


def _tell_waiting(places: int) -> None:
    say(f"{places} 处待复核……", f"places to look at again: {places}…", err=True)


@app.command()
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


@app.command()
def erase(ticket: Annotated[str, typer.Argument(metavar="CODE")]) -> None:
    """Erase the personal data of who reported a ticket, for good 删除报事人的个人信息"""
    code = normalize_code(ticket)
    if code is None:
        fail(f"工单编号有误：{ticket}", f"this code is mistyped: {ticket}")
    if not ask("records", "erase_reporter", code=code):
        fail("没有可删除的内容", "there is nothing to erase")
    say("已删除", "erased")


@directory.command("load")
def load_directory(folder: Annotated[Path, typer.Argument(exists=True, file_okay=False)]) -> None:
    """Check a folder's files, and put them in force all or nothing 加载目录"""
    names = (path for path in folder.iterdir() if path.suffix in (".csv", ".yaml"))
    try:
        files = decode({path.name: path.read_bytes() for path in sorted(names) if path.name in KNOWN_FILES})
    except DirectoryProblems as error:
        _refuse([str(problem) for problem in error.problems])
    answer = ask("records", "load_directory", LOAD_SECONDS, files=files)
    if problems := answer.get("problems"):
        _refuse(problems)
    for line in _readable(answer["changes"]):
        typer.echo(line)
    for line in answer["warnings"]:
        typer.echo(line, err=True)
    version, count = answer["version"], len(answer["changes"])
    say(f"目录第 {version} 版，变更 {count} 处", f"directory version {version}, changes: {count}")


def _readable(changes: list[str]) -> list[str]:
    """Each change on a line; of more than anybody reads, how many there are of each sort."""
    if len(changes) <= CHANGES_SHOWN:
        return changes
    sorts = Counter(change.partition(":")[0] for change in changes)
    return [f"{sort}: {count}" for sort, count in sorts.items()]


KNOWN_FILES = (*REQUIRED_FILES, *OPTIONAL_FILES)


def _refuse(problems: list[str]) -> NoReturn:
    for problem in problems:
        typer.echo(problem)
    fail(f"{len(problems)} 处有误，未加载", f"problems: {len(problems)}, nothing loaded")


@directory.command("show")
def show_directory() -> None:
    """What is in force 当前目录"""
    answer = ask("records", "directory")
    if answer is None:
        fail("尚未加载目录", "no directory was ever loaded")
    now = Directory.model_validate(answer)
    say(f"第 {now.version} 版，规则 {now.policy.name}", f"version {now.version}, policy {now.policy.name}")
    for part in ("levels", "places", "roles", "people", "posts", "categories", "calendars"):
        typer.echo(f"{part:<12}{len(getattr(now, part)):>6}")


@parked.command("list")
def list_parked(every: Annotated[bool, typer.Option("--all", help="resent and dropped ones too")] = False) -> None:
    """Messages that somebody has to look at 列出"""
    after = 0
    while page := ask("records", "parked", all=every, after=after, limit=PAGE):
        for each in map(ParkedMessage.model_validate, page):
            fate = "resent" if each.resent_at else "dropped" if each.dropped_at else ""
            at = each.parked_at.astimezone().isoformat(timespec="seconds")
            typer.echo(f"{each.id:>6}  {at}  {each.queue}  {each.size} B  {fate}  {each.reason}")
            after = each.id


@parked.command("show")
def show_parked(id: int) -> None:
    """One message in full 查看"""
    message = ask("records", "parked_show", id=id)
    if message is None:
        fail(f"没有搁置消息 {id}", f"there is no parked message {id}")
    for name, value in message.items():
        typer.echo(f"{name}: {value}")


@parked.command("resend")
def resend_parked(ids: list[int]) -> None:
    """Give messages back to the queue they came from 重发"""
    _resolve("resend_parked", ids, "已重发", "resent")


@parked.command("drop")
def drop_parked(ids: list[int]) -> None:
    """Say that messages need nothing more 了结"""
    _resolve("drop_parked", ids, "已了结", "dropped")


def _resolve(method: str, ids: list[int], zh: str, en: str) -> None:
    for id in ids:
        if not ask("records", method, id=id):
            fail(f"{id} 不在待处理的搁置消息中", f"{id} is not a message that waits here")
        say(f"{id} {zh}", f"{id} {en}")


def settings() -> Settings:
    with plain_errors():
        return Settings()


def ask(service: str, method: str, timeout: float = 10.0, /, **kwargs: Any) -> Any:
    """A service's answer; without one, a line that says so, and the end."""

    async def call() -> Any:
        async with connected(settings().amqp_uri, CONNECT_SECONDS) as bus:
            return await bus.call(service, method, timeout=timeout, **kwargs)

    with plain_errors():
        return asyncio.run(call())


@contextmanager
def plain_errors() -> Iterator[None]:
    """One line for what an operator can do something about."""
    try:
        yield
    except BrokerAway as error:
        fail(f"消息服务器（AMQP_URI）没有应答：{error}", f"the message broker (AMQP_URI) does not answer: {error}")
    except CallTimedOut as error:
        fail(f"服务没有应答：{error}", f"a service does not answer: {error}")
    except CallFailed as error:
        fail(f"服务出错：{error}", f"a service failed: {error}")
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().replace("\n", " ")
        fail(f"数据库（DATABASE_URL）：{reason}", f"the database (DATABASE_URL): {reason}")
    except FileNotFoundError as error:
        fail(f"缺少文件 {error.filename}", f"missing: {error.filename}")
    except ValidationError as error:
        fail(f"环境变量有误：{error.errors()[0]['loc']}", f"not a valid setting: {error.errors()[0]['loc']}")


def say(zh: str, en: str, *, err: bool = False) -> None:
    typer.echo(en if _english.get() else zh, err=err)


def fail(zh: str, en: str) -> NoReturn:
    say(zh, en, err=True)
    raise typer.Exit(1)
