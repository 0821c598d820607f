"""Logs: one line an event, JSON by default, readable where a person watches a terminal."""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor


def setup(service: str, *, level: str = "INFO") -> None:
    """Send structlog's and the standard library's records to stderr in one shape."""

    def name_service(_logger: Any, _method: str, entry: EventDict) -> EventDict:
        return {"service": service, **entry}

    shape: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        name_service,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shape, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("amqp", "kombu", "pika", "nameko", "httpx", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shape, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
