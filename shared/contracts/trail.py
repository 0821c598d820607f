"""The trail: who did what, when and from where. Beside what happened to tickets, which is the ledger's.

No free text, no phone number and no resident's name is in it: codes, logins, addresses and numbers alone.
"""

from typing import Any
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Frozen, Instant, Message, register
from shared.contracts.vocabulary import Word

LONGEST = 500
DONE = "done"


class Via(Word):
    """How somebody came in."""

    PASSWORD = "password", "账号密码", "name and password"
    SESSION = "session", "已登录", "signed in"
    TOKEN = "token", "令牌", "token"
    TRACKING = "tracking", "查询凭证", "tracking token"
    ACTION_LINK = "action_link", "办理链接", "action link"
    COMMAND_LINE = "command_line", "命令行", "command line"
    UNKNOWN = "unknown", "不明", "not told"


class What(Word):
    """What somebody did, or tried to do."""

    SIGNED_IN = "signed_in", "登录", "signed in"
    SIGN_IN_FAILED = "sign_in_failed", "登录失败", "sign-in failed"
    LOCKED_OUT = "locked_out", "登录被暂停", "locked out for a while"
    PASSWORD_CHANGED = "password_changed", "更改密码", "password changed"
    ACCOUNT_ADDED = "account_added", "新建账号", "account added"
    ACCOUNT_DISABLED = "account_disabled", "停用账号", "account disabled"
    ACCOUNT_ENABLED = "account_enabled", "启用账号", "account enabled"
    TOKEN_MADE = "token_made", "新建令牌", "token made"
    TOKEN_REVOKED = "token_revoked", "撤销令牌", "token revoked"
    DIRECTORY_LOADED = "directory_loaded", "加载目录", "directory loaded"
    POLICY_CHANGED = "policy_changed", "更改规则", "policy changed"
    ACTED = "acted", "办理工单", "acted on a ticket"
    PARKED_SHOWN = "parked_shown", "查看搁置消息", "parked message looked at"
    PARKED_RESENT = "parked_resent", "重发搁置消息", "parked message resent"
    PARKED_DROPPED = "parked_dropped", "了结搁置消息", "parked message dropped"
    REBUILT = "rebuilt", "重建查询表", "read table rebuilt"
    REPORTER_SHOWN = "reporter_shown", "查看住户信息", "households' flats or ways of contact looked at"
    REPORTER_HANDED_OUT = "reporter_handed_out", "本人查询个人信息", "personal data handed out to its owner"
    REPORTER_ERASED = "reporter_erased", "删除报事人个人信息", "reporter's personal data erased"
    TRAIL_CUT = "trail_cut", "清理操作记录", "old entries of the trail cut off"
    EXPORTED = "exported", "导出", "exported"
    IMPORTED = "imported", "导入", "imported"


class Origin(Frozen):
    """Who it was and from where: ``who`` is an account's login, a person's code for an action link, or the machine's
    user on the command line; ``address`` the client's, or the machine's name; ``token`` the id of the API token, where
    one was used.
    """

    via: Via = Via.UNKNOWN
    who: str | None = Field(None, max_length=LONGEST)
    address: str | None = Field(None, max_length=LONGEST)
    token: UUID | None = None


class Deed(Frozen):
    """Something that somebody did. ``id`` is the same in every repeat; ``at`` is real time, not the shared clock's.

    ``subject``: what it was done to, by what people know it by: a ticket's code, a login, a version of the directory.
    ``outcome``: ``done``, or the code of why not.
    """

    id: UUID
    at: Instant
    what: What
    origin: Origin
    subject: str | None = Field(None, max_length=LONGEST)
    outcome: str = Field(DONE, max_length=LONGEST)
    details: dict[str, Any] = {}


@register
class RecordDeed(Message):
    """Put on the trail what another service did for somebody: said in the transaction of the deed itself."""

    TYPE = "command.record_deed"

    deed: Deed


class Entry(Frozen):
    """A deed as the trail has it: ``seq`` counts from 1 without a gap.

    ``what`` and ``via`` may be a later release's.
    """

    seq: int
    id: UUID
    at: Instant
    what: str
    who: str | None
    via: str
    address: str | None
    subject: str | None
    outcome: str
    details: dict[str, Any]
    token: UUID | None = None


class TrailWanted(Frozen):
    """Which entries; None means any. ``since`` is in, ``until`` is out."""

    who: str | None = None
    what: str | None = None
    subject: str | None = None
    since: Instant | None = None
    until: Instant | None = None


class TrailPage(Frozen):
    """Some of the entries asked for, newest first; ``next`` is the cursor of those before them."""

    items: tuple[Entry, ...]
    next: int | None


class TrailLink(Frozen):
    """An entry as it stands in the table, for the audit: ``body`` is its JSON as it was sealed.

    ``columns_agree``: what the table finds it by is what stands in it.
    """

    seq: int
    body: str
    prev_hash: str
    hash: str
    columns_agree: bool


class TrailHead(Frozen):
    """The end of the trail: its last number and hash. ``seal`` is over both: nobody without the key makes another."""

    seq: int
    hash: str
    seal: str
