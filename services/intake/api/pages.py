"""Pages: behind an action link, and for following a ticket."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from services.intake import pages, uploads
from services.intake.acting import by_link, carry_out, from_link, read_link
from services.intake.following import follow
from services.intake.guard import Guarded
from services.intake.problems import SENTENCES, FieldError, Problem
from services.intake.shapes.actions import NewAction
from services.intake.shapes.words import MOST_PHOTOS
from services.intake.state import Here, Speaks, State
from services.intake.visibility import Audience, left_view, view_for
from shared.bus.asyncio import BrokerAway, CallFailed, CallTimedOut
from shared.contracts.queries import TicketRecord
from shared.contracts.vocabulary import Action, Detail, Refusal
from shared.i18n import DEFAULT, Speaker
from shared.ids import ActionToken

router = APIRouter(include_in_schema=False, route_class=Guarded)

ON_PAGE = frozenset({Detail.TEXT, Detail.PHOTOS, Detail.TO})
"""What this page can ask for: it has the actions that need no more."""


@router.get("/a/{action_token}")
async def show_offer(
    action_token: str, here: Here, say: Speaks, done: Action | None = None, refused: Refusal | None = None
) -> HTMLResponse:
    """The ticket at a glance, and what the link's holder may do. ``done`` and ``refused``: how the last action went."""
    token = read_link(here, action_token)
    offer = await here.desk.offer(token.ticket_id, by_link(token))
    if offer.ticket is None:
        raise Problem("unknown_ticket")
    record = await _record_if_possible(here, token)
    known = TicketRecord(ticket=offer.ticket, timeline=record.timeline if record else ())
    view = left_view(known, here.show) if offer.refused else view_for(Audience.AT_WORK, known, here.show)
    return pages.render(
        "action.html",
        say,
        ticket=view.model_copy(update={"duty_phone": here.duty_phone(offer.ticket)}),
        names=pages.Names(here.snapshot.current, say),
        recorded=record is not None,
        offer=offer,
        forms=(forms := [form for form in offer.open if ON_PAGE.issuperset(form.needs)]),
        action_ids={form.action: uuid4() for form in forms},
        done=done,
        refused=refused or (offer.refused if done is None else None),
        path=f"/a/{action_token}",
    )


@router.post("/a/{action_token}")
async def act_by_form(action_token: str, request: Request, here: Here, say: Speaks) -> RedirectResponse:
    """The page's own form: carries it out and goes back to the page, which says how it went.

    Read by hand, so that a body is read for a link of ours alone.
    """
    token = read_link(here, action_token)
    asked = await _read_form(request, here, say)
    try:
        origin = from_link(token, request)
        await carry_out(here, token.ticket_id, by_link(token), asked.action, asked, origin, say)
        outcome = f"done={asked.action}"
    except Problem as problem:
        if problem.code not in ("refused", "not_your_part"):
            raise
        outcome = f"refused={problem.members['reason']}"
    language = "" if say.language == DEFAULT else f"&lang={say.language}"
    return RedirectResponse(f"/a/{action_token}?{outcome}{language}", 303, {"Cache-Control": "no-store"})


@router.get("/t/{code}")
async def show_ticket(
    code: str, here: Here, say: Speaks, token: Annotated[str | None, Query(max_length=500)] = None
) -> HTMLResponse:
    """What anybody may see of a ticket, or all of it with the receipt's token."""
    ticket = await follow(here, code, token)
    return pages.render(
        "ticket.html",
        say,
        ticket=ticket,
        names=pages.Names(here.snapshot.current, say),
        recorded=ticket.version > 0,
        mine=token is not None,
        path=f"/t/{code}",
        token=token,
    )


async def _read_form(request: Request, here: State, say: Speaker) -> NewAction:
    """A field left empty says nothing; a photo that cannot be taken in ends it before anything is done."""
    async with request.form() as form:
        words = {name: value for name, value in form.items() if isinstance(value, str) and value}
        files = [each for each in form.getlist("photos") if isinstance(each, UploadFile) and each.filename]
        try:
            asked = NewAction.model_validate(words)
        except ValidationError as error:
            found = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
            raise RequestValidationError(found) from None
        if len(files) > MOST_PHOTOS:
            detail = say(SENTENCES["too_long"], max_length=MOST_PHOTOS)
            raise Problem("invalid", errors=[FieldError(field="photos", detail=detail)])
        photos = [(await uploads.take_in(here, each, f"photos.{at}", say)).id for at, each in enumerate(files)]
    return asked.model_copy(update={"photos": photos})


async def _record_if_possible(here: State, token: ActionToken) -> TicketRecord | None:
    """The story so far. Acting must not wait for records: without it the page says that it is missing."""
    try:
        return await here.desk.ticket(ticket_id=token.ticket_id)
    except (BrokerAway, CallTimedOut, CallFailed):
        return None
