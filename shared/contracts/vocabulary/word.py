"""A word of the field: a code with what people call it."""

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
