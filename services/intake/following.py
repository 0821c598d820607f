"""Following a ticket: with the tracking token of its receipt, or as anybody who knows the code."""

from collections.abc import Sequence
from uuid import UUID

from structlog.contextvars import bind_contextvars

from services.intake.problems import RETRY_AFTER_SECONDS, Problem
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
    token = read_token(here, tracking_token)
    bind_contextvars(ticket=str(token.ticket_id))
    own = await _record(here, token.ticket_id)
    if own is None:
        check_code(token, code)
        town = here.town()
        place = town.door(token.door_code)
        return submitted_view(token.ticket_id, town.place_ref(place.code) if place else None)
    way = await way_on(here, own)
    record, last = _named(code, way), way[-1].ticket
    more = {
        "duty_phone": here.duty_phone(record.ticket),
        "merged_status": None if record.ticket is last or last.status is Status.MERGED else last.status,
    }
    return view_for(audience_of(token, record.ticket), record, here.show).model_copy(update=more)


async def stands_for(here: State, token: ids.TrackingToken, code: str) -> TicketRecord:
    """The ticket on which a resident acts by a token: what their own goes on as, once it was merged.

    Raises ``Problem``: 409 where nobody has recorded it yet (whoever has the token has had the receipt), 403 where the
    token is another ticket's.
    """
    own = await here.desk.ticket(ticket_id=token.ticket_id)
    if own is None:
        check_code(token, code)
        raise Problem("not_yet", headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
    way = await way_on(here, own)
    _named(code, way)
    return way[-1]


async def _record(here: State, ticket_id: UUID) -> TicketRecord | None:
    """None where records does not know the ticket, or is out of reach while the ticket still waits on our disk."""
    try:
        return await here.desk.ticket(ticket_id=ticket_id)
    except (BrokerAway, CallTimedOut, NotNow):
        if await here.spool.holds(ticket_id):
            return None
        raise


async def way_on(here: State, record: TicketRecord) -> list[TicketRecord]:
    """A ticket, that into which it was merged, that one's in turn: the last is the one that goes on, as far as it is
    recorded."""
    way: list[TicketRecord] = [record]
    while way[-1].ticket.status is Status.MERGED:
        into = await here.desk.ticket(ticket_id=way[-1].ticket.merged_into)
        if into is None:
            break
        way.append(into)
    return way


def _named(code: str, way: Sequence[TicketRecord]) -> TicketRecord:
    """The one of that code. Raises ``Problem`` (403) where it is none of them."""
    found = next((each for each in way if each.ticket.code == code), None)
    if found is None:
        raise Problem("token_foreign")
    return found


def audience_of(token: ids.TrackingToken, ticket: Ticket) -> Audience:
    """What another has reported they read as its neighbours do, though theirs was merged into it."""
    is_reporter = token.household is None and token.ticket_id == ticket.id
    return Audience.REPORTER if is_reporter else as_neighbour(ticket)


def read_token(here: State, text: str) -> ids.TrackingToken:
    """Raises ``Problem`` (401) for a token that we never made."""
    try:
        return ids.read_tracking(here.secret, text)
    except ids.InvalidToken:
        raise token_forged() from None


def check_code(token: ids.TrackingToken, code: str) -> None:
    """Raises ``Problem`` (403) where the token is another ticket's."""
    if ids.ticket_code(token.ticket_id) != code:
        raise Problem("token_foreign")


def token_forged() -> Problem:
    return Problem("token_forged", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
