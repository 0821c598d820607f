"""What those who administer send and are answered over HTTP."""

from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field, StrictBool, StringConstraints

from services.intake.shapes.words import Answer, Asked, Name
from shared.passwords import LONGEST, SHORTEST

_ADMIN: Final[dict[str, Any]] = {"properties": {"admin": {"const": True}}, "required": ["admin"]}
_SOMEBODY: Final[dict[str, Any]] = {"properties": {"person": {"type": "string"}}, "required": ["person"]}


class NewAccount(Asked):
    """``person``: a code of the directory; none for one that only administers."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [_ADMIN, _SOMEBODY]})

    login: Name = Field(examples=["officer"])
    person: Name | None = Field(None, examples=["liyuan-officer-1"])
    admin: StrictBool = False
    password: Annotated[str, StringConstraints(min_length=SHORTEST, max_length=LONGEST)] = Field(
        examples=["a sentence that nobody else would say"]
    )


class OthersPassword(Asked):
    password: Annotated[str, StringConstraints(min_length=SHORTEST, max_length=LONGEST)]


class Disabling(Asked):
    disabled: StrictBool


class DirectoryInForce(Answer):
    """``policy`` by its name; ``counts`` by part."""

    version: int
    policy: str
    counts: dict[str, int]
