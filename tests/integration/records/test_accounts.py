"""Accounts as records keeps them, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Connection, Engine

from services.records.accounts import handlers
from shared.contracts.accounts import EVERY_SCOPE
from shared.contracts.vocabulary import Scope
from shared.db import transaction
from tests.trail_of import notes

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
KEY = b"key"
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def records(engine: Engine) -> Iterator[Connection]:
    """With one account."""
    with transaction(engine) as connection:
        assert handlers.add_account(connection, "Officer", "p-1", False, "hash", notes(NOW))
        yield connection


def signed_in(records: Connection, digest: str = "d", login: str = "officer") -> datetime:
    begun = handlers.begin_sign_in(records, login, "10.0.0.1", NOW, KEY)
    assert begun.password == "hash"
    ends_at = handlers.finish_sign_in(records, begun.attempt, digest, notes(NOW))
    assert ends_at is not None
    return ends_at


def test_a_login_is_taken_once(records: Connection) -> None:
    """Upper and lower case are the same name."""
    assert not handlers.add_account(records, " OFFICER ", None, True, "other", notes(NOW))
    assert [each.login for each in handlers.accounts(records)] == ["officer"]


def test_a_session_lasts_twelve_hours(records: Connection) -> None:
    """Who signed in is known by the digest until then, with every scope but an admin's, and not after it."""
    ends_at = signed_in(records)

    found = handlers.identity(records, "d", ends_at - timedelta(seconds=1))
    assert found is not None
    assert (found.login, found.person, found.session) == ("officer", "p-1", True)
    assert set(found.scopes) == set(EVERY_SCOPE) - {Scope.ADMIN, Scope.HOTLINE}
    assert ends_at == NOW + timedelta(hours=12)
    assert handlers.identity(records, "d", ends_at) is None
    assert handlers.identity(records, "another", NOW) is None


def test_a_try_opens_one_session(records: Connection) -> None:
    """The same try cannot be finished twice."""
    begun = handlers.begin_sign_in(records, "officer", "10.0.0.1", NOW, KEY)
    assert handlers.finish_sign_in(records, begun.attempt, "a", notes(NOW))
    assert handlers.finish_sign_in(records, begun.attempt, "b", notes(NOW)) is None
    assert handlers.identity(records, "b", NOW) is None


def test_after_five_wrong_passwords_one_waits(records: Connection) -> None:
    """The sixth try within a quarter of an hour is not compared, whatever the address; after it all is well."""
    for number in range(5):
        assert handlers.begin_sign_in(records, "officer", f"10.0.0.{number}", NOW, KEY).wait_seconds is None
    refused = handlers.begin_sign_in(records, "officer", "10.9.9.9", LATER, KEY)
    assert (refused.wait_seconds, refused.password) == (900, None)
    assert handlers.begin_sign_in(records, "officer", "10.9.9.9", NOW + timedelta(minutes=15), KEY).password == "hash"


def test_who_succeeds_in_between_is_not_counted(records: Connection) -> None:
    """Tries that succeeded are no failures."""
    for number in range(7):
        signed_in(records, f"d{number}")


def test_an_address_that_tries_many_names_waits(records: Connection) -> None:
    """Names that nobody has are not kept: somebody may have typed a password there."""
    for number in range(50):
        assert handlers.begin_sign_in(records, f"my-secret-{number}", "10.0.0.1", NOW, KEY).wait_seconds is None
    assert handlers.begin_sign_in(records, "officer", "10.0.0.1", LATER, KEY).wait_seconds == 900
    kept = records.exec_driver_sql("select distinct login from sign_ins").scalars().all()
    assert kept == [None]
    rows = records.exec_driver_sql("select * from sign_ins").all()
    assert "my-secret" not in str(rows)


def test_a_name_that_nobody_has_is_answered_as_any_other(records: Connection) -> None:
    """The same answers to the same tries, also written otherwise and while the tries of others come in between: who
    tries cannot tell which names there are."""
    for number in range(7):
        answers = [
            handlers.begin_sign_in(records, login, f"10.0.0.{number}", NOW, KEY).wait_seconds
            for login in ("officer", "nobody" if number % 2 else " Nobody", "another")
        ]
        assert answers == [None if number < 5 else 900] * 3
    for login in ("officer", "nobody"):
        assert handlers.begin_sign_in(records, login, "10.9.9.9", NOW + timedelta(minutes=15), KEY).wait_seconds is None


