"""What the codes of the directory are called, as far as the asker sees it: with that a page fills its filters."""

import hashlib
from collections.abc import Collection
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Response, status

from services.intake.guard import Asker, Guarded
from services.intake.openapi import ASKING, answers
from services.intake.scope import places_seen, posts_seen
from services.intake.shapes.names import LevelView, Names, PersonView, PlaceView, PostView
from services.intake.shapes.tickets import RoleView
from services.intake.state import Here, Speaks
from shared.contracts.directory import Place, Post
from shared.contracts.vocabulary import Scope
from shared.directory import Town
from shared.i18n import Speaker

router = APIRouter(prefix="/api/v1", tags=["staff"], route_class=Guarded)

UNCHANGED: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "As `If-None-Match` says that you have it."}}
Known = Annotated[str | None, Header(alias="If-None-Match", description="The `ETag` of an answer of before.")]


@router.get(
    "/directory",
    summary="Names of levels, roles, and of the places and posts that you see",
    response_model=Names,
    responses=UNCHANGED | answers("invalid", "not_signed_in", "not_allowed", "not_ready", *ASKING),
)
async def get_names(asker: Asker, here: Here, say: Speaks, response: Response, known: Known = None) -> Any:
    """Places at and below those of your posts, and the posts there and above; all of them, and people, for those who
    administer. Changes with the directory, and with the posts that you hold.
    """
    town, held, all_of_it = here.town(), here.posts_of(asker), Scope.ADMIN in asker.scopes
    headers = {
        "ETag": _tag(town, held, all_of_it, say),
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Language",
    }
    if known == headers["ETag"]:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    response.headers.update(headers)
    directory = town.directory
    places = directory.places if all_of_it else places_seen(held, town)
    posts = directory.posts if all_of_it else posts_seen(held, places, town)
    people = (PersonView(code=each.code, name=each.name) for each in directory.people)
    return Names(
        version=directory.version,
        levels=tuple(LevelView(code=each.code, name=say.name(each.name, each.name_en)) for each in directory.levels),
        roles=tuple(RoleView(code=each.code, name=say.name(each.name, each.name_en)) for each in directory.roles),
        places=tuple(_place(each, town) for each in places),
        posts=tuple(_post(each, town) for each in posts),
        people=tuple(people) if all_of_it else None,
    )


def _tag(town: Town, held: Collection[Post], all_of_it: bool, say: Speaker) -> str:
    """What the answer follows from."""
    shown = "all" if all_of_it else ",".join(sorted(post.code for post in held))
    return f'W/"{town.version}-{hashlib.sha256(f"{say.language} {shown}".encode()).hexdigest()[:16]}"'


def _place(place: Place, town: Town) -> PlaceView:
    return PlaceView(code=place.code, name=town.full_name(place.code), level=place.level, parent=place.parent)


def _post(post: Post, town: Town) -> PostView:
    return PostView(code=post.code, name=town.post_name(post), role=post.role, place=post.place)
