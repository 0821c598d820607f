"""``loumen classifier``: learn from one's own history which category a message belongs to."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from services.cli.terminal import fail, harmless, plain_errors, say, settings
from services.hotline.sheets import Row, UnreadableSheet, read_sheet
from services.intake.directory import Keeper
from services.intake.suggest.keeping import Kept, codes_of, forget, lacking, load, save
from services.intake.suggest.model import Example, Model
from services.intake.suggest.trial import Figures, evaluate, train
from shared.snapshot import Snapshot

TEXTS = ("title", "subject", "标题", "text", "description", "detail", "content", "内容", "诉求内容", "描述")
CATEGORIES = ("category", "类别", "分类", "诉求类别")
"""What the columns are mostly called; all that are there of the first are read together, one of the second."""
STRONGEST = 8
FEW = 200
"""Fewer messages are told to be few. An assumption."""
NOTHING = (
    "尚未训练，正按目录中的类别名称与提示给出建议",
    "nothing was trained: names and hints of the directory are used",
)
HELD_OUT = ("留出检验", "held out,")

app = typer.Typer(no_args_is_help=True, help="Suggesting a category, by one's own history 分类建议")

File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX with headings 带表头的 CSV 或 XLSX")
]
Texts = Annotated[list[str] | None, typer.Option("--text", help="column of words, may be repeated 文字列，可多次")]
Column = Annotated[str | None, typer.Option("--category", help="column of the category 类别列")]


@app.command("train")
def train_classifier(file: File, text: Texts = None, category: Column = None) -> None:
    """Learn from messages that were sorted, say how well, and put it in force 训练并启用"""
    examples = _examples(file, text, category)
    try:
        trained = train(examples)
    except ValueError:
        fail(
            "至少要有两个类别，各有两条不同的文字", "at least two categories are needed, with two different texts each"
        )
    with plain_errors():
        here = settings()
        here.key("secret")  # an installation, and not a folder that was mistyped
        save(here.home, Kept(trained_at=datetime.now(UTC), trained=trained))
    _tell(trained.held_out, *HELD_OUT)
    _tell_unknown(here.home, trained.model)
    if trained.held_out.n < FEW:
        say(
            f"只有 {trained.held_out.n} 条，建议未必可靠；loumen classifier forget 可撤回",
            f"only {trained.held_out.n} messages: it may often be wrong; loumen classifier forget takes it back",
            err=True,
        )
    say(f"已启用，学自 {trained.held_out.n} 条", f"in force, learned from {trained.held_out.n} messages")


@app.command("evaluate")
def evaluate_classifier(file: File, text: Texts = None, category: Column = None) -> None:
    """How well it sorts messages that it was not trained on 用未学过的数据检验"""
    figures = evaluate(_kept().trained.model, _examples(file, text, category))
    _tell(figures, "检验", "measured on")


@app.command("show")
def show_classifier() -> None:
    """What is in force: its figures, and what speaks most for each category 查看"""
    kept = _kept()
    at = f"{kept.trained_at.astimezone():%Y-%m-%d %H:%M}"
    say(f"训练于 {at}", f"trained {at}")
    _tell(kept.trained.held_out, *HELD_OUT)
    _tell_unknown(settings().home, kept.trained.model)
    for name in kept.trained.model.categories:
        typer.echo(f"{harmless(name)}: {' '.join(_strongest(kept.trained.model, name))}")


@app.command("forget")
def forget_classifier() -> None:
    """Go back to the names and hints of the directory 撤回训练"""
    with plain_errors():
        there = forget(settings().home)
    if not there:
        fail(*NOTHING)
    say("已撤回，按目录中的类别名称与提示给出建议", "forgotten: names and hints of the directory are used")


def _kept() -> Kept:
    with plain_errors():
        home = settings().home
    try:
        kept = load(home)
    except ValidationError:
        fail("分类模型文件无法读取，请重新训练", "the trained classifier cannot be read: train it again")
    if kept is None:
        fail(*NOTHING)
    return kept


def _examples(file: Path, texts: list[str] | None, category: str | None) -> list[Example]:
    """Rows that have both; the others say nothing."""
    try:
        header, rows = read_sheet(file)
        words, sort = _columns(header, texts, category)
        read = [("\n".join(_cell(row, name) for name in words).strip(), _cell(row, sort)) for _, row in rows]
    except UnreadableSheet as error:
        fail(f"无法读取文件：{error}", f"the file cannot be read: {error}")
    found = [(text, sorted_as) for text, sorted_as in read if text and sorted_as]
    if not found:
        fail("文件里没有可用的行", "the file has no row with words and a category")
    return found


def _cell(row: Row, name: str) -> str:
    cell = row.get(name)
    return "" if cell is None else str(cell).strip()


def _columns(header: list[str], texts: list[str] | None, category: str | None) -> tuple[list[str], str]:
    """Of words, and of the category. Those that were asked for must all be there."""
    words = texts or [name for name in header if name.lower() in TEXTS]
    sorts = [category] if category else [name for name in header if name.lower() in CATEGORIES][:1]
    if not words or not sorts or not {*words, *sorts} <= {*header}:
        listed = harmless(", ".join(header))
        fail(
            f"请用 --text 和 --category 指明列，文件中有：{listed}",
            f"say which columns with --text and --category; there are: {listed}",
        )
    return words, sorts[0]


def _tell(figures: Figures, zh: str, en: str) -> None:
    say(
        f"{zh} {figures.n} 条：首选正确 {figures.accuracy:.1%}，前三之内 {figures.top3:.1%}",
        f"{en} {figures.n} messages: right at first {figures.accuracy:.1%}, among three {figures.top3:.1%}",
    )
    say("  条数  首选正确  前三之内  精确率  类别", "     n     first     among  precision  category")
    for name, each in figures.categories.items():
        precision = f"{each.first / each.said:.0%}" if each.said else "-"
        typer.echo(
            f"{each.n:>6}{each.first / each.n:>10.0%}{each.among / each.n:>10.0%}{precision:>11}  {harmless(name)}"
        )


def _tell_unknown(home: Path, model: Model) -> None:
    """Categories that cannot be proposed, and those that it says nothing of, by the directory that intake has on
    disk.
    """
    snapshot = Snapshot()
    Keeper(snapshot, home / "intake" / "directory.json").restore()
    if snapshot.current is None:
        return
    known = codes_of(model.categories, snapshot.current)
    if unknown := [harmless(name) for name in model.categories if name not in known]:
        listed = ", ".join(unknown)
        say(f"目录中没有，不会建议：{listed}", f"not in the directory, never suggested: {listed}", err=True)
    if left := lacking(known, snapshot.current):
        listed = "、".join(each.name for each in left)
        say(
            f"未学到，仍按目录的名称与提示建议：{listed}",
            f"not learned, suggested by name and hint: {', '.join(each.name_en or each.name for each in left)}",
            err=True,
        )


def _strongest(model: Model, category: str) -> list[str]:
    """The pairs that speak most for it."""
    at = model.categories.index(category)
    pairs = ((model.evidence(gram).get(at, 0.0), gram) for gram in model.counts if len(gram) > 1)
    return [gram for _, gram in sorted(pairs, reverse=True)[:STRONGEST]]
