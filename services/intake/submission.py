"""From a resident's request to what intake says: the derived id, the masked command, the personal data apart. Pure."""

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.masking import mask, mask_optional
from services.intake.shapes.tickets import Links, NewTicket, Receipt, ReporterData
from shared import ids
from shared.contracts.commands import RecordReporter, SubmitTicket
from shared.contracts.directory import Category, Post
from shared.contracts.ticket import Actor, PlaceRef
from shared.contracts.vocabulary import Source, Status
from shared.directory import Town

STAFF_SOURCES = frozenset({Source.VISIT, Source.PATROL, Source.HOTLINE, Source.SYSTEM})
"""What nobody can claim who has no account."""


@dataclass(frozen=True)
class Wrong:
    """A field that does not fit the directory; ``detail`` is an English sentence to translate, with ``values``."""

    field: str
    detail: str
    values: dict[str, str] = dataclasses.field(default_factory=dict)


NO_DOOR = Wrong("door_code", "There is no door with this code.")
NO_PLACE = Wrong("place", "There is no place with this code.")
NO_POST = Wrong("post", "There is no post with this code.")
BACKWARDS = Wrong("until", "Must not be before the first day.")
NO_CATEGORY = Wrong("category", "There is no category with this code.")


def check(new: NewTicket, town: Town) -> list[Wrong]:
    """What the directory in force does not know."""
    return [*([] if town.door(new.door_code) else [NO_DOOR]), *check_matter(new, town)]


def check_matter(new: NewTicket, town: Town) -> list[Wrong]:
    """The same, wherever it is."""
    wrong = []
    category = town.category(new.category)
    if category is None:
        wrong.append(NO_CATEGORY)
    if new.about_role is not None and town.role(new.about_role) is None:
        wrong.append(Wrong("about_role", "There is no role with this code."))
    elif category and new.about_role and not town.has_judge(category.code, new.about_role):
        wrong.append(Wrong("about_role", "There is nobody here above them: please call 12345."))
    elif category and category.about and _unclear(new.about_role, category):
        roles = {"roles": ", ".join(category.about)}
        wrong.append(Wrong("about_role", "Say whom it is about, so that it is kept from them; one of: {roles}.", roles))
    return wrong


def check_codes(
    town: Town, *, place: str | None = None, category: str | None = None, post: str | None = None
) -> list[Wrong]:
    """What the directory does not know of what somebody looks for; None: nothing of the kind is looked for."""
    asked = ((place, town.place, NO_PLACE), (category, town.category, NO_CATEGORY), (post, town.post, NO_POST))
    return [wrong for code, find, wrong in asked if code is not None and find(code) is None]


def _unclear(about_role: str | None, category: Category) -> bool:
    """Whether a complaint leaves open whom it must be kept from, or names another than its category."""
    return len(category.about) > 1 if about_role is None else about_role not in category.about


def check_filing(new: NewTicket) -> list[Wrong]:
    """What does not go together of who files, for whom, and how it reached us."""
    if new.source is Source.PATROL and (new.on_behalf or named(new.reporter)):
        return [Wrong("reporter", "A patrol report has no reporter.")]
    if new.source is Source.VISIT and new.on_behalf is None:
        return [Wrong("on_behalf", "Whose consent was given must be said.")]
    if new.on_behalf and not new.on_behalf.consent:
        return [Wrong("on_behalf.consent", "Without the neighbour's consent nothing can be filed for them.")]
    if new.on_behalf and new.source not in (Source.VISIT, Source.WEB):
        return [Wrong("source", "Filed for a neighbour is filed on a visit.")]
    return []


def by_staff(new: NewTicket) -> bool:
    """Whether only somebody with an account can have filed it so."""
    return new.on_behalf is not None or new.source in STAFF_SOURCES


def filer(new: NewTicket, place: str, posts: Collection[Post], town: Town) -> Actor | None:
    """The nearest of the posts that are at the place or above it: for which one files there. For a neighbour and on
    patrol only a role that the policy names (``proxies``): whoever files has the reporter's token, and so it is nobody
    whose work that reporter is to judge."""
    in_person = new.on_behalf is not None or new.source in (Source.VISIT, Source.PATROL)
    proxies = town.policy_for(new.category).proxies
    held = {post.place: post for post in reversed(tuple(posts)) if not in_person or post.role in proxies}
    post = next((held[each.code] for each in town.chain(place) if each.code in held), None)
    return Actor(post=post.code, role=post.role) if post else None


def derive_id(secret: bytes, key: str | None, new: NewTicket) -> UUID:
    """The ticket's id. Two bodies are the same when they say the same: spacing, the order of fields and defaults
    written out make no difference, nor does a field that a later version adds."""
    canonical = new.model_dump_json(exclude_defaults=True).encode()
    return ids.ticket_id(secret, key, new.door_code, canonical)


def commands(
    new: NewTicket, ticket_id: UUID, submitted_at: datetime, language: str, filed_by: Actor | None = None
) -> tuple[RecordReporter | None, SubmitTicket]:
    """The personal data (None where there is none), and the ticket without it. A repeat makes the same references."""
    title, description, note = mask_optional(new.title), mask(new.description), mask_optional(new.location_note)
    hidden = (title, description, note) != (new.title, new.description, new.location_note)
    reporter = None
    if hidden or named(new.reporter) or new.on_behalf:
        reporter = _reporter(new, ticket_id, language, submitted_at if new.on_behalf else None)
    submit = SubmitTicket(
        ticket_id=ticket_id,
        door_code=new.door_code,
        description=description,
        kind=new.kind,
        category=new.category,
        urgency=new.urgency,
        title=title,
        location_note=note,
        anonymous=new.anonymous,
        reporter_ref=reporter.reporter_ref if reporter else None,
        photos=tuple(dict.fromkeys(new.photos)),
        source=Source.VISIT if new.on_behalf else new.source,
        external_ref=new.external_ref,
        about_role=new.about_role,
        submitted_at=submitted_at,
        filed_by=filed_by,
    )
    return reporter, submit


def named(person: ReporterData | None) -> bool:
    return person is not None and any((person.name, person.phone, person.email))


def _reporter(new: NewTicket, ticket_id: UUID, language: str, consented_at: datetime | None) -> RecordReporter:
    person = new.reporter
    return RecordReporter(
        reporter_ref=ids.resident_ref(ticket_id, None),
        ticket_id=ticket_id,
        name=person.name if person else None,
        phone=person.phone if person else None,
        email=person.email if person else None,
        language=language,
        title=new.title,
        description=new.description,
        location_note=new.location_note,
        consented_at=consented_at,
    )


def receipt(secret: bytes, base_url: str, ticket_id: UUID, door_code: str, place: PlaceRef) -> Receipt:
    """The answer to a submission. It is made of the id alone, so a repeat gets the same."""
    code = ids.ticket_code(ticket_id)
    token = ids.sign_tracking(secret, ids.TrackingToken(ticket_id=ticket_id, door_code=door_code))
    links = Links(self=f"{base_url}/api/v1/tickets/{code}", page=f"{base_url}/t/{code}?token={token}")
    return Receipt(id=ticket_id, code=code, tracking_token=token, status=Status.SUBMITTED, place=place, links=links)
