"""What texts can be found by."""

import pytest

from services.records.searching import terms, words
from services.records.texts import text_row
from tests.stories import a_ticket


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("漏水", True),
        ("上漏水", True),
        ("灯", True),
        ("ｗｉｆｉ", True),
        ("漏水 WIFI", True),
        ("3 号楼", True),
        ("水上", False),
        ("漏水灯", False),
        ("漏水 电梯", False),
    ],
)
def test_a_text_is_found_by_what_it_holds(asked: str, found: bool) -> None:
    """Whatever the width and case of letters and the signs between them; each part somewhere, nothing across texts."""
    held = words(["3 号楼：楼上漏水！", "灯和 Wi-Fi 都坏"])
    assert all(term in held for term in terms(asked)) is found


def test_signs_alone_ask_for_nothing() -> None:
    """There is nothing to look for."""
    assert terms("！？ 。") == []


def test_a_ticket_is_found_by_the_number_that_another_system_has() -> None:
    """An officer has the hotline on the phone, and no code of ours."""
    row = text_row(a_ticket(external_ref="GD-20260302001"))
    assert all(term in row["words"] for term in terms("gd20260302001"))
