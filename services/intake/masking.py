"""Hides what tells who a person is, or how to reach one, in text that others will read. Pure.

It errs towards hiding: a long number that is no phone is hidden as well. Names it cannot know.
"""

import re

_SIGN = "●"
HIDDEN = 3 * _SIGN
"""Shorter than anything that it stands for, so that a masked text never outgrows a limit."""

_GAP = r"[-\s.·]?"
_SPOKEN = "〇零○一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖"

_ID_CARD = r"(?<!\d)\d{17}[\dXxＸｘ]"
_MOBILE = rf"(?<!\d)(?:\+?86{_GAP})?1{_GAP}[3-9](?:{_GAP}\d){{9}}(?!\d)"
_LANDLINE = r"(?<!\d)[(（]?0\d{2,3}[)）]?[-\s]?\d{7,8}(?!\d)"
_SERVICE_LINE = r"(?<!\d)[48]00[-\s]?\d{3}[-\s]?\d{4}(?!\d)"
_GROUPS_OF_FOUR = r"(?<!\d)\d{4}(?:[-\s]\d{4}){2,}(?:[-\s]\d{1,4})?"
_LONG_NUMBER = r"\d{7,}"
_SPOKEN_NUMBER = rf"[{_SPOKEN}]{{7,}}"

_NUMBER = re.compile(
    rf"(?=[\d+(（{_SPOKEN}])(?:"  # how each of them begins: most of a text is passed over at a glance
    + "|".join((_ID_CARD, _MOBILE, _LANDLINE, _SERVICE_LINE, _GROUPS_OF_FOUR, _LONG_NUMBER, _SPOKEN_NUMBER))
    + ")"
)
_LOCAL, _LABEL = rf"[\w.%+{_SIGN}-]", rf"[A-Za-z0-9{_SIGN}-]"
_EMAIL = re.compile(rf"(?<!{_LOCAL})(?:{_LOCAL}++\s?[@＠]\s?{_LABEL}++(?:\.{_LABEL}++)+)+")
"""Goes after the numbers, which may be parts of one. Tried once for each run of such letters, at its beginning: tried
at every letter, a long text without a pause would take the square of its length."""
_NAMED = re.compile(
    r"((?:微信|威信|薇信|wechat|weixin|(?<![a-z])[vw]x|qq)(?:号码?|id)?(?:\s|是|为|[:：=])*)"
    r"(?:[a-z][a-z0-9_-]{5,19}|[1-9]\d{4,})(?![a-z0-9_-])",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """The text with phones, ID-card and other long numbers, e-mail addresses and WeChat or QQ ids replaced."""
    return _EMAIL.sub(HIDDEN, _NUMBER.sub(HIDDEN, _NAMED.sub(rf"\1{HIDDEN}", text)))


def mask_optional(text: str | None) -> str | None:
    return None if text is None else mask(text)
