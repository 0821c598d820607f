"""``loumen hotline``: work orders of a hotline in, and how they stand back, as the hotline has them in its sheets."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo

import requests
import typer
import yaml
from pydantic import TypeAdapter, ValidationError

from services.cli.terminal import english, fail, harmless, progress, say, settings
from services.hotline.exchange import Exchange, NotTaken, in_bites
from services.hotline.mapping import Mapping, Taken, read_mapping
from services.hotline.sheets import UnreadableSheet, read_sheet, write_sheet
from services.intake.shapes.hotline import Outcome
from services.intake.shapes.words import Phone

RESULTS = {
    "line": "行",
    "external_ref": "工单编号",
    "outcome": "结果",
    "code": "本系统工单",
    "place": "地点",
    "why": "原因",
}

PHONE: TypeAdapter[str | None] = TypeAdapter(Phone | None)

app = typer.Typer(no_args_is_help=True, help="Work orders of a hotline (12345) 热线工单")

MappingFile = Annotated[Path, typer.Option("--mapping", exists=True, dir_okay=False, help="columns and words 列对照")]
Url = Annotated[str | None, typer.Option(envvar="LOUMEN_URL", help="where intake is; else the public address 服务地址")]
Token = Annotated[str, typer.Option(envvar="LOUMEN_TOKEN", help="with the scope hotline 令牌", show_default=False)]


@app.command("import")
def import_orders(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX")],
    mapping: MappingFile,
    token: Token,
    url: Url = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="tell what would be, take none 试运行")] = False,
    result: Annotated[
        Path | None, typer.Option(dir_okay=False, help="CSV or XLSX: each line's outcome 结果文件")
    ] = None,
) -> None:
    """Take each row as an order, once by its number; tell which cannot be taken and why 导入"""
    if result and not result.parent.is_dir():
        fail(f"没有这个文件夹：{result.parent}", f"no such folder: {result.parent}")
    told: list[dict[str, str]] = []
    asked = True
    seen = progress("已处理 {done} 行……", "{done} rows…")
    with _plain_errors():
        how, exchange = read_mapping(mapping), _exchange(url, token)
        headings, rows = read_sheet(file)
        if missing := [column for column in how.columns.values() if column not in headings]:
            fail(f"表中没有这些列：{'、'.join(missing)}", f"the sheet has no column {', '.join(missing)}")
        phoneless: set[int] = set()
        orders = ((line, _without_bad_phone(line, how.order(row), how, phoneless)) for line, row in rows)
        for bite in in_bites(orders):
            answer = exchange.hand_in([order for _, order in bite], how.default_place, dry_run=dry_run)
            asked = asked and answer["asked"]
            results = zip(bite, answer["orders"], strict=True)
            told += [_line(line, each, how, phoneless=line in phoneless) for (line, _), each in results]
            seen(len(told))
        if result:
            header = list(RESULTS) if english.get() else list(RESULTS.values())
            write_sheet(result, header, (each.values() for each in told))
    _conclude(told, dry_run=dry_run, asked=asked)


def _line(line: int, result: dict[str, Any], how: Mapping, *, phoneless: bool) -> dict[str, str]:
    outcome = Outcome(result["outcome"])
    why = [f"{_heading(each['field'], how)}: {_detail(each)}" for each in result["errors"]]
    why += [_heading(field, how) for field in result["differs"]]
    why += [how.local(result["deadline"])] if result["deadline"] else []
    why += [_no_phone(how)] if phoneless else []
    return {
        "line": str(line),
        "external_ref": result["external_ref"] or "",
        "outcome": _word(outcome),
        "code": result["code"] or "",
        "place": result["place"] or "",
        "why": " ".join(why),
    }


def _heading(field: str, how: Mapping) -> str:
    """The sheet's, with the field of the mapping."""
    heading = how.columns.get(cast(Taken, field))
    return f"{heading} ({field})" if heading else field


def _detail(error: dict[str, str]) -> str:
    """What the API says; of a moment it speaks of offsets, which here are the mapping's to give."""
    if error["field"] != "deadline":
        return error["detail"]
    if english.get():
        return "not a moment in any of the mapping's dates"
    return "不符合对照文件 dates 中的任何时间格式"


