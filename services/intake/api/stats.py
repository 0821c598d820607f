"""Figures for those who work here: of the places of their posts, and of nothing else."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.intake.guard import Asker, Guarded
from services.intake.openapi import ASKING, answers
from services.intake.problems import of_wrong
from services.intake.scope import holdings
from services.intake.shapes.stats import GroupView, StatsFilters, StatsView
from services.intake.state import Here, Speaks
from services.intake.submission import BACKWARDS, Wrong, check_codes
from shared.contracts.stats import StatsAsked
from shared.contracts.vocabulary import Grouping
from shared.directory import Town
from shared.i18n import Speaker

router = APIRouter(prefix="/api/v1", tags=["staff"], route_class=Guarded)


@router.get(
    "/stats",
    summary="How tickets were settled",
    responses=answers("invalid", "not_signed_in", "not_allowed", "not_ready", *ASKING),
)
async def get_stats(filters: Annotated[StatsFilters, Query()], asker: Asker, here: Here, say: Speaks) -> StatsView:
    """The three rates (三率), each with its n; where tickets were settled, for how long each level had them, how far
    they climbed, what was reopened. Of the tickets below the places of your posts. Of fewer than `smallest` nothing is
    told.
    """
    town = here.town()
    if wrong := _wrong(filters, town):
        raise of_wrong(wrong, say)
    held = holdings(town, here.posts_of(asker))
    categories = town.categories_under(filters.category) if filters.category else ()
    asked = StatsAsked(posts=held, categories=categories, **filters.model_dump(exclude={"category"}))
    found = await here.desk.stats(asked)
    groups = (
        GroupView(key=each.key, name=_name(each.key, filters.by, town, say), figures=each.figures)
        for each in found.groups
    )
    return StatsView(smallest=found.smallest, total=found.total, groups=tuple(groups))


def _wrong(filters: StatsFilters, town: Town) -> list[Wrong]:
    wrong = check_codes(town, place=filters.place, category=filters.category, post=filters.post)
    backwards = filters.since and filters.until and filters.since > filters.until
    return [*wrong, *([BACKWARDS] if backwards else [])]


def _name(key: str, by: Grouping | None, town: Town, say: Speaker) -> str:
    """The key itself where the directory has it no more, and of a week."""
    match by:
        case Grouping.PLACE if place := town.place(key):
            return place.name
        case Grouping.CATEGORY if category := town.category(key):
            return say.name(category.name, category.name_en)
        case Grouping.POST if post := town.post(key):
            return town.post_name(post)
    return key
