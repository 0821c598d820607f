"""Work orders as a hotline has them."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue, StrictBool
from pydantic_core import PydanticCustomError

from services.intake.shapes.tickets import ReporterData
from services.intake.shapes.words import Answer, Asked, Line, Moment, Name, Note, Text
from shared.contracts.base import Instant
from shared.contracts.ticket import Contact
from shared.contracts.vocabulary import (
    Grade,
    Kind,
    Status,
    Urgency,
    Word,
)

MOST_ORDERS = 100
_SHORTENED = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]{2}")


def _whole(number: str) -> str:
    """Refuses 2.02612E+16, which a spreadsheet makes of many numbers: they would all be one order."""
    if _SHORTENED.fullmatch(number):
        raise PydanticCustomError("shortened", "A spreadsheet has shortened this number: keep its column as text.")
    return number


OrderNumber = Annotated[Line, AfterValidator(_whole)]


class HotlineOrder(Asked):
    """A work order as a hotline (12345) has it. Where: a door's code, a place's, or an address in words."""

    external_ref: OrderNumber = Field(description="Its number there. The same number again is the same ticket.")
    description: Text
    deadline: Moment | None = Field(None, description="Until when the hotline wants it settled: no limit is later.")
    door_code: Name | None = None
    place: Name | None = Field(None, description="The code of any place of the directory.")
    address: Note | None = Field(
        None, description="Names a place in full, as the directory does: 丽园小区1号楼2单元. Never public."
    )
    kind: Kind = Kind.HELP
    category: Name = Field("other", description="A code of `GET /api/v1/categories`, or the one another system has.")
    urgency: Urgency | None = None
    title: Line | None = None
    anonymous: StrictBool = False
    reporter: ReporterData | None = None
    about_role: Name | None = None


class NewOrders(Asked):
    """Orders of the hotline, each taken or refused by itself."""

    orders: list[dict[str, JsonValue]] = Field(min_length=1, max_length=MOST_ORDERS, description="Each a HotlineOrder.")
    default_place: Name | None = Field(
        None, description="The code of the place for those whose address names none of the directory, or several."
    )
    dry_run: StrictBool = Field(False, description="Tell what would be, and take none.")


class Outcome(Word):
    """What became of an order that was sent."""

    TAKEN = "taken", "已收", "taken"
    KNOWN = "known", "此前已收", "here already"
    CHANGED = "changed", "此前已收，内容或时限不同，未改", "here already otherwise, which stays"
    REFUSED = "refused", "未收", "not taken"


class OrderError(Answer):
    field: str
    detail: str


class OrderResult(Answer):
    """``number`` counts the orders of the request from 1."""

    number: int
    external_ref: str | None
    outcome: Outcome
    code: str | None = Field(None, description="The ticket's, also in a dry run.")
    place: str | None = Field(None, description="Where it was taken to be.")
    deadline: Instant | None = Field(None, description="`changed` only: the one that stands, where it is another.")
    differs: tuple[str, ...] = Field((), description="`changed` only: the fields that the order here has otherwise.")
    errors: tuple[OrderError, ...] = Field((), description="`refused` only: why.")


class OrderResults(Answer):
    orders: tuple[OrderResult, ...]
    dry_run: bool
    asked: bool = Field(
        description="False: the record could not be asked which were here already. Those taken twice are one ticket."
    )


class OrderState(Answer):
    """How an order stands, as anybody may know it: of its result the words that are public, masked."""

    external_ref: str
    code: str
    status: Status
    level: str
    overdue: bool
    deadline: Instant | None
    opened_at: Instant
    updated_at: Instant
    resolved_at: Instant | None
    closed_at: Instant | None
    merged_into: str | None = Field(description="The code of the ticket that goes on instead of it.")
    result: str | None
    settled: bool | None = Field(description="Whether who resolved it says that the matter itself is settled.")
    contacted_at: Instant | None = Field(description="When somebody at work first reached the resident.")
    called_back: Contact | None = Field(description="The last call-back: reached or not, settled or not, the grade.")
    grade: Grade | None = Field(description="The resident's own, after it was resolved.")


class OrderStates(Answer):
    """In the order of their last changes. ``next``: the cursor of those after them."""

    orders: tuple[OrderState, ...]
    next: str | None
