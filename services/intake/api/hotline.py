"""What the hotline (12345) calls, or whoever carries its work orders: hands them in, and asks how they stand."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.intake.guard import AskedFrom, Guarded
from services.intake.openapi import ASKING, answers
from services.intake.shapes.hotline import NewOrders, OrderResults, OrderState, OrderStates
from services.intake.shapes.words import Cursor, Moment
from services.intake.state import Here, Speaks, State
from services.intake.taking import SUBJECT, take
from services.intake.visibility import public_result
from shared.contracts.queries import ChangedOrder
from shared.ids import ticket_code

router = APIRouter(prefix="/api/v1/hotline", tags=["hotline"], route_class=Guarded)

ACCOUNT = ("not_signed_in", "not_allowed")


@router.post(
    "/orders",
    summary="Hand in work orders",
    responses=answers(
        "bad_request", "malformed_json", *ACCOUNT, "cross_site", "too_large", "wrong_content_type", "invalid",
        "not_kept", *ASKING, "not_ready",
    ),
)  # fmt: skip
async def take_orders(given: NewOrders, origin: AskedFrom, here: Here, say: Speaks) -> OrderResults:
    """Each is taken or refused by itself; those taken are as safe as a resident's issue is after 201 or 202.

    The same number again is the same ticket: after any error send all of them again.
    """
    return await take(here, given, origin, say)


@router.get(
    "/orders",
    summary="How the hotline's orders stand",
    responses=answers("invalid", *ACCOUNT, *ASKING),
)
async def get_orders(
    here: Here,
    origin: AskedFrom,
    updated_since: Annotated[
        Moment | None,
        Query(description="Those that have changed then or later.", examples=["2026-03-02T10:00:00+08:00"]),
    ] = None,
    cursor: Annotated[Cursor | None, Query(description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> OrderStates:
    """One that changes while you read comes again further on. Begin some minutes before the newest that you have seen:
    a change may be recorded a little later than another that came after it."""
    asked = {"updated_since": updated_since and updated_since.isoformat(), "cursor": cursor}
    await here.desk.exported(SUBJECT, {name: value for name, value in asked.items() if value}, origin)
    page = await here.desk.changed_orders(since=updated_since, cursor=cursor, limit=limit)
    return OrderStates(orders=tuple(_state(here, each) for each in page.items), next=page.next)


def _state(here: State, changed: ChangedOrder) -> OrderState:
    ticket = changed.record.ticket
    assert ticket.external_ref is not None
    return OrderState(
        external_ref=ticket.external_ref,
        code=ticket.code,
        status=ticket.status,
        level=ticket.level,
        overdue=ticket.overdue,
        deadline=ticket.outer_limit,
        opened_at=ticket.opened_at,
        updated_at=changed.changed_at,
        resolved_at=ticket.resolved_at,
        closed_at=ticket.closed_at,
        merged_into=ticket_code(ticket.merged_into) if ticket.merged_into else None,
        result=public_result(changed.record, here.show),
        settled=ticket.settled,
        contacted_at=ticket.contacted_at,
        called_back=ticket.called_back,
        grade=ticket.grade,
    )
