"""A broker for one test alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.own_broker import Broker, own_broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A fresh node for one test."""
    with own_broker(tmp_path / "broker") as broker:
        yield broker
