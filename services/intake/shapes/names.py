"""What codes are called, for the filters and forms of a page."""

from pydantic import Field

from services.intake.shapes.tickets import RoleView
from services.intake.shapes.words import Answer


class LevelView(Answer):
    code: str
    name: str


class PlaceView(Answer):
    """``parent``: the code of the place that it is in; one that is not listed where the asker sees no more."""

    code: str
    name: str
    level: str
    parent: str | None


class PostView(Answer):
    code: str
    name: str
    role: str
    place: str


class PersonView(Answer):
    code: str
    name: str


class Names(Answer):
    version: int = Field(description="Of the directory in force.")
    levels: tuple[LevelView, ...] = Field(description="From the bottom up.")
    roles: tuple[RoleView, ...]
    places: tuple[PlaceView, ...]
    posts: tuple[PostView, ...]
    people: tuple[PersonView, ...] | None = Field(None, description="For those who administer.")
