"""What a ticket is: its status, kind, urgency, source, visibility and grades."""

from shared.contracts.vocabulary.word import Word


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


class Due(Word):
    """How near the limit is that an open ticket must keep next."""

    OVERDUE = "overdue", "已超期", "overdue"
    SOON = "soon", "即将到期", "due within a day"


class Outcome(Word):
    """What became of a ticket. Closed is not solved."""

    OPEN = "open", "办理中", "not ended"
    FIXED = "fixed", "已解决", "closed, and settled"
    UNFIXED = "unfixed", "结案未解决", "closed, and not settled"
    UNSAID = "unsaid", "结案，未说明是否解决", "closed, and nobody said whether it is settled"
    REJECTED = "rejected", "不予受理", "not taken up"
    WITHDRAWN = "withdrawn", "已撤回", "withdrawn"
    MERGED = "merged", "并单", "merged"

    @property
    def is_closed(self) -> bool:
        return self in (Outcome.FIXED, Outcome.UNFIXED, Outcome.UNSAID)


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


class Raised(Word):
    """What enough households that co-sign raise by themselves."""

    LEVEL = "level", "层级", "the level"
    URGENCY = "urgency", "紧急程度", "the urgency"


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


class Visibility(Word):
    """What the public page shows of a matter; the reporter and staff see more."""

    FULL = "full", "文字和照片", "text and photos, masked"
    TEXT = "text", "文字", "text, masked"
    STATUS = "status", "仅类别和状态", "kind and status only"
    HIDDEN = "hidden", "不公开", "not shown"


class Grade(Word):
    """好差评: the five grades of China's government service rating."""

    VERY_GOOD = "very_good", "非常满意", "very satisfied"
    GOOD = "good", "满意", "satisfied"
    FAIR = "fair", "基本满意", "mostly satisfied"
    BAD = "bad", "不满意", "dissatisfied"
    VERY_BAD = "very_bad", "非常不满意", "very dissatisfied"

    @property
    def is_satisfied(self) -> bool:
        """基本满意 or better."""
        return self in (Grade.VERY_GOOD, Grade.GOOD, Grade.FAIR)
