"""What the people responsible call: an action on a ticket, through the link that they were sent."""

from fastapi import APIRouter, Depends

from services.intake.acting import carry_out, read_link
from services.intake.guard import Guarded, json_only
from services.intake.openapi import answers
from services.intake.shapes import ActionDone, NewAction
from services.intake.state import Here, Speaks, State
from services.intake.visibility import reporters_view
from shared.bus.asyncio import BrokerAway, CallFailed, CallTimedOut
from shared.contracts.queries import Offer, TicketRecord
from shared.ids import ActionToken

router = APIRouter(prefix="/api/v1", tags=["staff"], route_class=Guarded)


@router.post(
    "/actions/{action_token}",
    summary="Accept, resolve, hand back, escalate, note or assign",
    dependencies=[Depends(json_only)],
    responses=answers(
        "bad_request", "malformed_json", "link_forged", "refused", "link_expired", "too_large", "wrong_content_type",
        "invalid", "service_failed", "broker_away", "no_answer", "photos_away",
    ),
)  # fmt: skip
async def act(action_token: str, asked: NewAction, here: Here, say: Speaks) -> ActionDone:
    """The link names ticket, person, post and assignment. It lives through that assignment, and is refused after it.

    After a 502 or 503 the action may have been carried out: send the same again with the same `action_id`.
    """
    token = read_link(here, action_token)
    ticket = await carry_out(here, token, asked, say)
    offer = await _offer_if_possible(here, token)
    return ActionDone(
        ticket=reporters_view(TicketRecord(ticket=ticket, timeline=()), here.show),
        forms=offer and offer.forms,
    )


async def _offer_if_possible(here: State, token: ActionToken) -> Offer | None:
    """The action is done: that the next question fails must not hide it."""
    try:
        return await here.desk.offer(token)
    except (BrokerAway, CallTimedOut, CallFailed):
        return None
