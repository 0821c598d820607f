"""``loumen policy``: what the policy in force would do."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from services.cli.terminal import ask, directory, english, fail, say
from shared.contracts.directory import Category, Level
from shared.contracts.queries import Preview, PreviewRung, PreviewWanted
from shared.contracts.vocabulary import Urgency, Word

app = typer.Typer(no_args_is_help=True, help="The policy in force 规则")

SHANGHAI = ZoneInfo("Asia/Shanghai")


@app.callback()
def policy() -> None:
    """The policy in force 规则"""


@app.command("preview")
def show_preview(
    door: Annotated[str, typer.Argument(metavar="DOOR", help="code on the door 楼门码")],
    category: Annotated[str, typer.Option(help="code of the category 类别编码")] = "other",
    urgency: Annotated[Urgency | None, typer.Option(help="the category's where left out 默认取类别的")] = None,
    at: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M"], help="when filed, in Shanghai 提交时刻（北京时间）")
    ] = None,
    accepted: Annotated[
        bool, typer.Option("--accepted", help="owners accept at once and do nothing more 接单后不再办理")
    ] = False,
) -> None:
    """What would become of a ticket; nothing is filed 预演：何时到期、逐级上报到谁"""
    moment = at.replace(tzinfo=SHANGHAI) if at else None
    wanted = PreviewWanted(door_code=door, category=category, urgency=urgency, at=moment, accepted=accepted)
    now = directory()
    if now is None:
        fail("尚未加载目录", "no directory was ever loaded")
    if all(each.code != category for each in now.categories):
        fail(f"目录中没有类别 {category}", f"the directory has no category {category}")
    answer = ask("routing", "preview", wanted=wanted.model_dump(mode="json"))
    if answer is None:
        fail(f"没有楼门码 {door}", f"there is no door {door}")
    found = Preview.model_validate(answer)
    budget = f"{found.budget.amount} {_word(found.budget.unit)}"
    named = _names(now.categories)[found.category]
    say(
        f"{_moment(found.at)} 提交 {named}（{_word(found.urgency)}）：规则 {found.policy}，总时限 {budget}",
        f"filed {_moment(found.at)}: {named} ({_word(found.urgency)}), policy {found.policy}, in all {budget}",
    )
    if found.source:
        say(f"依据：{found.source}", f"source: {found.source}")
    if found.inherited:
        say(f"沿用：{', '.join(found.inherited)}", f"inherited: {', '.join(found.inherited)}")
    levels = _names(now.levels)
    for rung in found.rungs:
        _show(rung, levels[rung.level])
    say(f"{_moment(found.overdue_at)} 公开标注超期", f"{_moment(found.overdue_at)} marked overdue")


def _show(rung: PreviewRung, level: str) -> None:
    why = "、".join(dict.fromkeys(_word(step.reason) for step in rung.steps))
    unsure = ("（暂定）", " (provisional)")[english.get()] if rung.provisional else ""
    typer.echo(f"{_moment(rung.at)} {level} {rung.owner.name}{f'：{why}' if why else ''}")
    accept_by, resolve_by = _moment(rung.accept_by), _moment(rung.resolve_by)
    say(
        f"    {accept_by} 前接单，{resolve_by} 前办结{unsure}",
        f"    accept by {accept_by}, settle by {resolve_by}{unsure}",
    )
    for (zh, en), posts in ((("告知", "told"), rung.also_told), (("摘要", "in the digest"), rung.in_digest)):
        if posts:
            names = "、".join(post.name for post in posts)
            say(f"    {zh}：{names}", f"    {en}: {names}")


def _names(parts: Iterable[Category | Level]) -> dict[str, str]:
    """By code, in the language of the terminal."""
    return {each.code: (english.get() and each.name_en) or each.name for each in parts}


def _word(word: Word) -> str:
    return word.en if english.get() else word.zh


def _moment(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
