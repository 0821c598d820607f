"""A migrated database of records, on each of the two kinds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from shared.db import open_engine


@pytest.fixture
def engine(migrated_url: str | None, home: Path) -> Iterator[Engine]:
    engine = open_engine(migrated_url, home, "records")
    yield engine
    engine.dispose()
