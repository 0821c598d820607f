"""Writes what is not for one person: a message to a group, a notice to a system."""

from typing import Any

import orjson

from services.notify.channels.webhook import Notice
from services.notify.channels.wecom import GroupMessage
from services.notify.domain.turns import Bundle, Due
from services.notify.domain.whom import SEATED, Purpose
from services.notify.writing import sentences, texts
from services.notify.writing.stationery import Stationery, event_of
from services.notify.writing.texts import Telling, speaker_for
from shared.contracts.ticket import Seat, Ticket
from shared.contracts.vocabulary import Visibility


def message_to_group(bundle: Bundle[Due], stationery: Stationery, language: str) -> GroupMessage:
    """What a group reads: no full words, no personal link; those who must act are called by their WeCom ids."""
    say = speaker_for(language)
    due = bundle.first
    if due.purpose is Purpose.DIGEST:
        tellings = texts.newest(
            Telling(event_of(each), each.purpose, stationery.town, say, in_group=True) for each in bundle.dues
        )
        entries = tuple(f"{texts.title(each)} {each.ticket.code}" for each in tellings)
        return GroupMessage(texts.digest_head(len(entries), say), entries, "", None)
    telling = Telling(event_of(due), due.purpose, stationery.town, say, in_group=True)
    people = (stationery.town.person(code) for code in due.mentions)
    return GroupMessage(
        head=texts.subject(telling),
        lines=tuple(sentences.lines(telling)),
        link_text=say("Open the ticket"),
        link=None if due.purpose is Purpose.REPLACED else stationery.public_link(telling.ticket),
        mentions=tuple(person.wecom_userid for person in people if person and person.wecom_userid),
    )


def notice_to_system(bundle: Bundle[Due], stationery: Stationery, at: int) -> Notice:
    """A CloudEvent with what the role is told. The same body in every try; ``at`` is for the signature alone."""
    due = bundle.first
    event = event_of(due)
    body = {
        "specversion": "1.0",
        "id": str(bundle.id),
        "source": "loumen/notify",
        "type": f"loumen.notice.{event.name}.v1",
        "time": event.at.isoformat(),
        "subject": str(event.ticket.id),
        "datacontenttype": "application/json",
        "data": {
            "purpose": due.purpose.value,
            "role": due.delivery.role,
            "ticket": _public(event.ticket, seated=due.purpose in SEATED),
            "link": stationery.public_link(event.ticket),
        },
    }
    return Notice(bundle.id, orjson.dumps(body), at)


def _public(ticket: Ticket, *, seated: bool) -> dict[str, Any]:
    """The ticket without its reporter, and without the words where they are not for those only informed."""
    fields = {"code", "status", "level", "place", "category", "kind", "urgency", "photos", "opened_at"}
    fields |= {"accept_by", "resolve_by", "provisional", "overdue", "escalations", "resolved_at", "closed_at"}
    shown = ticket.model_dump(mode="json", include=fields)
    words = seated or ticket.visibility in (Visibility.FULL, Visibility.TEXT)
    if not words:
        shown |= {"photos": []}
    return shown | {
        "title": ticket.title.text if ticket.title and words else None,
        "description": ticket.description.text if words else None,
        "location_note": ticket.location_note.text if ticket.location_note and seated else None,
        "owner": _seat(ticket.owner),
        "handler": _seat(ticket.handler),
    }


def _seat(seat: Seat | None) -> dict[str, Any] | None:
    return seat.model_dump(mode="json", include={"post", "role", "name", "due_by"}) if seat else None
