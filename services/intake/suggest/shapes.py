"""A draft in, suggestions out, over HTTP."""

from pydantic import Field

from services.intake.shapes.words import Answer, Asked, Text
from shared.contracts.vocabulary import Urgency


class Draft(Asked):
    """What somebody is about to hand in."""

    text: Text = Field(
        description="Title and words; for the category the first 200 characters count.", examples=["楼道里有燃气味"]
    )


class Reasons(Answer):
    """What in the text spoke for it: parts of it, and the same as a sentence in the asker's language."""

    reasons: tuple[str, ...] = Field(examples=[("燃气味",)])
    because: str = Field(examples=["因为：燃气味"])


class CategorySuggestion(Reasons):
    """``urgency`` is the category's own."""

    code: str
    name: str
    urgency: Urgency
    share: float | None = Field(
        description="How likely, of 1 for all categories together; null where a word of danger names it.", ge=0, le=1
    )


class UrgencyHint(Reasons):
    """Where words of danger ask for it."""

    urgency: Urgency


class Suggestions(Answer):
    """What one may take or leave: three categories at most, the likeliest first, and an urgency."""

    categories: tuple[CategorySuggestion, ...]
    urgency: UrgencyHint | None
    trained: bool = Field(description="By this installation's own history; else by the names and hints of categories.")
