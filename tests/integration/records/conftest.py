"""A migrated database of records, on each of the two kinds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from shared.db import open_engine
from shared.migrate import upgrade


@pytest.fixture
def engine(database_url: str | None, home: Path) -> Iterator[Engine]:
    engine = open_engine(database_url, home, "records")
    upgrade(engine, "records")
    yield engine
    engine.dispose()
