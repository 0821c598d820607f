"""What can be wrong with a directory's files, in the words of the people who keep them."""

from collections.abc import Mapping
from typing import Any

from shared.contracts.base import Frozen
from shared.contracts.vocabulary import Word


class Fault(Word):
    """A kind of problem; the words are templates."""

    FILE_MISSING = "file_missing", "缺少这个文件", "this file is missing"
    FILE_UNKNOWN = "file_unknown", "目录中不应有这个文件", "a directory has no such file"
    ENCODING = "encoding", "不是 UTF-8 编码，请另存为 UTF-8", "not UTF-8: save it as UTF-8"
    SYNTAX = "syntax", "格式有误：{detail}", "cannot be read: {detail}"
    COLUMN_MISSING = "column_missing", "缺少这一列", "this column is missing"
    COLUMN_UNKNOWN = "column_unknown", "没有这一列，应为 {wanted}", "there is no such column; wanted are {wanted}"
    COLUMN_TWICE = "column_twice", "这一列出现两次", "this column is there twice"
    CELLS = "cells", "应有 {wanted} 格，实有 {found} 格", "{found} cells instead of {wanted}"
    CONTROL = "control", "含有换行或控制字符", "contains a line break or a control character"
    REQUIRED = "required", "必填", "must be given"
    KEY_UNKNOWN = "key_unknown", "没有这个字段", "there is no such field"
    CODE = (
        "code",
        "编码“{value}”只能用字母、数字和 . _ : -，以字母或数字开头，不超过 100 个字符",
        "the code “{value}” may have letters, digits and . _ : - only, begins with a letter or digit, 100 at most",
    )
    VALUE = "value", "“{value}”不对，应为{wanted_zh}", "“{value}” is not {wanted}"
    DUPLICATE = "duplicate", "“{value}”与第 {first} 行重复", "“{value}” is already in line {first}"
    UNKNOWN = "unknown", "{table} 中没有“{value}”", "there is no “{value}” in {table}"
    EMAIL = "email", "“{value}”不是电子邮件地址", "“{value}” is not an e-mail address"
    LINK = "link", "“{value}”不是 http(s) 链接", "“{value}” is not an http(s) link"
    CYCLE = "cycle", "“{value}”的上级又回到它自己", "the parents of “{value}” lead back to itself"
    LEVEL_ORDER = (
        "level_order",
        "层级“{value}”不低于上级“{parent}”的层级“{above}”",
        "the level “{value}” is not below “{above}”, its parent {parent}'s",
    )
    ROOT = "root", "没有上级，但层级“{value}”低于最高层级“{top}”", "has no parent, but “{value}” is below “{top}”"
    TOP_VACANT = (
        "top_vacant",
        "最高层级岗位空缺，“{matter}”类事项无人兜底",
        "a vacant top post: nobody is left to own “{matter}”",
    )
    TOP_MISSING = (
        "top_missing",
        "“{place}”没有最高层级岗位可兜底“{matter}”类事项",
        "“{place}” has no top post to own “{matter}”",
    )
    SHARES = "shares", "各层级份额之和应为 1，实为 {value}", "the shares must sum to 1, not {value}"
    LADDER = "ladder", "阶梯应自下而上、不重复、不为空", "the ladder must go from the bottom up, with no rung twice"
    RUNG = "rung", "阶梯上没有“{value}”这一级", "the ladder has no rung “{value}”"
    NO_OWNER = "no_owner", "没有规定“{value}”一级由谁牵头", "nobody is named to own it at “{value}”"
    BUDGET = "budget", "没有规定“{value}”的总时限", "there is no budget for “{value}”"
    MATTER = "matter", "事项编码与键“{value}”不一致", "the matter's code is not its key “{value}”"
    NO_RULE = "no_rule", "末级类别须写明所属事项（matter）", "a leaf category must name its matter"
    GROUP = "group", "下设类别的分组不能有事项（matter）", "a category that has others below it cannot have a matter"
    OWN_JUDGE = (
        "own_judge",
        "反映“{value}”的诉求只能由其本岗处理：最高层级没有其他牵头岗位；请删去，并请居民拨打 12345",
        "nobody but “{value}” owns this at the top, and would judge itself: take it out, and let people call 12345",
    )
    NO_OTHER = "no_other", "缺少类别“other”（未分类诉求）", "the category “other” is missing: issues that nobody sorted"
    RESERVED = "reserved", "编码“{value}”保留给报事人", "the code “{value}” stands for who reported"
    LIMIT = "limit", "“{value}”超过两年", "“{value}” is more than two years"
    ZONE = "zone", "没有时区“{value}”", "there is no time zone “{value}”"
    WEEKDAY = "weekday", "“{value}”不是 1（周一）至 7（周日）", "“{value}” is not 1 (Monday) to 7 (Sunday)"
    NEVER_OPEN = "never_open", "日历没有任何工作时段", "the calendar has no open hours at all"
    SHIFT = "shift", "时段“{value}”为空、倒置或重叠", "the shift “{value}” is empty, backwards or overlaps another"
    WEEK = "week", "没有“{value}”这一周", "there is no week “{value}”"
    ON_DUTY_TWICE = "on_duty_twice", "与第 {first} 行的值班时间重叠", "overlaps the duty in line {first}"
    DAYS = "days", "“{value}”的末日早于首日", "“{value}” ends before it begins"
    HOLIDAYS = "holidays", "节假日有误：{detail_zh}", "holidays: {detail}"


