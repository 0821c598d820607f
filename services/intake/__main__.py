"""``python -m services.intake``: uvicorn with ``create_app``. Its own access log stays off: paths hold tokens."""

import uvicorn
from fastapi import FastAPI

from services.intake.app import create_app
from services.intake.server import BoundedProtocol
from services.intake.settings import IntakeSettings
from shared import logs


def application() -> FastAPI:
    """The factory that each worker process calls."""
    logs.setup("intake")
    return create_app()


def main() -> None:
    settings = IntakeSettings()
    uvicorn.run(
        "services.intake.__main__:application",
        factory=True,
        host=settings.host,
        port=settings.port,
        http=BoundedProtocol,
        ws="none",
        workers=settings.workers,
        access_log=False,
        log_config=None,
        server_header=False,
    )


if __name__ == "__main__":
    main()
