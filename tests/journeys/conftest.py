"""A running system for the stories of one file, which must be whole when they are over."""

from collections.abc import Iterator

import pytest

from deploy.local.system import DEMO_DIRECTORY
from tests.journeys.steps import begin_on_a_monday
from tests.system import System, running_system


@pytest.fixture(scope="module")
def system(
    tmp_path_factory: pytest.TempPathFactory, own_vhost: str, request: pytest.FixtureRequest
) -> Iterator[System]:
    """On SQLite, from a Monday 10:00 of an ordinary week on, by a clock that runs on time until a story forwards it.

    With the demo's directory, or the file's own ``DIRECTORY``. What the stories leave behind must pass the audit.
    """
    home = tmp_path_factory.mktemp("system")
    begin_on_a_monday(home)
    directory = getattr(request.module, "DIRECTORY", DEMO_DIRECTORY)
    with running_system(home, own_vhost, None, directory) as running:
        yield running
        audit = running.loumen("audit")
        assert audit.returncode == 0, audit.stdout + audit.stderr
