"""The trail as records keeps it, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Connection, Engine

from services.audit.trail import TrailProof
from services.records import handlers as records
from services.records.accounts import handlers
from services.records.trail import reading
from services.records.trail.keeping import TooYoung, cut, keep, noting
from shared import db
from shared.bus.outbox import Work
from shared.contracts.trail import Entry, Origin, TrailWanted, Via, What
from shared.contracts.vocabulary import Scope
from shared.db import transaction
from tests.small_town import GOOD
from tests.trail_of import ADMIN, notes

KEY = b"key"
NOW = datetime(2026, 3, 2, 2, 0, 0, 123456, tzinfo=UTC)
ANY = TrailWanted()
BY_ADMIN = ADMIN.model_dump(mode="json")


@pytest.fixture
def trail(engine: Engine) -> Iterator[Connection]:
    with transaction(engine) as connection:
        yield connection


def entries(connection: Connection, wanted: TrailWanted = ANY) -> list[Entry]:
    """Oldest first."""
    return list(reversed(reading.page_of_trail(connection, wanted, None, 1000).items))


def breaches(connection: Connection) -> list[str]:
    head = reading.head(connection)
    proof = TrailProof(KEY, head)
    for link in reading.links(connection, None, 1000):
        proof.see(link)
    return [each.flaw.value for each in proof.end(head)]


def put(connection: Connection, *subjects: str, now: datetime = NOW) -> None:
    done = notes(now)
    for subject in subjects:
        done.note(What.ACCOUNT_ADDED, subject)
    keep(connection, done.deeds, KEY)


def test_what_happens_with_an_account_is_noted(trail: Connection) -> None:
    """Who did it, from where, to whom; what failed changes nothing and is not there; no password, no token's name."""
    with noting(trail, KEY, BY_ADMIN, NOW) as done:
        assert handlers.add_account(trail, "Officer", "p-1", False, "secret-hash", done)
        assert not handlers.add_account(trail, "officer", None, True, "secret-hash", done)
        token = uuid4()
        handlers.add_token(
            trail, "officer", token, "secret-name", [Scope.READ], "secret-digest", NOW + timedelta(9), done
        )
        assert handlers.revoke_token(trail, "officer", token, done)
        assert not handlers.revoke_token(trail, "officer", token, done)
        assert handlers.set_password(trail, "officer", "secret-other", done)
        assert handlers.set_disabled(trail, "officer", True, done)
        assert handlers.set_disabled(trail, "officer", False, done)
        assert not handlers.set_disabled(trail, "nobody", True, done)

    found = entries(trail)
    assert [each.what for each in found] == [
        "account_added",
        "token_made",
        "token_revoked",
        "password_changed",
        "account_disabled",
        "account_enabled",
    ]
    assert {(each.who, each.via, each.address, each.subject, each.at) for each in found} == {
        ("admin", "session", "203.0.113.7", "officer", NOW)
    }
    assert found[0].details == {"person": "p-1", "admin": False}
    assert found[1].details == {
        "token": str(token),
        "scopes": ["tickets:read"],
        "ends_at": "2026-03-11T02:00:00.123456+00:00",
    }
    assert "secret" not in str(found)
    assert breaches(trail) == []


def test_signing_in_is_noted_by_its_outcome(trail: Connection) -> None:
    """The name counts once the password was right; with the fifth wrong one the account is locked out, said once; a
    name that nobody has is not repeated, as it may be a password."""
    handlers.add_account(trail, "officer", None, False, "hash", notes(NOW))
    door = Origin(via=Via.PASSWORD, address="198.51.100.4").model_dump(mode="json")

    def tried(login: str) -> int:
        return handlers.begin_sign_in(trail, login, "198.51.100.4", NOW, KEY).attempt

    with noting(trail, KEY, door, NOW) as done:
        assert handlers.finish_sign_in(trail, tried("officer"), "d", done)
        handlers.fail_sign_in(trail, tried("my password"), done)
        wrong = [tried("officer") for _ in range(5)]
        for attempt in (*wrong, *wrong):
            handlers.fail_sign_in(trail, attempt, done)
        assert handlers.begin_sign_in(trail, "officer", "198.51.100.4", NOW, KEY).wait_seconds

    found = [(each.what, each.who, each.via, each.address, each.subject) for each in entries(trail)]
    by = ("password", "198.51.100.4")
    assert found == [
        ("signed_in", "officer", *by, "officer"),
        ("sign_in_failed", None, *by, None),
        *[("sign_in_failed", None, *by, "officer")] * 5,
        ("locked_out", None, *by, "officer"),
    ]


