"""Households: however their flat is written, one voice each."""

import pytest

from services.intake.cosigning import is_near, plain_flat
from services.intake.tries import Tries
from shared import ids
from tests.builders import a_town
from tests.records_of import a_ticket

TOWN = a_town()


@pytest.mark.parametrize("written", ["502", "５０２室", " 502 号 ", "1单元502", "1号楼2单元5-02", "5 0 2", "502戶"])
def test_one_flat_however_it_is_written(written: str) -> None:
    """Widths, marks, the staircase before it and the word after it make no difference."""
    assert plain_flat(written) == "502"


def test_other_flats_are_others() -> None:
    """And what is no flat at all is empty."""
    assert len({plain_flat(each) for each in ("502", "503", "502A", "东502", "1502")}) == 5
    assert plain_flat(" 室 - ") == ""


def test_a_household_is_the_same_at_every_ticket() -> None:
    """By door and flat, under our key: two tickets that are merged count it once."""
    digest = ids.household_digest(b"key", "U", "502")
    assert digest == ids.household_digest(b"key", "U", "502")
    others = [(b"other", "U", "502"), (b"key", "V", "502"), (b"key", "U", "503"), (b"key", "U5", "02")]
    assert digest not in {ids.household_digest(*each) for each in others}


def test_near_is_more_than_the_top_in_common() -> None:
    """Another compound of the community is near; another community is not."""
    ticket = a_ticket(place=TOWN.place_ref("U"))
    assert is_near("V", ticket, TOWN)
    assert is_near("U", ticket, TOWN)
    assert not is_near("S", ticket, TOWN)
    assert is_near("V", a_ticket(place=TOWN.place_ref("S")), TOWN)


def test_tries_are_counted_by_address() -> None:
    """So many of one thing from one address; another address, or another thing, has its own."""
    tries = Tries()
    assert [tries.take("cosign", "a", 2) for _ in range(2)] == [None, None]
    assert 890 < (tries.take("cosign", "a", 2) or 0) <= 901
    assert tries.take("cosign", "b", 2) is None
    assert tries.take("act", "a", 2) is None


def test_a_token_is_one_person_s() -> None:
    """A co-signer's is not the reporter's, nor another household's; a door's code may have dots in it."""
    reporter = ids.TrackingToken(ticket_id=a_ticket().id, door_code="D.1")
    cosigner = reporter.model_copy(update={"household": ids.household_digest(b"key", "U", "502")})
    for token in (reporter, cosigner):
        assert ids.read_tracking(b"secret", ids.sign_tracking(b"secret", token)) == token
        with pytest.raises(ids.InvalidToken):
            ids.read_tracking(b"other", ids.sign_tracking(b"secret", token))
    assert reporter.ref != cosigner.ref
