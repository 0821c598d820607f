"""What the audit sees of a trail that somebody has put his hand to, without the key."""

from uuid import UUID

import pytest

from services.audit.trail import TrailProof
from shared.contracts.trail import Entry, TrailHead, TrailLink, What
from shared.trail import link_hash, sealed_head
from tests.builders import MONDAY_10

KEY, NO_KEY = b"key", b"another"


def a_link(seq: int, prev_hash: str, key: bytes = KEY, body: str = "") -> TrailLink:
    body = body or an_entry(seq)
    hash = link_hash(prev_hash, body, key)
    return TrailLink(seq=seq, body=body, prev_hash=prev_hash, hash=hash, columns_agree=True)


def an_entry(seq: int, what: What = What.EXPORTED, **details: object) -> str:
    told = {"who": None, "via": "unknown", "address": None, "subject": None, "outcome": "done", "details": details}
    return Entry(seq=seq, id=UUID(int=seq), at=MONDAY_10, what=what, **told).model_dump_json()


def a_trail(length: int) -> list[TrailLink]:
    links: list[TrailLink] = []
    for seq in range(1, length + 1):
        links.append(a_link(seq, links[-1].hash if links else ""))
    return links


WHOLE = a_trail(6)
HEAD = sealed_head(6, WHOLE[-1].hash, KEY)
CUT = a_link(7, WHOLE[-1].hash, body=an_entry(7, What.TRAIL_CUT, to=3, hash=WHOLE[2].hash))
FALSELY_CUT = a_link(7, WHOLE[-1].hash, NO_KEY, an_entry(7, What.TRAIL_CUT, to=3, hash=WHOLE[2].hash))


def with_body(at: int, body: str) -> list[TrailLink]:
    return [each.model_copy(update={"body": body}) if each.seq == at else each for each in WHOLE]


FORGED = a_link(3, WHOLE[1].hash, NO_KEY)
CASES: list[tuple[str, list[TrailLink], TrailHead | None, list[tuple[str, str]]]] = [
    ("as it was written", WHOLE, HEAD, []),
    ("nobody has done anything yet", [], None, []),
    ("an entry says something else", with_body(3, "entry x"), HEAD, [("trail_tampered", "3")]),
    (
        "an entry is found by something else",
        [WHOLE[0].model_copy(update={"columns_agree": False}), *WHOLE[1:]],
        HEAD,
        [("trail_tampered", "1")],
    ),
    (
        "an entry is another's work, sealed with another key",
        [*WHOLE[:2], FORGED, *WHOLE[3:]],
        HEAD,
        [("trail_tampered", "3"), ("trail_broken", "4")],
    ),
    ("the first is gone", WHOLE[1:], HEAD, [("trail_gone", "1")]),
    ("two in the middle are gone", [*WHOLE[:2], *WHOLE[4:]], HEAD, [("trail_gone", "3–4")]),
    ("the last two are gone", WHOLE[:4], HEAD, [("trail_gone", "5–6")]),
    (
        "the last two are gone, and the end is told to be there, without the key",
        WHOLE[:4],
        sealed_head(4, WHOLE[3].hash, NO_KEY),
        [("trail_end", "")],
    ),
    ("the first three were cut off, and an entry says so", [*WHOLE[3:], CUT], sealed_head(7, CUT.hash, KEY), []),
    ("more is gone than was cut off", [*WHOLE[4:], CUT], sealed_head(7, CUT.hash, KEY), [("trail_gone", "4")]),
    (
        "an entry without a seal says that the first three were cut off",
        [*WHOLE[3:], FALSELY_CUT],
        HEAD,
        [("trail_tampered", "7"), ("trail_gone", "1–3"), ("trail_beyond", "7")],
    ),
    (
        "another is in the place of the first",
        [a_link(1, "x"), *WHOLE[1:]],
        HEAD,
        [("trail_broken", "2"), ("trail_broken", "1")],
    ),
    ("the end is gone", WHOLE, None, [("trail_end", "")]),
    (
        "one more is put after the end",
        [*WHOLE, a_link(7, WHOLE[-1].hash, NO_KEY)],
        HEAD,
        [("trail_tampered", "7"), ("trail_beyond", "7")],
    ),
    (
        "one more is put before the first",
        [a_link(0, "", NO_KEY), *WHOLE],
        HEAD,
        [("trail_tampered", "0")],
    ),
]


@pytest.mark.parametrize(("links", "head", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_was_done_by_hand_is_found(
    links: list[TrailLink], head: TrailHead | None, wanted: list[tuple[str, str]]
) -> None:
    """Each in a line that says which entry; what was left alone is not blamed."""
    proof = TrailProof(KEY, head)
    for link in links:
        proof.see(link)
    found = proof.end(head)
    assert [(each.flaw.value, "".join(map(str, each.details.values()))) for each in found] == wanted


def test_what_comes_in_meanwhile_is_no_breach() -> None:
    """Entries after the end as it was before are well where the end as it is now has them; so is a trail's first."""
    for before in (None, sealed_head(4, WHOLE[3].hash, KEY)):
        proof = TrailProof(KEY, before)
        for link in WHOLE[:5]:
            proof.see(link)
        assert proof.end(HEAD) == []
