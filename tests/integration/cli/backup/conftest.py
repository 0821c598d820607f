"""An installation with something of everything, a backup of it, and a place to put it back to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.backup.archives import fill_all
from tests.integration.cli.conftest import System, new_installation


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest) -> Iterator[System]:
    """On each database in turn; one for all tests of a file, which leave it as it is."""
    with new_installation(request) as installation:
        fill_all(installation)
        yield installation


@pytest.fixture(scope="module")
def archive(filled: System, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its backup, which all tests of a file leave as it is."""
    made = tmp_path_factory.mktemp("archive") / "loumen.tar"
    done = filled.loumen("backup", str(made))
    assert (done.returncode, done.stderr) == (0, "")
    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path, vhost: str) -> System:
    """Another machine, where there is nothing."""
    url = request.getfixturevalue("another_database") if request.param == "postgresql" else None
    return System(tmp_path / "elsewhere", vhost, url)
