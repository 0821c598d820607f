"""The inbox of whoever works here: the tickets that their posts let see, and how many wait."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.intake import submission
from services.intake.guard import Asker, Guarded
from services.intake.openapi import ASKING, answers
from services.intake.problems import of_wrong
from services.intake.scope import holdings
from services.intake.shapes.inbox import Badge, BadgesView, Inbox, InboxFilters, InboxItem
from services.intake.state import Here, Speaks, State
from services.intake.visibility import Audience, view_for
from shared.contracts.accounts import Identity
from shared.contracts.queries import Badges, Holding, InboxAsked, TicketRecord
from shared.contracts.ticket import Ticket

router = APIRouter(prefix="/api/v1", tags=["staff"], route_class=Guarded)

ACCOUNT = ("not_signed_in", "not_allowed", "not_ready", *ASKING)


@router.get("/inbox", summary="Your tickets, page by page", responses=answers("invalid", *ACCOUNT))
async def get_inbox(filters: Annotated[InboxFilters, Query()], asker: Asker, here: Here, say: Speaks) -> Inbox:
    """Of the tickets that your posts let you see those that fit all filters: open ones, what is due first before the
    rest, or those of an ended `status`, the newest first. Without their timelines.
    """
    if wrong := submission.check_codes(here.town(), place=filters.place, category=filters.category):
        raise of_wrong(wrong, say)
    held = _held(here, asker)
    asked = InboxAsked(
        posts=held,
        categories=here.town().categories_under(filters.category) if filters.category else (),
        **filters.model_dump(exclude={"category"}),
    )
    page = await here.desk.inbox(asked)
    mine = {each.post for each in held}
    return Inbox(items=tuple(_item(here, ticket, mine) for ticket in page.items), next=page.next)


@router.get("/inbox/badges", summary="How many of your tickets wait", responses=answers(*ACCOUNT))
async def get_badges(asker: Asker, here: Here) -> BadgesView:
    """As many as `GET /api/v1/inbox` has with that filter alone. Counting ends at 99: `more` says there are more."""
    told = await here.desk.badges(_held(here, asker))
    return BadgesView(
        mine=_badge(told.mine), my_level=_badge(told.my_level), overdue=_badge(told.overdue), soon=_badge(told.soon)
    )


def _held(here: State, asker: Identity) -> tuple[Holding, ...]:
    return holdings(here.town(), here.posts_of(asker))


def _item(here: State, ticket: Ticket, mine: set[str]) -> InboxItem:
    return InboxItem(
        ticket=view_for(Audience.AT_WORK, TicketRecord(ticket=ticket, timeline=()), here.show),
        due_at=ticket.due_at,
        mine=any(seat.post in mine for seat in ticket.seats),
    )


def _badge(counted: int) -> Badge:
    most = Badges.COUNTED - 1
    return Badge(count=min(counted, most), more=counted > most)
