"""What all commands share: the language of the terminal, settings, a service's answer, and errors in one line."""

import asyncio
import getpass
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn

import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from shared.bus.asyncio import BrokerAway, CallFailed, CallTimedOut, connected
from shared.contracts.directory import Directory
from shared.contracts.trail import Origin, Via
from shared.settings import Settings

CONNECT_SECONDS = 5.0
PROGRESS_SECONDS = 5.0

english: ContextVar[bool] = ContextVar("english", default=False)


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


def directory() -> Directory | None:
    """The one in force, as records has it; None where none was ever loaded."""
    answer = ask("records", "directory")
    return None if answer is None else Directory.model_validate(answer)


def by_hand() -> dict[str, Any]:
    """Who sits here, for the trail: the machine and its user, by number where it has no name."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return {"origin": Origin(via=Via.COMMAND_LINE, who=user, address=platform.node()).model_dump(mode="json")}


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


def progress(zh: str, en: str) -> Callable[[int], None]:
    """Says every few seconds how far long work has come; the words are templates of ``{done}``."""
    said = time.monotonic()

    def tell(done: int) -> None:
        nonlocal said
        if time.monotonic() - said >= PROGRESS_SECONDS:
            said = time.monotonic()
            say(zh.format(done=done), en.format(done=done), err=True)

    return tell


def say(zh: str, en: str, *, err: bool = False) -> None:
    typer.echo(en if english.get() else zh, err=err)


def fail(zh: str, en: str) -> NoReturn:
    say(zh, en, err=True)
    raise typer.Exit(1)


def harmless(text: str, *, lines: bool = False) -> str:
    """Somebody else's words for the terminal: what would move its cursor, or end the line (unless ``lines`` may), shows
    as an escape."""
    return "".join(each if each.isprintable() or (lines and each == "\n") else _escaped(each) for each in text)


def _escaped(symbol: str) -> str:
    return symbol.encode("unicode_escape").decode()
