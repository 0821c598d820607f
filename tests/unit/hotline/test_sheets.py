"""Sheets as hotlines have them: whatever their encoding, by heading and line; what we write holds no formula."""

from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from services.hotline.sheets import UnreadableSheet, read_sheet, write_sheet

AT = datetime.fromisoformat("2026-03-02T18:00")
TEXT = '工单编号,诉求内容\r\nGD-1,"灯不亮\r\n三天了"\r\n,\r\nGD-2,漏水\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_by_heading_with_its_lines(tmp_path: Path, encoding: str) -> None:
    """In each encoding of Chinese Excel; a row of several lines counts by its first, an empty one not at all."""
    file = tmp_path / "orders.csv"
    file.write_bytes(TEXT.encode(encoding))

    headings, rows = read_sheet(file)

    assert headings == ["工单编号", "诉求内容"]
    assert list(rows) == [
        (2, {"工单编号": "GD-1", "诉求内容": "灯不亮\r\n三天了"}),
        (5, {"工单编号": "GD-2", "诉求内容": "漏水"}),
    ]


def test_a_workbook_is_read_with_its_types(tmp_path: Path) -> None:
    """The first sheet; numbers and moments as they are."""
    book, file = Workbook(), tmp_path / "orders.xlsx"
    for row in (
        ["工单编号", "电话", "时限"],
        ["GD-1", 13800000000, AT],
        [None],
        ["GD-2", None, 46000.75],
    ):
        book.active.append(row)
    book.save(file)

    _, rows = read_sheet(file)

    assert list(rows) == [
        (2, {"工单编号": "GD-1", "电话": 13800000000, "时限": AT}),
        (4, {"工单编号": "GD-2", "电话": None, "时限": 46000.75}),
    ]


def test_a_quote_that_nobody_closes_makes_no_cell_of_all_that_follows(tmp_path: Path) -> None:
    """Another resident's data would stand in it."""
    file = tmp_path / "orders.csv"
    file.write_text('工单编号,诉求内容\nZ1,水\nZ2,"灯不亮,\nZ3,漏水\n')
    with pytest.raises(UnreadableSheet, match=r"^3: "):
        list(read_sheet(file)[1])


def test_a_workbook_that_is_damaged_inside_is_said(tmp_path: Path) -> None:
    """The file opens, its sheet does not."""
    book, file = Workbook(), tmp_path / "orders.xlsx"
    book.active.append(["工单编号"])
    book.save(tmp_path / "good.xlsx")
    with ZipFile(tmp_path / "good.xlsx") as good, ZipFile(file, "w") as damaged:
        for name in good.namelist():
            content = good.read(name)
            damaged.writestr(name, content[: len(content) // 2] if "sheet1" in name else content)
    with pytest.raises(UnreadableSheet):
        list(read_sheet(file)[1])


@pytest.mark.parametrize("name", ["orders.csv", "orders.xlsx"])
def test_what_is_no_sheet_is_said(tmp_path: Path, name: str) -> None:
    """Bytes that no program has written as one."""
    (tmp_path / name).write_bytes(b"\xff\xfe\xff\x00")
    with pytest.raises(UnreadableSheet):
        list(read_sheet(tmp_path / name)[1])


@pytest.mark.parametrize("name", ["states.csv", "states.xlsx"])
def test_no_cell_that_is_written_is_a_formula(tmp_path: Path, name: str) -> None:
    """A resident may write =HYPERLINK(…): whoever opens the sheet sees it, and nothing runs."""
    evil = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "＝1+1", "a=1"]
    write_sheet(tmp_path / name, ["结果"], ([each] for each in evil))

    if name.endswith("csv"):
        raw = (tmp_path / name).read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf")
        cells = [row["结果"] for _, row in read_sheet(tmp_path / name)[1]]
    else:
        sheet = load_workbook(tmp_path / name).active
        assert {cell.data_type for [cell] in sheet.iter_rows()} == {"s"}
        cells = [cell.value for [cell] in sheet.iter_rows(min_row=2)]
    assert cells == ["'=1+1", "'+1", "'-1", "'@SUM(1)", "'\t=1", "'＝1+1", "a=1"]
