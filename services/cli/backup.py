"""``loumen backup`` and ``loumen restore``: a whole installation as one file."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from services.backup.archive import Damaged
from services.backup.copying import OtherRevision, back_up
from services.backup.restoring import NotEmpty, TooNew, restore
from services.cli.terminal import CONNECT_SECONDS, fail, plain_errors, progress, say
from services.intake.settings import IntakeSettings
from services.intake.uploads_store import StoreAway
from shared.bus.asyncio import BrokerAway, connected
from shared.bus.topology import (
    RECORDS_PARKING,
    RECORDS_REPORTERS,
    RETRY_DELAYS,
    ROUTING_COMMANDS,
    WORK_QUEUES,
    retry_name,
)

DRAIN_SECONDS = 10.0
POLL_SECONDS = 0.2
LATER = (RECORDS_PARKING, *map(retry_name, RETRY_DELAYS))
BROKERS_ALONE = (ROUTING_COMMANDS, RECORDS_REPORTERS, *LATER)
"""What waits in these is nowhere else."""


def back_up_installation(file: Annotated[Path, typer.Argument(dir_okay=False)]) -> None:
    """Write databases, photos, clock and keys into one file while the system runs 备份

    It holds the keys and personal data: only its owner can read it.
    """
    with plain_errors(), _plain_errors(file):
        settings = IntakeSettings()
        if (left := _waiting(settings.amqp_uri, BROKERS_ALONE, DRAIN_SECONDS)) is None:
            say(
                "消息服务器没有应答：其中的消息不在备份内",
                "the broker does not answer: what it has is left out",
                err=True,
            )
        elif left:
            say(f"队列中有 {left} 条消息不在备份内", f"left out: {left} messages that wait in the broker", err=True)
        manifest = back_up(settings, file, progress("已写入 {done} 项……", "{done} rows and files written…"))
    if manifest.unarrived:
        say(
            f"{manifest.unarrived} 张工单的最新事件未入台账（见 loumen audit）",
            f"{manifest.unarrived} tickets whose newest events are not in the ledger (see loumen audit)",
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
        if left := _waiting(settings.amqp_uri, (*WORK_QUEUES, *LATER), 0):
            fail(
                f"消息服务器中还有 {left} 条消息，不属于此备份",
                f"{left} messages of another installation wait in the broker",
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


def _waiting(uri: str, queues: Iterable[str], seconds: float) -> int | None:
    """How many messages stand in these queues, once they are empty or so long has passed; None without a broker."""

    async def look() -> int:
        end = monotonic() + seconds
        async with connected(uri, CONNECT_SECONDS) as bus:
            while True:
                left = sum([await bus.waiting(queue) for queue in queues])
                if not left or monotonic() >= end:
                    return left
                await asyncio.sleep(POLL_SECONDS)

    try:
        return asyncio.run(look())
    except BrokerAway:
        return None
