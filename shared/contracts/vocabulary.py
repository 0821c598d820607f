"""The words of the field: one enumeration each, with the Chinese and the English word beside the code.

Codes travel on the wire and stand in the database; words are for people. A code is never renamed.
"""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A code with its Chinese (``zh``) and English (``en``) word."""

    zh: str
    en: str

    def __new__(cls, code: str, zh: str = "", en: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.zh = zh
        member.en = en
        return member


class Status(Word):
    """Where a ticket stands. Handed back, escalated, reopened and reminded are events, not statuses."""

    SUBMITTED = "submitted", "待受理", "submitted"
    ASSIGNED = "assigned", "已派单", "assigned"
    ACCEPTED = "accepted", "办理中", "in progress"
    DELIBERATING = "deliberating", "议事中", "in deliberation"
    SUSPENDED = "suspended", "挂账", "suspended"
    RESOLVED = "resolved", "已办结·待确认", "resolved, to be confirmed"
    CLOSED = "closed", "已结案", "closed"
    REJECTED = "rejected", "不予受理", "not taken up"
    MERGED = "merged", "并单", "merged"
    WITHDRAWN = "withdrawn", "已撤回", "withdrawn"

    @property
    def is_open(self) -> bool:
        """Open as Open311 means it: somebody still owes work."""
        return self in _OPEN


_OPEN = frozenset({Status.SUBMITTED, Status.ASSIGNED, Status.ACCEPTED, Status.DELIBERATING, Status.SUSPENDED})


class Kind(Word):
    """The five kinds of the Beijing regulation of 2021-09-24 (接诉即办工作条例)."""

    INQUIRY = "inquiry", "咨询", "inquiry"
    HELP = "help", "求助", "help"
    COMPLAINT = "complaint", "投诉", "complaint"
    REPORT = "report", "举报", "report"
    SUGGESTION = "suggestion", "建议", "suggestion"


class Urgency(Word):
    """The four bands of Beijing's graded handling (四级处置, 2020); each has its budget in the policy."""

    DANGER = "danger", "危及安全", "danger to life"
    URGENT = "urgent", "水电气热电梯", "water, power, gas, heat, lifts"
    ORDINARY = "ordinary", "一般", "ordinary"
    HARD = "hard", "疑难", "hard"


class Source(Word):
    """How an issue reached us."""

    QR = "qr", "楼门二维码", "QR code at the door"
    WEB = "web", "网页", "web page"
    PHONE = "phone", "电话", "phone"
    VISIT = "visit", "上门代报", "filed on a visit"
    PATROL = "patrol", "巡查", "patrol"
    GROUP = "group", "群聊", "chat group"
    HOTLINE = "hotline", "12345热线", "12345 hotline"
    OPEN311 = "open311", "Open311", "Open311"
    SYSTEM = "system", "系统", "system"


class EventType(Word):
    """What can happen to a ticket, as its timeline names it."""

    SUBMITTED = "submitted", "提交", "submitted"
    ASSIGNED = "assigned", "派单", "assigned"
    ACCEPTED = "accepted", "接单", "accepted"
    NOTED = "noted", "记录", "noted"
    HANDED_BACK = "handed_back", "退单", "handed back"
    ESCALATED = "escalated", "提级上报", "escalated"
    OVERDUE = "overdue", "超期", "overdue"
    REMINDED = "reminded", "催办", "reminded"
    RESOLVED = "resolved", "办结", "resolved"
    CLOSED = "closed", "结案", "closed"
    REOPENED = "reopened", "重办", "reopened"
    NOTIFIED = "notified", "已通知", "notified"
    NOTIFICATION_FAILED = "notification_failed", "通知未达", "notification failed"


class Reason(Word):
    """Why a ticket moved. Every climb carries one."""

    ACCEPT_OVERDUE = "accept_overdue", "逾期未接单", "not accepted in time"
    RESOLVE_OVERDUE = "resolve_overdue", "逾期未办结", "not resolved in time"
    HANDLER_OVERDUE = "handler_overdue", "承办逾期", "the handler is late"
    ASKED = "asked", "牵头人申请提级", "the owner asked"
    HANDED_BACK = "handed_back", "退单上交", "handed back"
    POST_VACANT = "post_vacant", "本级无人在岗", "nobody at this level"
    ABSENT = "absent", "本级人员均不在岗", "those at this level are absent"
    NEW_HOLDER = "new_holder", "岗位换人", "the post has a new holder"
    UNREACHABLE = "unreachable", "通知均未送达", "nobody could be reached"
    ABOUT_OWN_POST = "about_own_post", "反映对象在本级", "about this level's own post"
    ASSIGNED_DOWN = "assigned_down", "交办", "assigned down"
    CONFIRM_WINDOW_PASSED = "confirm_window_passed", "确认期满", "the confirm window passed"


class Action(Word):
    """What the people responsible can do through an action link."""

    ACCEPT = "accept", "接单", "Accept"
    RESOLVE = "resolve", "办结", "Resolve"
    HAND_BACK = "hand_back", "退单", "Hand back"
    ESCALATE = "escalate", "提级上报", "Escalate"
    NOTE = "note", "记录", "Note"
    ASSIGN = "assign", "交办", "Assign down"


class Refusal(Word):
    """Why an action was not carried out: the typed half of a 409."""

    UNKNOWN_TICKET = "unknown_ticket", "没有这张工单", "there is no such ticket"
    NOT_YOURS = "not_yours", "工单已不在您手中", "the ticket is no longer yours"
    WRONG_STATUS = "wrong_status", "当前状态不能这样操作", "not possible in this status"
    NOT_OWNER = "not_owner", "只有牵头人可以这样操作", "only the owner can do this"
    TOO_LATE = "too_late", "已过退单时限", "the time for handing back has passed"
    TOO_OFTEN = (
        "too_often",
        "退单次数已满，由上级指定",
        "handed back too often: the level above has designated",
    )
    TOP_OF_LADDER = "top_of_ladder", "已在最高层级", "there is no level above"
    NO_SUCH_POST = "no_such_post", "不能交办给该岗位", "cannot be assigned to that post"
    TEXT_MISSING = "text_missing", "请填写说明", "a text is needed"
    TO_MISSING = "to_missing", "请选择交办岗位", "choose a post to assign to"


class Scope(Word):
    """What an API token lets its holder do, of what the account itself may do."""

    READ = "tickets:read", "查看工单", "read tickets"
    ACT = "tickets:act", "办理工单", "act on tickets"
    ADMIN = "admin", "管理", "administer"


class Visibility(Word):
    """What the public page shows of a matter; the reporter and staff see more."""

    FULL = "full", "文字和照片", "text and photos, masked"
    TEXT = "text", "文字", "text, masked"
    STATUS = "status", "仅类别和状态", "kind and status only"
    HIDDEN = "hidden", "不公开", "not shown"


class Channel(Word):
    """A way to a person."""

    EMAIL = "email", "电子邮件", "e-mail"
    WECOM = "wecom", "企业微信群", "WeCom group"
    WEBHOOK = "webhook", "系统对接", "webhook"


class Unit(Word):
    """In which units a limit counts (分钟, 工作时, 工作日, 自然日)."""

    MINUTES = "minutes", "分钟", "minutes"
    WORKING_HOURS = "working_hours", "工作时", "working hours"
    WORKING_DAYS = "working_days", "工作日", "working days"
    CALENDAR_DAYS = "calendar_days", "自然日", "calendar days"