class Problem(Frozen):
    """One thing to put right. ``line`` counts from 1; ``column`` is a CSV column or a YAML path, ``a.0.b``."""

    file: str
    line: int
    column: str
    fault: Fault
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.column} {self.zh} / {self.en}"


class DirectoryProblems(ValueError):
    """The files make no directory: all that is wrong with them, by file and line."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def problem(file: str, line: int, column: str, fault: Fault, **words: object) -> Problem:
    return Problem(
        file=file,
        line=line,
        column=column,
        fault=fault,
        zh=fault.zh.format(**words),
        en=fault.en.format(**words),
    )


WANTED = {
    "int_parsing": ("整数", "a whole number"),
    "bool_parsing": ("true 或 false", "true or false"),
    "date_from_datetime_parsing": ("日期，如 2026-11-30", "a date like 2026-11-30"),
    "time_parsing": ("时刻，如 09:00", "a time of day like 09:00"),
    "fraction_parsing": ("分数，如 1/6", "a fraction like 1/6"),
    "enum": ("{expected} 之一", "one of {expected}"),
    "greater_than": ("大于 {gt} 的数", "more than {gt}"),
    "greater_than_equal": ("不小于 {ge} 的数", "{ge} or more"),
    "less_than_equal": ("不大于 {le} 的数", "{le} or less"),
    "tuple_type": ("列表", "a list"),
    "dict_type": ("映射", "a mapping"),
    "model_type": ("映射", "a mapping"),
    "string_type": ("文字", "a text"),
}
"""What pydantic asks for, by its type of error."""


def from_validation(error: Mapping[str, Any]) -> tuple[Fault, dict[str, object]]:
    """What one of pydantic's errors means to us, and the words for it."""
    value = error["input"] if isinstance(error["input"], str) else "…"
    match error["type"]:
        case "missing":
            return Fault.REQUIRED, {}
        case "extra_forbidden":
            return Fault.KEY_UNKNOWN, {}
        case "string_pattern_mismatch" | "string_too_long":
            return Fault.CODE, {"value": value}
        case kind:
            zh, en = WANTED.get(kind, (error["msg"], error["msg"]))
            context = error.get("ctx", {})
            return Fault.VALUE, {"value": value, "wanted_zh": zh.format(**context), "wanted": en.format(**context)}
