"""``loumen account``: who may sign in."""

import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated, NoReturn
from uuid import uuid4

import typer

from services.cli.terminal import ask, by_hand, directory, english, fail, say
from services.records.accounts.handlers import OF_ADMINS
from shared import passwords
from shared.contracts.accounts import Account
from shared.contracts.vocabulary import Scope
from shared.tokens import digest, new_token

app = typer.Typer(no_args_is_help=True, help="Accounts of staff 账号")

Login = Annotated[str, typer.Argument(metavar="LOGIN")]


@app.command("add")
def add(
    login: Login,
    person: Annotated[str | None, typer.Option(help="code of the person in the directory 目录中的人员编码")] = None,
    admin: Annotated[bool, typer.Option("--admin", help="may administer 管理员")] = False,
) -> None:
    """Let somebody sign in; the password is asked for 新建账号"""
    _require_use(person, admin=admin)
    password = _asked()
    if not ask("records", "add_account", login=login, person=person, admin=admin, password=password, **by_hand()):
        fail(f"账号 {login} 已存在", f"there is an account {login} already")
    say(f"已新建账号 {login}", f"{login} may sign in")


@app.command("list")
def show() -> None:
    """All accounts 列出"""
    if not (found := ask("records", "accounts")):
        say("还没有账号", "there is no account yet", err=True)
    for each in map(Account.model_validate, found):
        marks = [name for name, holds in (("admin", each.admin), ("disabled", each.disabled_at)) if holds]
        typer.echo(f"{each.login:<24}{each.person or '-':<24}{' '.join(marks)}")


@app.command("password")
def change_password(login: Login) -> None:
    """Give an account another password; whoever is signed in is out 重设密码"""
    if not ask("records", "set_password", login=login, password=_asked(), **by_hand()):
        _unknown(login)
    say("已更改，该账号需重新登录", "changed; the account has to sign in again")


@app.command("disable")
def disable(login: Login) -> None:
    """Nobody signs in to it any more, and who has is out 停用"""
    _set_disabled(login, disabled=True)
    say(f"已停用 {login}", f"{login} is disabled")


@app.command("enable")
def enable(login: Login) -> None:
    """Take that back 启用"""
    _set_disabled(login, disabled=False)
    say(f"已启用 {login}", f"{login} is enabled")


@app.command("token")
def make_token(
    login: Login,
    name: Annotated[str, typer.Option(help="what it is for 用途")],
    scopes: Annotated[list[Scope], typer.Option("--scope", help="what it may do; several times for several 权限")],
    days: Annotated[int, typer.Option(help="how long it is good 有效天数", min=1, max=366)] = 90,
) -> None:
    """Make a token for a program of an account, shown this once 生成令牌"""
    login = login.strip().casefold()
    found = next(
        (each for each in map(Account.model_validate, ask("records", "accounts")) if each.login == login), None
    )
    if found is None:
        _unknown(login)
    if not found.admin and (beyond := [each for each in scopes if each in OF_ADMINS]):
        listed = ", ".join(beyond)
        fail(f"{login} 不是管理员，不能有权限 {listed}", f"{login} does not administer, and cannot have: {listed}")
    text, ends_at = new_token(), datetime.now(UTC) + timedelta(days=days)
    made = {"id": str(uuid4()), "name": name, "scopes": list(scopes), "ends_at": ends_at.isoformat()}
    ask("records", "add_api_token", login=login, digest=digest(text), **made, **by_hand())
    typer.echo(text)


def _set_disabled(login: str, *, disabled: bool) -> None:
    if not ask("records", "set_disabled", login=login, disabled=disabled, **by_hand()):
        _unknown(login)


def _require_use(person: str | None, *, admin: bool) -> None:
    """What an account sees and does follows from the posts of a person in the directory, or from being an admin's."""
    if person is None:
        if not admin:
            fail("请用 --person 指明人员，或用 --admin", "say whose with --person, or --admin")
        return
    now = directory()
    if now is None or all(each.code != person for each in now.people):
        fail(f"目录中没有人员 {person}", f"the directory has no person {person}")


def _unknown(login: str) -> NoReturn:
    fail(f"没有账号 {login}", f"there is no account {login}")


def _asked() -> str:
    """The hash of a password: typed twice, or the line that comes through a pipe."""
    if sys.stdin.isatty():
        password = typer.prompt("Password" if english.get() else "密码", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    try:
        return passwords.hash_password(password)
    except ValueError as error:
        fail(f"密码长度须为 {error} 个字符", f"a password has {error} characters")