def test_a_directory_is_noted_without_names(trail: Connection) -> None:
    """How many of each sort changed, and what of the policy; the same files again are nothing."""
    with noting(trail, KEY, BY_ADMIN, NOW) as done:
        for files in (
            GOOD,
            GOOD,
            GOOD | {"policies.yaml": GOOD["policies.yaml"].replace("hand_backs_at_most: 3", "hand_backs_at_most: 4")},
        ):
            records.load_directory(Work(trail, "records"), files, NOW, done)
    loaded, policy, again, changed = entries(trail)
    assert (loaded.what, loaded.subject, loaded.details["changes"]["places.added"]) == ("directory_loaded", "1", 5)
    assert (policy.what, policy.subject) == ("policy_changed", "1")
    assert (again.subject, again.details["changes"]) == ("2", {"policy.changed": 1})
    assert (changed.what, changed.subject, changed.details["count"]) == ("policy_changed", "2", 1)


def test_a_repeat_is_kept_once(trail: Connection) -> None:
    """A deed has an id of its own, and is there once, however often and together with whatever it comes."""
    done = notes(NOW)
    done.note(What.EXPORTED, "trail")
    keep(trail, done.deeds, KEY)
    done.note(What.EXPORTED, "trail")
    keep(trail, [*done.deeds, *done.deeds], KEY)
    keep(trail, done.deeds, KEY)
    assert [each.seq for each in entries(trail)] == [1, 2]
    assert breaches(trail) == []


def test_pages_are_stable_and_filtered(trail: Connection) -> None:
    """Newest first; what is added meanwhile is on no later page; each filter by itself and together."""
    put(trail, *"abc", now=NOW)
    put(trail, *"ade", now=NOW + timedelta(hours=1))
    first = reading.page_of_trail(trail, ANY, None, 4)
    put(trail, "f", now=NOW + timedelta(hours=2))
    second = reading.page_of_trail(trail, ANY, first.next, 4)
    assert "".join(each.subject or "" for each in (*first.items, *second.items)) == "edacba"
    assert second.next is None

    def subjects(**wanted: object) -> str:
        return "".join(each.subject or "" for each in entries(trail, TrailWanted.model_validate(wanted)))

    later = NOW + timedelta(hours=1)
    assert subjects(subject="a") == "aa"
    assert subjects(since=later) == "adef"
    assert subjects(until=later) == "abc"
    assert subjects(since=later, until=later + timedelta(seconds=1), subject="a", who="admin") == "a"
    assert subjects(who="somebody else") == subjects(what="exported") == ""
    assert subjects(what="account_added") == "abcadef"


def test_what_was_not_done_is_not_noted(engine: Engine) -> None:
    """Where the transaction fails the trail knows nothing of it, and goes on without a gap."""
    with pytest.raises(RuntimeError), transaction(engine) as connection, noting(connection, KEY, None, NOW) as done:
        done.note(What.EXPORTED, "trail")
        raise RuntimeError
    with transaction(engine) as connection:
        put(connection, "a")
        assert [(each.seq, each.subject) for each in entries(connection)] == [(1, "a")]


def test_many_at_once_make_one_chain(engine: Engine) -> None:
    """However many write at the same time, also the first ones ever: each number once, each sealed onto the other."""

    def write(number: int) -> None:
        for turn in range(5):
            with transaction(engine) as connection:
                put(connection, f"{number}/{turn}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    with db.reading(engine) as connection:
        assert len(entries(connection)) == 30
        assert breaches(connection) == []


def test_what_is_old_can_be_cut_off_and_the_rest_stays_provable(trail: Connection) -> None:
    """From before a moment that is half a year ago at least; who did it is on the trail, also when it is done again."""
    put(trail, "a", "b", now=NOW - timedelta(days=400))
    put(trail, "c", now=NOW - timedelta(days=300))
    put(trail, "d", now=NOW)
    with pytest.raises(TooYoung):
        cut(trail, NOW - timedelta(days=183), KEY, notes(NOW))
    for before, gone, left in ((500, 0, "abcd"), (350, 2, "cd2"), (200, 1, "d23")):
        with noting(trail, KEY, BY_ADMIN, NOW) as done:
            assert cut(trail, NOW - timedelta(days=before), KEY, done) == gone
        assert "".join(each.subject or "" for each in entries(trail)) == left
        assert breaches(trail) == []
    assert (entries(trail)[-1].what, entries(trail)[-1].who) == ("trail_cut", "admin")
