"""Migrations: alembic without an ini file. One history a service, the same scripts on SQLite and PostgreSQL.

The scripts stand in ``services/<service>/migrations/versions``; ``shared/migrations/env.py`` runs them all.
"""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from shared.db import transaction

SERVICES = ("routing", "notify", "records")
"""Those that own a database."""

LOCK_TIMEOUT = "5s"
"""How long a change of a table may wait for its readers before it gives up, so that it never blocks those behind it."""


def upgrade(engine: Engine, service: str) -> None:
    """Bring the database of ``service`` to the newest version, all or nothing; nothing to do is no error.

    Safe when several start at once: one works, the others wait for it. Raises what SQLAlchemy raises
    where the database is away or a table stays locked.
    """
    with transaction(engine) as connection:  # SQLite: the write lock of the file
        bring(connection, service)


def bring(connection: Connection, service: str, revision: str = "head") -> None:
    """The same in a transaction of the caller's, and up to a ``revision``."""
    if connection.dialect.name == "postgresql":
        _prepare_schema(connection, service)
    command.upgrade(config(service, connection), revision)


def revision(connection: Connection) -> str | None:
    """Where a service's database stands; None where it has no tables yet."""
    return MigrationContext.configure(connection).get_current_revision()


def newest(service: str) -> str:
    """The revision that this release brings a service's database to."""
    head = ScriptDirectory.from_config(config(service)).get_current_head()
    assert head is not None
    return head


def knows(service: str, revision: str) -> bool:
    """Whether a service of this release has, or had, that revision."""
    if service not in SERVICES:
        return False
    return revision in {script.revision for script in ScriptDirectory.from_config(config(service)).walk_revisions()}


def _prepare_schema(connection: Connection, service: str) -> None:
    connection.execute(text("select pg_advisory_xact_lock(hashtext(:name))"), {"name": f"loumen.migrate.{service}"})
    connection.execute(text(f"set local lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text(f'create schema if not exists "{service}"'))


def config(service: str, connection: Connection | None = None) -> Config:
    """Alembic's configuration for one service (a developer's ``alembic.command.revision`` takes it too)."""
    versions = str(files(f"services.{service}") / "migrations" / "versions")
    made = Config(attributes={"connection": connection})
    made.set_main_option("script_location", "shared:migrations")
    made.set_main_option("path_separator", "newline")
    made.set_main_option("version_locations", versions.replace("%", "%%"))
    return made
