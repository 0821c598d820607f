"""``loumen trail``: who did what, when and from where."""

import sys
from datetime import datetime
from typing import Annotated

import typer

from services.cli.terminal import ask, by_hand, fail, say
from services.intake.exporting import Format, heading, lines
from shared.contracts.trail import TrailPage, TrailWanted, What

PAGE = 1000
CUT_SECONDS = 60.0
MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"]

app = typer.Typer(no_args_is_help=True, help="Who did what, when and from where 操作记录")


@app.command("export")
def export(
    format: Annotated[Format, typer.Option(help="csv or ndjson")] = Format.CSV,
    who: Annotated[str | None, typer.Option(help="login, person of an action link, user of the machine 谁")] = None,
    what: Annotated[What | None, typer.Option(help="what was done 做了什么")] = None,
    subject: Annotated[str | None, typer.Option(help="ticket's code, login, version 对象")] = None,
    since: Annotated[datetime | None, typer.Option(formats=MOMENTS, help="from then on 起")] = None,
    until: Annotated[datetime | None, typer.Option(formats=MOMENTS, help="before then 止")] = None,
) -> None:
    """Write the entries wanted, newest first 导出"""
    wanted = TrailWanted(who=who, what=what, subject=subject, since=_aware(since), until=_aware(until))
    asked = wanted.model_dump(mode="json")
    ask("records", "exported", subject="trail", wanted=wanted.model_dump(mode="json", exclude_none=True), **by_hand())
    sys.stdout.write(heading(format))
    before: int | None = None
    while True:
        page = TrailPage.model_validate(ask("records", "trail", wanted=asked, before=before, limit=PAGE))
        sys.stdout.writelines(lines(page.items, format))
        if (before := page.next) is None:
            return


@app.command("cut")
def cut(
    before: Annotated[datetime, typer.Argument(formats=MOMENTS, metavar="BEFORE")],
) -> None:
    """Take away entries older than a day, which is at least half a year ago; what remains stays provable 清理"""
    moment = before.astimezone().isoformat()
    gone = ask("records", "cut_trail", CUT_SECONDS, before=moment, **by_hand())
    if gone is None:
        fail("操作记录至少保留半年", "entries stay for half a year at least")
    say(f"已清理 {gone} 条", f"entries cut off: {gone}")


def _aware(moment: datetime | None) -> datetime | None:
    """A moment without an offset is the machine's own time."""
    return moment.astimezone() if moment else None
