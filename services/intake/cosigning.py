"""A household co-signs: one voice each, whatever way its flat is written."""

import re
import unicodedata
from uuid import UUID, uuid5

from structlog.contextvars import bind_contextvars

from services.intake.acting import by_tracking, carry_out
from services.intake.following import read_token, stands_for
from services.intake.problems import SENTENCES, FieldError, Problem
from services.intake.shapes.actions import ActionDetails
from services.intake.shapes.tickets import Links, ReporterData
from services.intake.shapes.voices import NewVoice, VoiceReceipt
from services.intake.state import State
from services.intake.visibility import Audience, view_for, words_are_public
from shared import ids
from shared.contracts.commands import By, RecordReporter
from shared.contracts.queries import TicketRecord
from shared.contracts.ticket import Ticket, Voice
from shared.contracts.trail import Origin, Via
from shared.contracts.vocabulary import Action, Part, Visibility
from shared.directory import Town
from shared.i18n import Speaker

_STAIRCASE = re.compile(r"^.*(?:单元|單元|号楼|號樓|栋|棟|幢|座)")
_MARKS = re.compile(r"[\W_]+")


def plain_flat(written: str) -> str:
    """502, ５０２室, 1单元502 and 5-02 are the same flat; empty where nothing is left."""
    plain = unicodedata.normalize("NFKC", written).casefold()
    return _MARKS.sub("", _STAIRCASE.sub("", plain)).rstrip("室号號户戶房")


def is_near(place: str, ticket: Ticket, town: Town) -> bool:
    """Whether a place and the ticket's have more in common than the top of the tree (the community, as a rule)."""
    path = [item.code for item in ticket.place.path]
    return bool({each.code for each in town.chain(place)} & set(path[1:] or path))


async def cosign(
    here: State, written_code: str, new: NewVoice, say: Speaker, tracking_token: str | None = None
) -> VoiceReceipt:
    """The voice first, then the personal data: what was refused leaves none behind. Raises ``Problem``.

    ``tracking_token``: of whoever has a part in it already, and is refused for that.
    """
    code, town = ids.normalize_code(written_code), here.town()
    if code is None:
        raise Problem("mistyped_code")
    by = By(resident=Part.NEIGHBOUR) if tracking_token is None else await _party(here, tracking_token, code)
    record = await here.desk.ticket(code=code)
    if record is None or record.ticket.visibility is Visibility.HIDDEN:
        raise Problem("unknown_ticket")
    if not words_are_public(record.ticket):
        raise Problem("not_shared")
    place, flat, known = town.door(new.door_code), plain_flat(new.household), record.ticket
    bind_contextvars(ticket=str(known.id))
    wrong = {"door_code": "" if place else "no_door", "household": "" if flat else "no_flat"}
    if errors := [FieldError(field=name, detail=say(SENTENCES[what])) for name, what in wrong.items() if what]:
        raise Problem("invalid", errors=errors)
    assert place is not None
    if not is_near(place.code, known, town):
        raise Problem("far_door")
    household = ids.household_digest(here.secret, place.code, flat)
    token = ids.TrackingToken(ticket_id=known.id, door_code=new.door_code, household=household)
    voice = Voice(household=household, place=place.code, ref=token.ref)
    asked = ActionDetails(action_id=_action_id(new, household))
    ticket = await carry_out(here, known.id, by, Action.COSIGN, asked, Origin(via=Via.TRACKING), say, voice)
    await here.sender.record(_person(new, known.id, token.ref, say.language), here.settings.clock.now())
    signed, view = ids.sign_tracking(here.secret, token), view_for(Audience.COSIGNER, _alone(ticket), here.show)
    base = here.settings.base_url
    links = Links(self=f"{base}/api/v1/tickets/{code}", page=f"{base}/t/{code}?token={signed}")
    return VoiceReceipt(code=code, tracking_token=signed, ticket=view, links=links)


async def _party(here: State, tracking_token: str, code: str) -> By:
    token = read_token(here, tracking_token)
    return by_tracking(token, (await stands_for(here, token, code)).ticket)


def _action_id(new: NewVoice, household: str) -> UUID | None:
    """A repeat is the same household's alone: else whoever co-signed once would get the token of another that has."""
    return uuid5(new.action_id, household) if new.action_id else None


def _alone(ticket: Ticket) -> TicketRecord:
    return TicketRecord(ticket=ticket, timeline=())


def _person(new: NewVoice, ticket_id: UUID, ref: UUID, language: str) -> RecordReporter:
    person = new.reporter or ReporterData()
    return RecordReporter(
        reporter_ref=ref,
        ticket_id=ticket_id,
        name=person.name,
        phone=person.phone,
        email=person.email,
        language=language,
        title=None,
        description="",
        location_note=None,
        household=new.household,
    )
