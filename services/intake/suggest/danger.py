"""Words of danger in what somebody writes, and why they were taken for that. Pure: the rules are data, ``danger.yaml``.

A hint and no more: it proposes an urgency that people may take or leave.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from shared.contracts.vocabulary import Urgency

RULES = Path(__file__).with_name("danger.yaml")
BEFORE, AFTER = 20, 8
"""So many characters of the sentence on each side say whether it is so now, or only feared, forbidden or past."""
_SOME, _FEW = r"[^。；;！!？?\n]{0,20}", r"[^，,。；;！!？?\n]{0,6}"
_END = re.compile(r"[。！!？?；;\n]")


@dataclass(frozen=True)
class Sign:
    """``words``: as they stand in the text. ``category``: a code that the directory may lack."""

    urgency: Urgency
    category: str | None
    words: str


@dataclass(frozen=True)
class _Rule:
    urgency: Urgency
    category: str | None
    words: re.Pattern[str]
    unless: re.Pattern[str] | None


@dataclass(frozen=True)
class _Rules:
    rules: tuple[_Rule, ...]
    feared_or_past: re.Pattern[str]
    denied: re.Pattern[str]
    after: re.Pattern[str]

    def is_now(self, before: str, words: str, after: str) -> bool:
        return not (
            self.feared_or_past.search(before)
            or self.feared_or_past.search(words)
            or self.denied.search(before)
            or self.after.search(after)
        )


def signs(text: str) -> list[Sign]:
    """In the order of the rules, the most urgent first; the same words once."""
    plain = unicodedata.normalize("NFKC", text)
    return list(dict.fromkeys(_signs(plain, _rules())))


def _signs(text: str, known: _Rules) -> Iterator[Sign]:
    for rule in known.rules:
        for found in rule.words.finditer(text):
            before = _END.split(text[max(0, found.start() - BEFORE) : found.start()])[-1]
            after = _END.split(text[found.end() : found.end() + AFTER])[0]
            if known.is_now(before, found[0], after) and not (
                rule.unless and rule.unless.search(before + found[0] + after)
            ):
                yield Sign(rule.urgency, rule.category, found[0])


@cache
def _rules() -> _Rules:
    data = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    return _Rules(
        rules=tuple(map(_rule, data["rules"])),
        **{name: _any_of(patterns) for name, patterns in data["not_now"].items()},
    )


def _rule(data: dict[str, Any]) -> _Rule:
    unless = data.get("unless")
    return _Rule(
        urgency=Urgency(data["urgency"]),
        category=data.get("category"),
        words=_any_of([_spelt(pattern) for pattern in data["words"]]),
        unless=re.compile(unless) if unless else None,
    )


def _any_of(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def _spelt(pattern: str) -> str:
    return pattern.replace("……", _SOME).replace("…", _FEW)