def _no_phone(how: Mapping) -> str:
    heading = harmless(_heading("reporter.phone", how))
    return f"{heading}: no phone number, left out" if english.get() else f"{heading} 不是电话号码，未收该号码"


def _without_bad_phone(line: int, order: dict[str, Any], how: Mapping, phoneless: set[int]) -> dict[str, Any]:
    """No order is lost for a phone that cannot be one: it goes without, and that is told."""
    phone = order.get("reporter", {}).get("phone")
    try:
        PHONE.validate_python(phone)
    except ValidationError:
        phoneless.add(line)
        say(f"第 {line} 行 {_no_phone(how)}", f"line {line} {_no_phone(how)}", err=True)
        reporter = {name: value for name, value in order["reporter"].items() if name != "phone"}
        return {**order, "reporter": reporter}
    return order


def _word(outcome: Outcome) -> str:
    return outcome.en if english.get() else outcome.zh


def _conclude(told: list[dict[str, str]], *, dry_run: bool, asked: bool) -> None:
    """The lines that somebody has to look at, and the sums; ends the command with 1 where there is such a line."""
    open_ends = [each for each in told if each["outcome"] in (_word(Outcome.REFUSED), _word(Outcome.CHANGED))]
    for each in open_ends:
        words = harmless(f"{each['external_ref']} {each['outcome']} {each['why']}")
        say(f"第 {each['line']} 行 {words}", f"line {each['line']} {words}")
    if not asked:
        say(
            "无法核对哪些工单此前已收；重复的不会另立工单",
            "which were here already could not be asked; none is taken twice",
            err=True,
        )
    sums = Counter(each["outcome"] for each in told)
    line = ", ".join(f"{_word(outcome)} {sums[_word(outcome)]}" for outcome in Outcome)
    say(f"{'试运行，未收任何工单：' if dry_run else ''}{line}", f"{'dry run, none taken: ' if dry_run else ''}{line}")
    if open_ends:
        raise typer.Exit(1)


@app.command("export")
def export_orders(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="CSV or XLSX, written anew")],
    mapping: MappingFile,
    token: Token,
    url: Url = None,
    since: Annotated[
        str | None, typer.Option(help="2026-03-02 or 2026-03-02T10:00, in the zone of the mapping 自何时起")
    ] = None,
) -> None:
    """Write how the orders stand that have changed since 导出"""
    with _plain_errors():
        how, exchange = read_mapping(mapping), _exchange(url, token)
        if not how.results:
            fail("对照文件没有 results：要写出哪些列？", "the mapping has no results: which columns?")
        states = list(exchange.states(_since(how, since)))
        write_sheet(file, how.results.values(), (how.told(state) for state in states))
    say(f"已写出 {len(states)} 张工单", f"{len(states)} orders written")
    if states:
        newest = states[-1]["updated_at"]
        say(
            f"最近一次变化在 {newest}；下次从此前几分钟起",
            f"the newest change was at {newest}: begin some minutes before it",
        )


def _since(how: Mapping, text: str | None) -> str | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(f"无法理解的时间：{text}", f"not a moment: {text}")
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(how.zone))).isoformat()


def _exchange(url: str | None, token: str) -> Exchange:
    return Exchange(url or settings().base_url, token, "en" if english.get() else "zh-CN")


@contextmanager
def _plain_errors() -> Iterator[None]:
    """One line for what an operator can do something about."""
    try:
        yield
    except NotTaken as error:
        fail(harmless(str(error)), harmless(str(error)))
    except requests.RequestException as error:
        fail(f"服务没有应答：{error}", f"nobody answers: {error}")
    except UnreadableSheet as error:
        fail(f"无法读取表格：{error}", f"the sheet cannot be read: {error}")
    except UnicodeDecodeError:
        fail("对照文件不是 UTF-8 编码", "the mapping is not in UTF-8")
    except yaml.YAMLError as error:
        fail(f"对照文件有误：{error}", f"the mapping is wrong: {error}")
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        fail(f"对照文件有误：{wrong}", f"the mapping is wrong: {wrong}")
    except OSError as error:
        fail(f"文件：{error}", str(error))
