"""What is asked of the inbox, and what it answers."""

from pydantic import Field

from services.intake.shapes.views import TicketView
from services.intake.shapes.words import Answer, Asked, Cursor, Name
from shared.contracts.base import Instant
from shared.contracts.vocabulary import Due, Status


class InboxFilters(Asked):
    """Each narrows the list; none of them means any."""

    mine: bool = Field(False, description="Those that a post of yours owns or works on.")
    my_level: bool = Field(False, description="Those at a level that a post of yours answers for, at its place.")
    due: Due | None = Field(None, description="Past its next limit, or within a day of it.")
    place: Name | None = Field(None, description="The code of a place: there and below.", examples=["liyuan"])
    category: Name | None = Field(
        None, description="A code of `GET /api/v1/categories`: it and what it is the group of.", examples=["lighting"]
    )
    status: Status | None = Field(None, description="Open tickets where none is given.")
    text: Name | None = Field(
        None, description="Words that all occur in title, description or location note.", examples=["漏水 三单元"]
    )
    cursor: Cursor | None = Field(None, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


class InboxItem(Answer):
    """``mine``: a post of the asker's owns it or works on it. ``due_at``: the limit that passes next, or has passed:
    the owner's, or the handler's own inside it."""

    ticket: TicketView
    due_at: Instant | None
    mine: bool


class Inbox(Answer):
    items: tuple[InboxItem, ...]
    next: str | None = Field(description="The `cursor` of the next page; null at the end.")


class Badge(Answer):
    count: int
    more: bool = Field(description="There are more than that: show 99+.")


class BadgesView(Answer):
    """Open tickets by the filters of the inbox."""

    mine: Badge
    my_level: Badge
    overdue: Badge
    soon: Badge
