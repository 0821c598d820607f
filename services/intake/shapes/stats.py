"""What figures can be asked for, and how they are told."""

from pydantic import Field

from services.intake.shapes.words import Answer, Asked, Day, Name
from shared.contracts.stats import Figures
from shared.contracts.vocabulary import Grouping


class StatsFilters(Asked):
    """Each narrows what is counted; none of them means any."""

    by: Grouping | None = Field(None, description="Tells groups apart: places are the next ones below.")
    place: Name | None = Field(None, description="The code of a place: there and below.", examples=["liyuan"])
    category: Name | None = Field(
        None, description="A code of `GET /api/v1/categories`: it and what it is the group of.", examples=["lighting"]
    )
    post: Name | None = Field(None, description="The code of the post that had it last; of what has not ended, first.")
    since: Day | None = Field(None, description="The first week in which they were handed in, by a day of it.")
    until: Day | None = Field(None, description="The last one.")


class GroupView(Answer):
    key: str = Field(description="A code, or a week's Monday; empty: none (for places: the place itself).")
    name: str
    figures: Figures


class StatsView(Answer):
    smallest: int = Field(description="Fewer than that are not told apart: null.")
    total: Figures
    groups: tuple[GroupView, ...]
