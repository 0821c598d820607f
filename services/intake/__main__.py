"""``python -m services.intake``: uvicorn with ``create_app``. Its own access log stays off: paths hold tokens."""

from shared.heap import leave_out_colours, settle

leave_out_colours()

import uvicorn

from services.intake.app import create_app
from services.intake.server import BoundedProtocol
from services.intake.settings import IntakeSettings
from shared import logs, metrics
from shared.settings import require_whole


def main() -> None:
    settings = IntakeSettings()
    require_whole(settings.home)
    logs.setup("intake")
    metrics.serve(settings)
    app = create_app(settings)
    settle()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        http=BoundedProtocol,
        ws="none",
        workers=1,  # whatever WEB_CONCURRENCY says: each intake is a process with ports of its own
        access_log=False,
        log_config=None,
        server_header=False,
    )


if __name__ == "__main__":
    main()
