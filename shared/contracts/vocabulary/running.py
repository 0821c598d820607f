"""How the system reaches people and counts time, and what a token lets its holder do."""

from shared.contracts.vocabulary.word import Word


class Scope(Word):
    """What an API token lets its holder do, of what the account itself may do."""

    READ = "tickets:read", "查看工单", "read tickets"
    ACT = "tickets:act", "办理工单", "act on tickets"
    ADMIN = "admin", "管理", "administer"
    HOTLINE = "hotline", "对接热线工单", "exchange orders with the hotline"


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


class Grouping(Word):
    """By what figures are told apart."""

    PLACE = "place", "地点", "place"
    CATEGORY = "category", "类别", "category"
    POST = "post", "岗位", "post"
    WEEK = "week", "周", "week"
