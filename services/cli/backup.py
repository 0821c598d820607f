"""``loumen backup`` and ``loumen restore``: a whole installation as one file."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from services.backup.archive import Damaged
from services.backup.copying import NeverMigrated, OtherRevision, WrongDatabase, back_up
from services.backup.in_broker import LeftOut, left_out, of_another
from services.backup.restoring import NotEmpty, TooNew, restore
from services.cli.terminal import CONNECT_SECONDS, fail, plain_errors, progress, say
from services.intake.settings import IntakeSettings
from services.intake.uploads_store import StoreAway
from shared.bus.asyncio import BrokerAway, Bus, connected

T = TypeVar("T")


def back_up_installation(file: Annotated[Path, typer.Argument(dir_okay=False)]) -> None:
    """Write databases, photos, clock and keys into one file while the system runs 备份

    It holds the keys and personal data: only its owner can read it.
    """
    if not file.parent.is_dir():
        fail(f"没有目录 {file.parent}：未备份", f"there is no folder {file.parent}: nothing is written")
    with plain_errors(), _plain_errors(file):
        settings = IntakeSettings()
        left = _ask(settings.amqp_uri, left_out)
        _tell_left_out(left)
        told = progress("已写入 {done} 项……", "{done} rows and files written…")
        manifest = back_up(settings, file, told, has_tickets=bool(left and left.has_tickets))
    if manifest.unarrived:
        say(
            f"{manifest.unarrived} 张工单有事件未入台账（见 loumen audit）",
            f"{manifest.unarrived} tickets with events that are not in the ledger (see loumen audit)",
            err=True,
        )
    if manifest.missing_photos:
        say(
            f"工单所附的 {manifest.missing_photos} 张照片不在照片存储（LOUMEN_PHOTOS）中，未备份",
            f"left out: {manifest.missing_photos} photos of tickets, which are not in the photo store (LOUMEN_PHOTOS)",
            err=True,
        )
    size = file.stat().st_size / 1024**2
    say(
        f"{file}：工单 {manifest.tickets} 张，照片文件 {manifest.photos} 个，{size:.1f} MB",
        f"{file}: {manifest.tickets} tickets, {manifest.photos} photo files, {size:.1f} MB",
    )


def restore_installation(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Put a backup back where there is nothing yet, all or nothing; then start the services 恢复"""
    with plain_errors(), _plain_errors(file):
        settings = IntakeSettings()
        waiting, running = _ask(settings.amqp_uri, of_another) or (0, False)
        if running:
            fail("先停止各服务：消息服务器还有它们在用", "services run on this broker: stop them first")
        if waiting:
            fail(
                f"消息服务器中还有 {waiting} 条消息，不属于此备份",
                f"{waiting} messages of another installation wait in the broker",
            )
        manifest = restore(settings, file, progress("已恢复 {done} 项……", "{done} rows and files put back…"))
    at = manifest.taken_at.astimezone().isoformat(timespec="seconds")
    say(
        f"已恢复到 {at}：工单 {manifest.tickets} 张，照片文件 {manifest.photos} 个",
        f"as it was at {at}: {manifest.tickets} tickets, {manifest.photos} photo files",
    )


@contextmanager
def _plain_errors(file: Path) -> Iterator[None]:
    """One line for what goes wrong with archives alone."""
    try:
        yield
    except Damaged as error:
        fail(f"{file} 已损坏（{error}），未恢复", f"{file} is damaged ({error}): nothing restored")
    except TooNew as error:
        fail(f"备份来自更新的楼门 {error}", f"a newer Loumen made this backup: {error}")
    except NotEmpty as error:
        fail(
            f"此处已有数据：{error}。只能恢复到空的安装",
            f"not empty: {error}. A backup is put back where there is nothing",
        )
    except NeverMigrated as error:
        fail(
            f"{error} 没有数据：这不是此安装的数据库（DATABASE_URL）",
            f"there is nothing in {error}: not the database of an installation (DATABASE_URL)",
        )
    except WrongDatabase:
        fail(
            "运行中的服务有工单，这个数据库（DATABASE_URL）却没有：未备份",
            "the services that run have tickets, this database (DATABASE_URL) has none: nothing is written",
        )
    except BlockingIOError:
        fail("另一个 loumen restore 正在运行", "another loumen restore is at work here")
    except OtherRevision as error:
        fail(
            f"{error} 数据库不是此版本的：先用原版本备份，或先 loumen migrate",
            f"{error}: the database is another release's. Back up with that, or run loumen migrate first",
        )
    except StoreAway as error:
        fail(f"照片存储（LOUMEN_PHOTOS）：{error}", f"the photo store (LOUMEN_PHOTOS): {error}")
    except FileNotFoundError:
        raise
    except OSError as error:
        fail(f"{error.filename or file}：{error.strerror}", f"{error.filename or file}: {error.strerror}")


def _tell_left_out(left: LeftOut | None) -> None:
    if left is None:
        say("消息服务器没有应答：其中的消息不在备份内", "the broker does not answer: what it has is left out", err=True)
        return
    if left.waiting:
        say(
            f"队列中有 {left.waiting} 条消息不在备份内",
            f"left out: {left.waiting} messages that wait in the broker",
            err=True,
        )
    for service in left.busy:
        say(f"{service} 手头的消息不在备份内", f"left out: some messages that {service} has in hand", err=True)
    for service in left.silent:
        say(
            f"{service} 有进程没有应答：其手头的消息不在备份内",
            f"left out: whatever {service} has in hand, as a process of it does not answer",
            err=True,
        )


def _ask(uri: str, question: Callable[[Bus], Awaitable[T]]) -> T | None:
    """None without a broker."""

    async def ask() -> T:
        async with connected(uri, CONNECT_SECONDS) as bus:
            return await question(bus)

    try:
        return asyncio.run(ask())
    except BrokerAway:
        return None
