"""A category and an urgency, offered over HTTP to somebody who writes."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from services.intake.suggest.keeping import Kept, path_in, save
from services.intake.suggest.trial import train
from tests.integration.intake.harness import Served
from tests.integration.intake.standin import StandIn

HISTORY = [
    *((f"灯不亮，{where}很黑", "lighting") for where in ("一楼", "二楼", "门口", "楼梯间")),
    *((f"漏水，{where}都湿了", "leak") for where in ("天花板", "墙面", "地板", "厨房")),
    *((f"广场舞太吵，{where}睡不着", "not in the directory") for where in ("老人", "孩子", "我们")),
]


@pytest.fixture
def trained(intake: Served) -> Iterator[Served]:
    save(intake.settings.home, Kept(trained_at=datetime.now(UTC), trained=train(HISTORY)))
    yield intake
    path_in(intake.settings.home).unlink()


def test_what_was_trained_is_in_force_at_once(intake: Served, trained: Served) -> None:
    """With the share and the words that spoke for it; what the directory has not is not proposed."""
    answer = intake.client.post("/api/v1/suggest", json={"text": "门口的灯不亮"})
    assert answer.status_code == 200
    body = answer.json()
    first = body["categories"][0]
    assert (first["code"], first["name"], first["urgency"]) == ("lighting", "lighting", "ordinary")
    assert first["reasons"] == ["灯不亮"]
    assert first["because"] == "因为：灯不亮"
    assert 0.5 < first["share"] < 1
    assert body["trained"] is True
    assert body["urgency"] is None
    unknown = intake.client.post("/api/v1/suggest", json={"text": "广场舞太吵"}).json()
    assert [each["code"] for each in unknown["categories"] if each["code"] not in ("lighting", "leak")] == []


def test_a_file_that_cannot_be_read_is_as_none(intake: Served) -> None:
    """The directory's own words answer; and again once the file is gone."""
    path = path_in(intake.settings.home)
    path.write_text('{"trained')
    answers = [intake.client.post("/api/v1/suggest", json={"text": "lighting"}).json()]
    path.unlink()
    answers.append(intake.client.post("/api/v1/suggest", json={"text": "lighting"}).json())
    assert [(each["trained"], each["categories"][0]["code"]) for each in answers] == [(False, "lighting")] * 2


@pytest.mark.parametrize(
    ("language", "text", "because"),
    [
        ("zh-CN", "楼道着火，浓烟滚滚", "因为：着火、浓烟"),
        ("en", "楼道着火，浓烟滚滚", "Because of: 着火, 浓烟"),
        ("zh-TW", "電梯裡漏電", "因為：漏電"),
    ],
)
def test_danger_is_said_in_the_askers_language(intake: Served, language: str, text: str, because: str) -> None:
    """By the person's own words."""
    answer = intake.client.post("/api/v1/suggest", json={"text": text}, headers={"Accept-Language": language})
    hint = answer.json()["urgency"]
    assert (hint["urgency"], hint["because"]) == ("danger", because)


def test_nothing_of_it_is_passed_on_or_logged(
    intake: Served, standin: StandIn, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is not handed in yet, and may never be."""
    caplog.set_level(logging.DEBUG)
    standin.calls.clear()
    for text in ("这里有一只蓝色的猫着火", ""):
        intake.client.post("/api/v1/suggest", json={"text": text, "extra": "蓝色的猫"})
        intake.client.post("/api/v1/suggest", json={"text": text})
    assert not [call for call in standin.calls if "directory" not in call[0]]
    assert "蓝色的猫" not in caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": " "}, 422, "invalid"),
        ({"text": "灯" * 4001}, 422, "invalid"),
        ({}, 422, "invalid"),
        ({"text": "灯", "door_code": "D-U"}, 422, "invalid"),
    ],
    ids=lambda each: str(each)[:20],
)
def test_what_cannot_be_asked_is_a_problem(body: dict[str, str], status: int, code: str, intake: Served) -> None:
    """With the field that is wrong."""
    answer = intake.client.post("/api/v1/suggest", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
