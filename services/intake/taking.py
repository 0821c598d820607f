"""Taking orders of the hotline: each by itself, each once."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import structlog
from pydantic import ValidationError

from services.intake import orders
from services.intake.masking import mask
from services.intake.orders import Fitting
from services.intake.problems import FieldError, Problem, from_validation
from services.intake.shapes.hotline import HotlineOrder, NewOrders, OrderError, OrderResult, OrderResults, Outcome
from services.intake.state import State
from services.intake.submission import Wrong
from shared.bus.asyncio import BrokerAway, CallTimedOut, NotNow
from shared.contracts.directory import Place
from shared.contracts.ticket import Ticket
from shared.contracts.trail import Deed, Origin, What
from shared.i18n import Speaker
from shared.ids import ticket_code

log = structlog.get_logger()

LONGEST_REF = 200
SUBJECT = "hotline"
"""What the trail calls it."""


async def take(here: State, given: NewOrders, origin: Origin, say: Speaker) -> OrderResults:
    """What becomes of each. Those that can be taken are safe when this returns, as a resident's issue is (``Sender``);
    who handed them in is on the trail.

    Raises ``Problem`` (422) where the default place is not there, and ``SpoolFailed``: some may have been taken then.
    """
    default = _default_place(here, given, say)
    read = [_read(here, raw, default, say) for raw in given.orders]
    fitting = [each for each in read if isinstance(each, Fitting)]
    known = await _known(here, [each.ticket_id for each in fitting])
    fresh: dict[UUID, Fitting] = {}
    results = [
        _result(number, found, known or {}, fresh) if isinstance(found, Fitting) else _refused(number, raw, found)
        for number, (raw, found) in enumerate(zip(given.orders, read, strict=True), start=1)
    ]
    if not given.dry_run:
        await here.sender.note(_handed_in(results, origin))
        await _send(here, list(fresh.values()), say)
    return OrderResults(orders=tuple(results), dry_run=given.dry_run, asked=known is not None)


def _handed_in(results: Sequence[OrderResult], origin: Origin) -> Deed:
    outcomes = Counter(each.outcome.value for each in results)
    return Deed(
        id=uuid4(), at=datetime.now(UTC), what=What.IMPORTED, origin=origin, subject=SUBJECT, details=dict(outcomes)
    )


def _default_place(here: State, given: NewOrders, say: Speaker) -> Place | None:
    if given.default_place is None:
        return None
    place = here.town().place(given.default_place)
    if place is None:
        detail = say("There is no place with this code.")
        raise Problem("invalid", errors=[FieldError(field="default_place", detail=detail)])
    return place


def _read(here: State, raw: dict[str, Any], default: Place | None, say: Speaker) -> Fitting | tuple[OrderError, ...]:
    """An order as it fits the directory, or what is wrong with it."""
    try:
        order = HotlineOrder.model_validate(raw)
    except ValidationError as error:
        told = from_validation([{**each, "loc": ("order", *each["loc"])} for each in error.errors()], say)
        return tuple(OrderError(**each) for each in told.members["errors"])
    found = orders.fit(here.secret, order, here.town(), default)
    return found if isinstance(found, Fitting) else tuple(_told(each, say) for each in found)


def _told(wrong: Wrong, say: Speaker) -> OrderError:
    return OrderError(field=wrong.field, detail=say(wrong.detail, **wrong.values))


async def _known(here: State, ids: Sequence[UUID]) -> dict[UUID, Ticket] | None:
    """Those that are here already; None while records cannot be asked: routing knows a repeat as well."""
    try:
        return {ticket.id: ticket for ticket in await here.desk.known(ids)} if ids else {}
    except (BrokerAway, CallTimedOut, NotNow) as error:
        log.warning("nobody could be asked which orders are known", reason=type(error).__name__)
        return None


def _result(number: int, found: Fitting, known: dict[UUID, Ticket], fresh: dict[UUID, Fitting]) -> OrderResult:
    """``fresh``: those of this request that are to be sent. A further one with the same number is a repeat of it."""
    order, deadline, outcome = found.order, None, Outcome.KNOWN
    differs: tuple[str, ...] = ()
    if before := known.get(found.ticket_id):
        deadline = before.outer_limit
        differs = orders.differs(order, deadline, before.description.text)
    elif earlier := fresh.get(found.ticket_id):
        deadline = earlier.order.deadline
        differs = orders.differs(order, deadline, mask(earlier.order.description))
    else:
        outcome = Outcome.TAKEN
        fresh[found.ticket_id] = found
    return OrderResult(
        number=number,
        external_ref=order.external_ref,
        outcome=Outcome.CHANGED if differs else outcome,
        code=ticket_code(found.ticket_id),
        place=found.place_name,
        deadline=deadline if "deadline" in differs else None,
        differs=differs,
    )


def _refused(number: int, raw: dict[str, Any], errors: tuple[OrderError, ...]) -> OrderResult:
    ref = raw.get("external_ref")
    shown = ref[:LONGEST_REF] if isinstance(ref, str) else None
    return OrderResult(number=number, external_ref=shown, outcome=Outcome.REFUSED, errors=errors)


async def _send(here: State, fresh: Sequence[Fitting], say: Speaker) -> None:
    now = here.settings.clock.now()
    sending = (here.sender.submit(*orders.commands(each, now, say.language)) for each in fresh)
    failed = [each for each in await asyncio.gather(*sending, return_exceptions=True) if isinstance(each, Exception)]
    if failed:
        raise failed[0]
    log.info("orders taken", count=len(fresh))
