"""A category and an urgency proposed for what somebody writes. Nothing is kept of it, asked of anybody or logged."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from services.intake.suggest.danger import Sign, signs
from services.intake.suggest.keeping import Classifier, InForce
from services.intake.suggest.model import OFFERED, guesses, spoke_for
from services.intake.suggest.shapes import CategorySuggestion, Suggestions, UrgencyHint
from shared.directory import OTHER, Town
from shared.i18n import Speaker, simplified

SHARE_LEAST = 0.02
"""Less is no suggestion: a category of thirty that nothing speaks for has more. An assumption."""


def suggest(text: str, town: Town, classifier: Classifier, say: Speaker) -> Suggestions:
    """What words of danger name comes first, then what the text is like. Traditional characters are read by those who
    ask in them.
    """
    plain = simplified(text) if say.language == "zh-TW" else text
    found, in_force = signs(plain), classifier.in_force(town)
    offered: dict[str, CategorySuggestion] = {}
    for each in chain(_named(found, town, say), _alike(plain, in_force, town, say)):
        offered.setdefault(each.code, each)
        if len(offered) == OFFERED:
            break
    return Suggestions(categories=tuple(offered.values()), urgency=_hint(found, say), trained=in_force.trained)


def _named(found: Sequence[Sign], town: Town, say: Speaker) -> Iterator[CategorySuggestion]:
    for code in dict.fromkeys(sign.category for sign in found if sign.category):
        if town.category(code) is not None:
            words = [sign.words for sign in found if sign.category == code]
            yield _suggestion(code, None, words, town, say)


def _alike(text: str, in_force: InForce, town: Town, say: Speaker) -> Iterator[CategorySuggestion]:
    for guess in guesses(in_force.model, text):
        code = in_force.codes.get(guess.category, OTHER)
        if code != OTHER and guess.share >= SHARE_LEAST:
            words = spoke_for(in_force.model, text, guess.category)
            if words:
                yield _suggestion(code, guess.share, words, town, say)


def _suggestion(code: str, share: float | None, words: Sequence[str], town: Town, say: Speaker) -> CategorySuggestion:
    category = town.category(code)
    assert category is not None
    return CategorySuggestion(
        code=code,
        name=say.name(category.name, category.name_en),
        urgency=category.urgency,
        share=share,
        **_reasons(words, say),
    )


def _hint(found: Sequence[Sign], say: Speaker) -> UrgencyHint | None:
    if not found:
        return None
    urgency = found[0].urgency
    return UrgencyHint(urgency=urgency, **_reasons([each.words for each in found if each.urgency is urgency], say))


def _reasons(words: Sequence[str], say: Speaker) -> dict[str, Any]:
    told = tuple(say.name(each, each) for each in dict.fromkeys(words))
    listed = (", " if say.language == "en" else "、").join(told)
    return {"reasons": told, "because": say("Because of: {words}", words=listed)}
