"""A hotline's rows as orders, and states as its rows: by the mapping file that comes with the demo."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from deploy.local.system import DEMO_DIRECTORY
from services.hotline.exchange import MOST_BYTES, MOST_ORDERS, in_bites
from services.hotline.mapping import Mapping, read_mapping
from services.intake.shapes.hotline import HotlineOrder, OrderState

DEMO = read_mapping(Path(DEMO_DIRECTORY) / "hotline.yaml")
ROW = {
    "工单编号": "GD20260302001",
    "诉求标题": "",
    "诉求内容": "楼道灯不亮",
    "诉求地址": "丽园小区1号楼2单元",
    "诉求类型": "投诉",
    "诉求分类": "没见过的分类",
    "联系人": "无",
    "联系电话": 13800000000.0,
    "是否保密": "是",
    "办理时限": "2026/03/05 18:00",
    "别的列": "x",
}


def test_a_row_is_an_order() -> None:
    """Their words are our codes, what they leave blank is left out, what is not named is passed over."""
    order = DEMO.order(ROW)

    assert order == {
        "external_ref": "GD20260302001",
        "description": "楼道灯不亮",
        "address": "丽园小区1号楼2单元",
        "kind": "complaint",
        "category": "other",
        "reporter": {"phone": "13800000000"},
        "anonymous": True,
        "deadline": "2026-03-05T18:00:00+08:00",
    }
    HotlineOrder.model_validate(order)


@pytest.mark.parametrize(
    ("cell", "anonymous"), [("", False), (None, False), ("是", True), (True, True), ("TRUE", True)]
)
def test_what_an_empty_cell_means_is_a_truth_too(cell: str | bool | None, anonymous: bool) -> None:
    """``otherwise`` says "false" in words; the API asks for true or false."""
    how = DEMO.model_copy(update={"otherwise": {"anonymous": "false"}})

    order = how.order({**ROW, "是否保密": cell})

    assert order["anonymous"] is anonymous
    HotlineOrder.model_validate(order)


def test_what_may_be_a_wish_to_stay_unnamed_is_not_passed_over() -> None:
    """A word that the mapping does not have is refused by the API, whatever ``otherwise`` says."""
    order = DEMO.order({**ROW, "是否保密": "保密"})

    assert order["anonymous"] == "保密"
    with pytest.raises(ValidationError):
        HotlineOrder.model_validate(order)


@pytest.mark.parametrize("cell", [20261200000000017, 2.0261200000000016e16, "2.02612E+16"])
def test_a_number_that_a_spreadsheet_has_cut_is_refused(cell: object) -> None:
    """Many orders would have the same."""
    order = DEMO.order({**ROW, "工单编号": cell})

    assert order["external_ref"] == "2.02612E+16"
    with pytest.raises(ValidationError, match="spreadsheet"):
        HotlineOrder.model_validate(order)


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        ("13800000001/13900000002", "13800000001"),
        ("１３８００００００００", "13800000000"),
        ("（0710）1234567", "0710-1234567"),
        ("(0710) 1234567", "0710-1234567"),
    ],
)
def test_phones_are_read_as_people_write_them(cell: str, phone: str) -> None:
    """The first of several, in digits that a telephone has."""
    order = DEMO.order({**ROW, "联系电话": cell})

    assert HotlineOrder.model_validate(order).reporter.phone == phone


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-03-05 18:00:00", "2026-03-05T18:00"),
        ("2026-03-05", "2026-03-06T00:00"),
        ("2026年3月5日", "2026-03-06T00:00"),
        (datetime.fromisoformat("2026-03-05T18:00"), "2026-03-05T18:00"),
        (datetime.fromisoformat("2026-03-05"), "2026-03-06T00:00"),
        (date(2026, 3, 5), "2026-03-06T00:00"),
        (46086.75, "2026-03-05T18:00"),
        ("46086.75", "2026-03-05T18:00"),
        (46086, "2026-03-06T00:00"),
    ],
)
def test_deadlines_are_read_however_they_are_written(cell: object, moment: str) -> None:
    """As text, as Excel's moment, as its number; a day without an hour ends at its midnight."""
    assert DEMO.moment(cell) == datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize("cell", ["20260305", "明天", "2026-13-01", 0.5, "9999-12-31"])
def test_what_is_no_moment_is_left_to_the_api(cell: object) -> None:
    """It refuses the order and says why, rather than that somebody guesses."""
    order = DEMO.order({**ROW, "办理时限": cell})

    assert order["deadline"] == str(cell)
    with pytest.raises(ValidationError):
        HotlineOrder.model_validate(order)


def test_a_state_is_a_row() -> None:
    """In their words and their time; nothing where there is nothing."""
    state = {
        "external_ref": "GD-1",
        "status": "resolved",
        "overdue": False,
        "resolved_at": "2026-03-02T02:00:00Z",
        "called_back": {"at": "2026-03-02T02:00:00Z", "reached": True, "settled": None},
    }
    row = dict(zip(DEMO.results.values(), DEMO.told(state), strict=True))

    assert (row["工单编号"], row["办理状态"], row["是否超期"]) == ("GD-1", "已办结", "否")
    assert (row["办结时间"], row["结案时间"]) == ("2026-03-02 10:00:00", "")
    assert (row["回访是否接通"], row["回访是否解决"], row["满意度"]) == ("是", "", "")


def test_the_mapping_names_fields_that_there_are() -> None:
    """What it can name is what the API takes and tells."""
    taken = {field.partition(".")[0] for field in Mapping.model_fields["columns"].annotation.__args__[0].__args__}
    told = {field.partition(".")[0] for field in Mapping.model_fields["results"].annotation.__args__[0].__args__}

    assert taken <= HotlineOrder.model_fields.keys()
    assert told <= OrderState.model_fields.keys()


@pytest.mark.parametrize(
    "wrong",
    [{"columns": {"external_ref": "a"}}, {"columns": {"colour": "a"}}, {"zone": "Moon/Sea"}, {"extra": "x"}],
    ids=str,
)
def test_a_wrong_mapping_is_refused(wrong: dict[str, object]) -> None:
    """Before anything is read by it."""
    good = {"columns": {"external_ref": "a", "description": "b"}}
    with pytest.raises(ValidationError):
        Mapping.model_validate(good | wrong)


def test_requests_stay_small() -> None:
    """By number and by size, in order, none lost."""
    orders = [(line, {"description": "长" * (4000 if line % 3 else 10)}) for line in range(300)]
    bites = list(in_bites(orders))

    assert [each for bite in bites for each in bite] == orders
    assert all(len(bite) <= MOST_ORDERS for bite in bites)
    assert all(sum(len(str(order).encode()) for _, order in bite) <= MOST_BYTES + 2000 for bite in bites)
