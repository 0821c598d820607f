"""A running system for the stories, started once for each kind of database."""

from collections.abc import Iterator

import pytest

from tests.system import System, running_system


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, own_vhost: str) -> Iterator[System]:
    """On SQLite, by a clock that runs on time until a story forwards it."""
    with running_system(tmp_path_factory.mktemp("system"), own_vhost, None, speed=1) as running:
        yield running
