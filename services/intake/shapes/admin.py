"""What those who administer send and are answered over HTTP."""

from typing import Annotated

from pydantic import StrictBool, StringConstraints

from services.intake.shapes.words import Answer, Asked, Name
from shared.passwords import LONGEST, SHORTEST


class NewAccount(Asked):
    """``person``: a code of the directory; none for one that only administers."""

    login: Name
    person: Name | None = None
    admin: StrictBool = False
    password: Annotated[str, StringConstraints(min_length=SHORTEST, max_length=LONGEST)]


class OthersPassword(Asked):
    password: Annotated[str, StringConstraints(min_length=SHORTEST, max_length=LONGEST)]


class Disabling(Asked):
    disabled: StrictBool


class DirectoryInForce(Answer):
    """``policy`` by its name; ``counts`` by part."""

    version: int
    policy: str
    counts: dict[str, int]
