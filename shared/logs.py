"""Logs: one line an event, JSON by default, readable where a person watches a terminal."""

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor


def setup(service: str, *, level: str = "INFO") -> None:
    """Send our lines and the standard library's records to stderr in one shape."""

    def name_service(_logger: Any, _method: str, entry: EventDict) -> EventDict:
        return {"service": service, **entry}

    shape: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        name_service,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(_json)
    )
    structlog.configure(
        processors=[*shape, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Lines,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setLevel(level)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shape, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("amqp", "kombu", "pika", "nameko", "httpx", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _json(entry: EventDict, default: Callable[[Any], Any]) -> str:
    return orjson.dumps(entry, default=default).decode()


class _Lines:
    """Where our lines go, without the standard library's records between. One that cannot be written (the disk is
    full, the terminal gone) must not end the work that it tells of."""

    def __init__(self, *_: object) -> None:
        self._file = sys.stderr

    def write(self, line: str) -> None:
        with suppress(OSError):
            self._file.write(line + "\n")

    debug = info = warning = error = critical = write
