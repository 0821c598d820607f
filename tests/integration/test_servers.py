"""The servers that the tests themselves stand on."""

import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import requests

from deploy.local.broker import USER, Node, answers


def test_each_test_has_a_virtual_host_of_its_own(vhost: str, broker_node: Node) -> None:
    """A fresh virtual host exists on the node, with full rights for its user, and holds no queue."""
    name = urlsplit(vhost).path.lstrip("/")
    login = (USER, broker_node.password)
    api = f"{broker_node.management_url}/api"

    assert answers(vhost)
    assert requests.get(f"{api}/queues/{name}", auth=login, timeout=30).json() == []
    assert requests.get(f"{api}/permissions/{name}/{USER}", auth=login, timeout=30).json()["write"] == ".*"


def test_each_test_has_an_empty_database(database_url: str | None, home: Path) -> None:
    """On both databases, a test starts with no table of another one."""
    if database_url is None:
        with sqlite3.connect(home / "routing.db") as connection:
            found = connection.execute("select count(*) from sqlite_master").fetchone()
    else:
        with psycopg.connect(database_url) as connection:
            query = "select count(*) from information_schema.tables where table_schema = 'public'"
            found = connection.execute(query).fetchone()

    assert found == (0,)