def test_tries_of_names_that_nobody_has_do_not_pile_up(records: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once they count no more they are gone, and more than so many are never kept; those of an account stay."""
    handlers.begin_sign_in(records, "officer", "10.0.0.1", NOW, KEY)
    monkeypatch.setattr(handlers, "MOST_UNKNOWN", 4)
    for number in range(9):
        handlers.begin_sign_in(records, f"name-{number}", "10.0.0.1", LATER, KEY)
    counted = "select count(*) from sign_ins where login is "
    assert records.exec_driver_sql(counted + "null").scalar() == 4
    handlers.begin_sign_in(records, "officer", "10.0.0.1", LATER + timedelta(minutes=15), KEY)
    assert records.exec_driver_sql(counted + "null").scalar() == 0
    assert records.exec_driver_sql(counted + "not null").scalar() == 2


def test_tries_are_forgotten(records: Connection) -> None:
    """An address is kept for ninety days, and no longer."""
    signed_in(records)
    later = NOW + timedelta(days=90)
    begun = handlers.begin_sign_in(records, "officer", "10.0.0.2", later, KEY)
    assert handlers.finish_sign_in(records, begun.attempt, "later", notes(later))
    assert records.exec_driver_sql("select address from sign_ins").scalars().all() == ["10.0.0.2"]


def test_a_disabled_account_is_out(records: Connection) -> None:
    """Its session and tokens end at once, it cannot sign in; enabled again it signs in anew."""
    signed_in(records)
    handlers.add_token(records, "officer", uuid4(), "report", [Scope.READ], "t", NOW + timedelta(days=9), notes(NOW))
    begun = handlers.begin_sign_in(records, "officer", "10.0.0.1", NOW, KEY)
    assert handlers.set_disabled(records, "officer", True, notes(NOW))

    assert [handlers.identity(records, digest, NOW) for digest in ("d", "t")] == [None, None]
    assert handlers.begin_sign_in(records, "officer", "10.0.0.1", NOW, KEY).password is None
    assert handlers.finish_sign_in(records, begun.attempt, "x", notes(NOW)) is None
    assert handlers.set_disabled(records, "officer", False, notes(NOW))
    assert handlers.identity(records, "d", NOW) is None
    signed_in(records, "new")
    assert not handlers.set_disabled(records, "nobody", True, notes(NOW))


def test_another_password_ends_every_session_and_token(records: Connection) -> None:
    """Somebody may have known the old one."""
    signed_in(records)
    handlers.add_token(records, "officer", uuid4(), "report", [Scope.READ], "t", NOW + timedelta(days=9), notes(NOW))
    assert handlers.set_password(records, "officer", "other", notes(NOW))
    assert [handlers.identity(records, digest, NOW) for digest in ("d", "t")] == [None, None]
    assert handlers.begin_sign_in(records, "officer", "10.0.0.1", NOW, KEY).password == "other"
    assert not handlers.set_password(records, "nobody", "other", notes(NOW))


def test_who_asks_by_a_token_is_known_by_it(records: Connection) -> None:
    """Which of an account's programs it was: the trail says so. A session has none."""
    signed_in(records)
    id = uuid4()
    handlers.add_token(records, "officer", id, "report", [Scope.READ], "t", NOW + timedelta(days=9), notes(NOW))
    found = handlers.identity(records, "t", NOW)
    assert found is not None
    assert (found.session, found.token) == (False, id)


def test_a_token_has_its_scopes_until_it_ends_or_is_revoked(records: Connection) -> None:
    """No more than was given, an admin's scope only with an admin's account, revoked by its own account only."""
    first, second = uuid4(), uuid4()
    for id, digest in ((first, "t1"), (second, "t2")):
        scopes = [Scope.READ, Scope.ADMIN]
        handlers.add_token(records, "officer", id, "report", scopes, digest, NOW + timedelta(days=9), notes(NOW))
    found = handlers.identity(records, "t1", LATER)
    assert found is not None
    assert (found.session, found.scopes) == (False, (Scope.READ,))
    assert handlers.identity(records, "t1", NOW + timedelta(days=9)) is None

    assert not handlers.revoke_token(records, "somebody else", first, notes(LATER))
    assert handlers.revoke_token(records, "officer", first, notes(LATER))
    assert not handlers.revoke_token(records, "officer", first, notes(LATER))
    assert handlers.identity(records, "t1", LATER) is None
    assert handlers.identity(records, "t2", LATER) is not None
    assert [each.revoked_at for each in handlers.tokens(records, "officer")].count(LATER) == 1
