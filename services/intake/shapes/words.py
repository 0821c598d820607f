"""What people write and send, checked and cleaned: the types of fields, and the two bases of all shapes."""

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from shared.contracts.base import Instant
from shared.contracts.commands import TEXT_LIMIT
from shared.contracts.queries import FIRST_MOMENT, LAST_MOMENT
from shared.cursor import read_cursor

PHOTO_BYTES = 10 * 1024 * 1024
MOST_PHOTOS = 9
BEGINNING_LIMIT = 500
"""Characters of a message in a URL: with room for what browsers and proxies take."""

_LINE_BREAK = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNSEEN = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff]")
"""What comes along with a paste: controls, and marks without a width. The joiner stays: emoji are made with it."""
_NOT_UNICODE = re.compile("[\ud800-\udfff\ufffe\uffff]")
_EMAIL = r"^[^@\s,;:<>()\[\]\"\\]+@[^@\s,;:<>()\[\]\"\\]+\.[^@\s,;:<>()\[\]\"\\]+$"
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PHONE = r"^\+?[0-9][0-9 ()-]{2,38}$"


def _clean(text: str) -> str:
    """A person's words: one kind of line break, nothing unseen, nothing around them. Refuses what no paste brings."""
    if _NOT_UNICODE.search(text):
        raise PydanticCustomError("not_unicode", "Not valid Unicode text.")
    if "\0" in text:
        raise PydanticCustomError("control_character", "Control characters are not allowed.")
    if all(unicodedata.category(symbol)[0] in "ZC" for symbol in text):
        raise PydanticCustomError("blank", "Must not be blank.")
    return _UNSEEN.sub("", _LINE_BREAK.sub("\n", text)).strip()


def _one_line(text: str) -> str:
    if "\n" in text:
        raise PydanticCustomError("control_character", "Control characters are not allowed.")
    return text.replace("\t", " ")


Text = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_LIMIT), AfterValidator(_clean)]
Beginning = Annotated[str, StringConstraints(min_length=1, max_length=BEGINNING_LIMIT), AfterValidator(_clean)]
Note = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_clean)]
Line = Annotated[
    str, StringConstraints(min_length=1, max_length=200), AfterValidator(_clean), AfterValidator(_one_line)
]
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=100), AfterValidator(_clean), AfterValidator(_one_line)
]
Email = Annotated[str, StringConstraints(max_length=254, pattern=_EMAIL), AfterValidator(_clean)]
Phone = Annotated[str, StringConstraints(max_length=40, pattern=_PHONE)]
PhotoIds = Annotated[list[Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]], Field(max_length=MOST_PHOTOS)]


class Asked(BaseModel):
    """The body of a request: a field that it does not name is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


def _written_out(value: object) -> object:
    """A bare number would be read as seconds since 1970."""
    if isinstance(value, datetime) or (isinstance(value, str) and value.strip("0123456789.+-")):
        return value
    raise PydanticCustomError("moment", "Must be a moment with its offset from UTC.")


def _of_our_time(moment: datetime) -> datetime:
    if FIRST_MOMENT <= moment < LAST_MOMENT:
        return moment
    raise PydanticCustomError("moment", "Must lie between 2000 and 2100.")


Moment = Annotated[Instant, BeforeValidator(_written_out), AfterValidator(_of_our_time)]


def _day_written_out(value: object) -> object:
    """As with moments, a number is none; nor is a moment."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        return value
    raise PydanticCustomError("day", "Must be a date.")


Day = Annotated[date, BeforeValidator(_day_written_out)]


def _ours(cursor: str) -> str:
    try:
        read_cursor(cursor)
    except ValueError:
        raise PydanticCustomError("cursor", "This is no cursor of ours.") from None
    return cursor


Cursor = Annotated[str, StringConstraints(max_length=100), AfterValidator(_ours)]
