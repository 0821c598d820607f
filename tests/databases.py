"""Databases for the tests: fresh ones, and what others are made like."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

from shared.db import open_engine
from shared.migrate import SERVICES, upgrade


@contextmanager
def fresh_database(postgres_url: str, template: str = "template1") -> Iterator[str]:
    """The URL of a database that is as ``template`` is, and gone at the end."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}".encode())
        yield urlsplit(postgres_url)._replace(path=f"/{name}").geturl()
        connection.execute(f"drop database {name} with (force)".encode())


def migrate(database_url: str | None, home: Path) -> None:
    """The tables of every service, empty."""
    for service in SERVICES:
        engine = open_engine(database_url, home, service)
        upgrade(engine, service)
        engine.dispose()
