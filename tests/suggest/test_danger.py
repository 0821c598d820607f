"""Words of danger propose an urgency; what only looks like them does not."""

import pytest

from services.intake.suggest.danger import Sign, signs
from shared.contracts.vocabulary import Urgency
from tests.suggest.reading import real_messages, sentences


def test_danger_is_seen() -> None:
    """Of the sentences about somebody in danger, nineteen in twenty."""
    dangers = [text for danger, text in sentences("dangers.csv") if danger == "yes"]
    missed = [text for text in dangers if not signs(text)]
    assert len(missed) <= len(dangers) / 20, missed


def test_what_only_looks_like_it_is_left_alone() -> None:
    """火 in 火车, 火锅, 消防; what is feared, forbidden, past or for sale."""
    harmless = [text for danger, text in sentences("dangers.csv") if danger == "no"]
    assert [text for text in harmless if signs(text)] == []


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("楼道里有燃气味", Sign(Urgency.DANGER, "gas_leak", "燃气味")),
        ("路灯杆漏电！", Sign(Urgency.DANGER, "electric", "漏电")),
        ("３号楼电梯困人了", Sign(Urgency.DANGER, "trapped", "电梯困人")),
        ("饭店着火了", Sign(Urgency.DANGER, "fire", "着火")),
        ("门口井盖不见了", Sign(Urgency.URGENT, None, "井盖不见")),
    ],
    ids=str,
)
def test_the_reason_is_the_persons_own_words(text: str, sign: Sign) -> None:
    """With the category that they name, and how urgent it is."""
    assert signs(text) == [sign]


@pytest.mark.parametrize(
    "text", ["万一漏电，谁负责", "没有闻到燃气味", "去年起火以后没人修", "楼道有火灾隐患", "饭店油烟大，冒烟"]
)
def test_words_around_take_the_danger_away(text: str) -> None:
    """Feared, denied, past, a risk only, or smoke that is no fire's."""
    assert signs(text) == []


def test_danger_comes_before_what_is_urgent() -> None:
    """Whatever the order in the text; the same words once."""
    found = signs("井盖不见了。楼道着火，三楼着火。")
    assert [(sign.urgency, sign.words) for sign in found] == [(Urgency.DANGER, "着火"), (Urgency.URGENT, "井盖不见")]


def test_few_real_messages_are_flagged() -> None:
    """Letters to an authority are hardly ever about somebody in danger this minute: two in a hundred at most."""
    messages = real_messages("citizen_messages.csv")
    flagged = sum(bool(signs(f"{each['subject']}\n{each['detail']}")) for each in messages)
    assert flagged <= 0.02 * len(messages)
