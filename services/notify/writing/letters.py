"""Writes letters: e-mail to who must act, to who is informed, to the reporter."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.notify.channels import GiveUp, Needless
from services.notify.channels.email import Letter
from services.notify.domain.turns import Bundle, Due
from services.notify.domain.whom import SEATED, Purpose
from services.notify.writing import sentences, texts
from services.notify.writing.stationery import Stationery, event_of
from services.notify.writing.texts import Telling, speaker_for
from shared.contracts.queries import Reporter
from shared.contracts.ticket import Ticket
from shared.i18n import Speaker

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)


def letter_to_staff(bundle: Bundle[Due], stationery: Stationery) -> Letter:
    """To a person with a post. Raises ``GiveUp`` where the directory has no address for the person any more."""
    person = stationery.town.person(bundle.first.person or "")
    if person is None or person.email is None:
        raise GiveUp("the directory has no address any more")
    say = speaker_for(person.language)
    write = _digest if bundle.first.purpose is Purpose.DIGEST else _letter
    return write(bundle, stationery, say, person.name, person.email)


def letter_to_reporter(bundle: Bundle[Due], stationery: Stationery, reporter: Reporter | None) -> Letter:
    """Raises ``Needless`` where the reporter left no address, or has been erased."""
    if reporter is None or not reporter.email:
        raise Needless("the reporter has no address")
    return _letter(bundle, stationery, speaker_for(reporter.language), reporter.name or "", reporter.email)


def _letter(bundle: Bundle[Due], stationery: Stationery, say: Speaker, name: str, address: str) -> Letter:
    due = bundle.first
    telling = Telling(event_of(due), due.purpose, stationery.town, say)
    ticket = telling.ticket
    words = ticket.description.text if due.purpose in SEATED else None
    link, link_text, button = _link(due, ticket, stationery, say)
    values = {
        "greeting": _greeting(name, say),
        "headline": texts.what(telling) if ticket.title or not words else texts.category(telling),
        "place": say("Place: {place}", place=texts.where(telling)),
        "exactly": sentences.exactly(telling),
        "words": words,
        "lines": sentences.lines(telling),
        "link_text": link_text,
        "link": link,
        "button": button,
        "code": say("Code {code}", code=ticket.code),
    }
    return _mail(bundle, stationery, say, (name, address), texts.subject(telling), "letter", values)


def _link(due: Due, ticket: Ticket, stationery: Stationery, say: Speaker) -> tuple[str | None, str, str]:
    if due.purpose in (Purpose.REPLACED, Purpose.RELEASED):
        return None, "", ""
    if due.purpose is Purpose.SUMMONED:
        text = say("Say here when you have arrived (this link is yours alone, please do not pass it on):")
        return stationery.action_link(due), text, say("Open the ticket")
    if due.purpose in SEATED:
        text = say("Accept, settle or hand back here (this link is yours alone, please do not pass it on):")
        return stationery.action_link(due), text, say("Open the ticket")
    if due.purpose in (Purpose.REPORTER, Purpose.ALSO_REPORTED):
        text = say("See how it is going here (this link is yours alone, please do not pass it on):")
        return stationery.tracking_link(due, ticket), text, say("See my issue")
    if due.purpose is Purpose.COSIGNER:
        text = say("See how it is going here (this link is yours alone, please do not pass it on):")
        return stationery.tracking_link(due, ticket), text, say("Open the ticket")
    return stationery.public_link(ticket), say("See it here:"), say("Open the ticket")


def _digest(bundle: Bundle[Due], stationery: Stationery, say: Speaker, name: str, address: str) -> Letter:
    entries = [
        _entry(telling, stationery)
        for telling in texts.newest(Telling(event_of(due), due.purpose, stationery.town, say) for due in bundle.dues)
    ]
    headline = texts.digest_head(len(entries), say)
    values = {
        "greeting": _greeting(name, say),
        "headline": headline,
        "entries": entries,
        "button": say("Open the ticket"),
    }
    return _mail(bundle, stationery, say, (name, address), headline, "digest", values)


def _entry(telling: Telling, stationery: Stationery) -> dict[str, Any]:
    return {
        "title": texts.title(telling),
        "lines": sentences.lines(telling),
        "link": stationery.public_link(telling.ticket),
    }


def _greeting(name: str, say: Speaker) -> str:
    return say("Hello {name},", name=texts.in_script(texts.clean(name), say)) if name else say("Hello,")


def _mail(
    bundle: Bundle[Due],
    stationery: Stationery,
    say: Speaker,
    to: tuple[str, str],
    subject: str,
    template: str,
    values: dict[str, Any],
) -> Letter:
    values = values | {"language": say.language}
    return Letter(
        id=bundle.id,
        to=to[1],
        to_name=texts.clean(to[0]),
        subject=subject,
        text=TEMPLATES.get_template(f"{template}.txt").render(values),
        html=TEMPLATES.get_template(f"{template}.html").render(values),
        language=say.language,
        thread=bundle.first.delivery.ticket_id,
        at=stationery.now,
    )
