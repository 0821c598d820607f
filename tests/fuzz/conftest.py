"""A running system for the tests of one file."""

from collections.abc import Iterator

import pytest

from tests.journeys.steps import begin_on_a_monday
from tests.system import System, running_system


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, own_vhost: str) -> Iterator[System]:
    """On SQLite, at ten o'clock on a Monday."""
    home = tmp_path_factory.mktemp("system")
    begin_on_a_monday(home)
    with running_system(home, own_vhost, None) as running:
        yield running
