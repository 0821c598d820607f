"""``loumen parked``: messages that nobody could handle."""

from typing import Annotated

import typer

from services.cli.terminal import ask, by_hand, fail, harmless, say
from shared.contracts.queries import ParkedMessage

PAGE = 100

app = typer.Typer(no_args_is_help=True, help="Messages that nobody could handle 搁置的消息")


@app.command("list")
def list_parked(every: Annotated[bool, typer.Option("--all", help="resent and dropped ones too")] = False) -> None:
    """Messages that somebody has to look at 列出"""
    after = 0
    while page := ask("records", "parked", all=every, after=after, limit=PAGE):
        for each in map(ParkedMessage.model_validate, page):
            fate = "resent" if each.resent_at else "dropped" if each.dropped_at else ""
            at = each.parked_at.astimezone().isoformat(timespec="seconds")
            typer.echo(f"{each.id:>6}  {at}  {harmless(each.queue)}  {each.size} B  {fate}  {harmless(each.reason)}")
            after = each.id
    if not after:
        say("没有搁置的消息", "no message is parked", err=True)


@app.command("show")
def show_parked(id: int) -> None:
    """One message in full 查看"""
    message = ask("records", "parked_show", id=id, **by_hand())
    if message is None:
        fail(f"没有搁置消息 {id}", f"there is no parked message {id}")
    for name, value in message.items():
        typer.echo(f"{name}: {harmless(str(value), lines=True)}")


@app.command("resend")
def resend_parked(ids: list[int]) -> None:
    """Give messages back to the queue they came from 重发"""
    _resolve("resend_parked", ids, "已重发", "resent")


@app.command("drop")
def drop_parked(ids: list[int]) -> None:
    """Say that messages need nothing more 了结"""
    _resolve("drop_parked", ids, "已了结", "dropped")


def _resolve(method: str, ids: list[int], zh: str, en: str) -> None:
    for id in ids:
        if not ask("records", method, id=id, **by_hand()):
            fail(f"{id} 不在待处理的搁置消息中", f"{id} is not a message that waits here")
        say(f"{id} {zh}", f"{id} {en}")
