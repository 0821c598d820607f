"""Following a ticket: with the tracking token of its receipt, or as anybody who knows the code."""

from uuid import UUID

from structlog.contextvars import bind_contextvars

from services.intake.problems import Problem
from services.intake.shapes.views import TicketView
from services.intake.state import State
from services.intake.visibility import Audience, as_neighbour, public_view, submitted_view, view_for
from shared import ids
from shared.bus.asyncio import BrokerAway, CallTimedOut, NotNow
from shared.contracts.queries import TicketRecord
from shared.contracts.ticket import Ticket
from shared.contracts.vocabulary import Status


async def follow(here: State, written_code: str, tracking_token: str | None) -> TicketView:
    """The view that the asker may have. With a valid token a ticket is never unknown: right after the receipt nobody
    may have recorded it yet. Raises ``Problem``, and what asking records and the spool raises: a ticket's state is not
    guessed."""
    code = ids.normalize_code(written_code)
    if code is None:
        raise Problem("mistyped_code")
    if tracking_token is None:
        record = await here.desk.ticket(code=code)
        view = public_view(record, here.show) if record else None
        if record is None or view is None:
            raise Problem("unknown_ticket")
        return view.model_copy(update={"duty_phone": here.duty_phone(record.ticket)})
    token = read_token(here, tracking_token, code)
    bind_contextvars(ticket=str(token.ticket_id))
    record = await _record(here, token.ticket_id)
    if record is not None:
        more = {
            "duty_phone": here.duty_phone(record.ticket),
            "merged_status": await _merged_status(here, record.ticket),
        }
        return view_for(audience_of(token, record.ticket), record, here.show).model_copy(update=more)
    town = here.town()
    place = town.door(token.door_code)
    return submitted_view(token.ticket_id, town.place_ref(place.code) if place else None)


async def _record(here: State, ticket_id: UUID) -> TicketRecord | None:
    """None where records does not know the ticket, or is out of reach while the ticket still waits on our disk."""
    try:
        return await here.desk.ticket(ticket_id=ticket_id)
    except (BrokerAway, CallTimedOut, NotNow):
        if await here.spool.holds(ticket_id):
            return None
        raise


async def _merged_status(here: State, ticket: Ticket) -> Status | None:
    """How the ticket stands that this one was merged into, or that one in turn."""
    into: Ticket | None = ticket
    while into and into.status is Status.MERGED:
        record = await here.desk.ticket(ticket_id=into.merged_into)
        into = record.ticket if record else None
    return into.status if into and into is not ticket else None


def audience_of(token: ids.TrackingToken, ticket: Ticket) -> Audience:
    return Audience.REPORTER if token.household is None else as_neighbour(ticket)


def read_token(here: State, text: str, code: str) -> ids.TrackingToken:
    """Raises ``Problem``: 401 for a token that we never made, 403 for another ticket's."""
    try:
        token = ids.read_tracking(here.secret, text)
    except ids.InvalidToken:
        raise token_forged() from None
    check_code(token, code)
    return token


def check_code(token: ids.TrackingToken, code: str) -> None:
    """Raises ``Problem`` (403) where the token is another ticket's."""
    if ids.ticket_code(token.ticket_id) != code:
        raise Problem("token_foreign")


def token_forged() -> Problem:
    return Problem("token_forged", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
