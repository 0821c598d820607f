"""A new directory whose event was lost: the services come to it all the same."""

from deploy.local.processes import wait_until
from services.records import handlers
from shared.bus.asyncio import CallTimedOut
from shared.bus.outbox import Work
from shared.db import transaction
from tests.builders import MONDAY_10
from tests.integration.cli.conftest import System, on_sqlite, serving
from tests.small_town import GOOD
from tests.trail_of import notes


@on_sqlite
def test_a_directory_that_nobody_heard_of_is_found(installation: System) -> None:
    """Records has a version that it told nobody: routing and notify ask, and the audit finds nobody behind."""
    with transaction(installation.engine("records")) as connection:
        handlers.load_directory(Work(connection, "records"), GOOD, MONDAY_10, notes(MONDAY_10))
    with serving(installation):
        assert wait_until(lambda: _version(installation, "routing") == _version(installation, "notify") == 1, 60)
        audited = installation.loumen("audit")
        assert audited.returncode == 0, audited.stdout + audited.stderr


def _version(installation: System, service: str) -> int:
    try:
        return int(installation.call(service, "backlog")["directory_version"])
    except CallTimedOut:
        return 0
