"""Every service's migrations, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from shared.db import open_engine
from shared.migrate import SERVICES, upgrade


@pytest.mark.parametrize("service", SERVICES)
def test_the_scripts_make_what_the_models_say(service: str, database_url: str | None, home: Path) -> None:
    """Migrating from nothing gives exactly the tables, columns, keys and indexes that the service declares."""
    engine = open_engine(database_url, home, service)
    upgrade(engine, service)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, import_module(f"services.{service}.store").tables) == []


def test_two_that_start_at_once_do_not_race(database_url: str | None, home: Path) -> None:
    """However many migrate a new database at the same moment, each finds it whole, and none fails."""

    def start(_number: int) -> None:
        engine = open_engine(database_url, home, "records")
        upgrade(engine, "records")
        engine.dispose()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(start, range(6)))
    tables = inspect(open_engine(database_url, home, "records")).get_table_names()
    assert {"ledger", "tickets", "alembic_version"} <= set(tables)
