"""A small town for tests: one subdistrict, one community, a compound with a property manager and one without."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from fractions import Fraction
from uuid import UUID, uuid4

from shared.contracts.commands import SubmitTicket
from shared.contracts.directory import (
    Calendar,
    Category,
    Directory,
    Holidays,
    Level,
    Limit,
    Person,
    Place,
    Policy,
    Post,
    Role,
    Rule,
    Rung,
    Shift,
)
from shared.contracts.vocabulary import Kind, Source, Unit, Urgency, Visibility
from shared.directory import Town, post_code

MONDAY_10 = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""Monday 2 March 2026, 10:00 in Shanghai: an ordinary working day."""

LEVELS = {
    "unit": ("楼门", "unit"),
    "building": ("楼栋", "building"),
    "compound": ("小区", "compound"),
    "community": ("社区", "community"),
    "subdistrict": ("街道", "subdistrict"),
}
PLACES = {
    "S": (None, "subdistrict", "清源街道"),
    "C": ("S", "community", "丽园社区"),
    "K": ("C", "compound", "丽园小区"),
    "B": ("K", "building", "1号楼"),
    "U": ("B", "unit", "1单元"),
    "L": ("C", "compound", "三无小区"),
    "N": ("L", "building", "2号楼"),
    "V": ("N", "unit", "1单元"),
}
ROLES = {
    "unit_head": ("楼门长", "unit head"),
    "grid_worker": ("网格员", "grid worker"),
    "property_manager": ("物业", "property manager"),
    "community_worker": ("社工", "social worker"),
    "community_officer": ("社区", "community officer"),
    "subdistrict_officer": ("街道", "subdistrict officer"),
    "urban_management": ("城管", "urban management"),
}
POSTS = {
    ("unit_head", "U"): "evenings",
    ("unit_head", "V"): "evenings",
    ("property_manager", "K"): "always",
    ("grid_worker", "C"): "office",
    ("community_worker", "C"): "office",
    ("community_officer", "C"): "office",
    ("subdistrict_officer", "S"): "office",
    ("urban_management", "S"): "office",
}
ABOVE = {"community": ("community_officer",), "subdistrict": ("subdistrict_officer",)}


def a_rule(matter: str, *unit_owners: str, start: str | None = None, **more: object) -> Rule:
    owners = {"unit": unit_owners} if unit_owners else {}
    return Rule(
        matter=matter,
        name=matter,
        name_en=matter,
        start=start,
        owners={**owners, **ABOVE},
        visibility=Visibility.TEXT,
        **more,
    )


def a_policy() -> Policy:
    rules = (
        a_rule("facilities", "property_manager", in_digest={"unit": ("unit_head",)}),
        a_rule("order", "grid_worker", in_digest={"unit": ("unit_head",)}),
        a_rule("neighbours", "unit_head", also_told={"unit": ("grid_worker",)}),
        a_rule("conduct", start="community"),
    )
    return Policy(
        name="beijing-2020",
        version="1",
        ladder=(
            Rung(level="unit", share=Fraction(1, 6)),
            Rung(level="community", share=Fraction(1, 2)),
            Rung(level="subdistrict", share=Fraction(1, 3)),
        ),
        budgets={
            Urgency.DANGER: Limit(amount=120, unit=Unit.MINUTES),
            Urgency.URGENT: Limit(amount=1440, unit=Unit.MINUTES),
            Urgency.ORDINARY: Limit(amount=7, unit=Unit.CALENDAR_DAYS),
            Urgency.HARD: Limit(amount=15, unit=Unit.CALENDAR_DAYS),
        },
        accept_share=Fraction(1, 6),
        accept_at_least_minutes=15,
        volunteer_accept_at_least_minutes=240,
        handler_share=Fraction(1, 2),
        hand_back_within=Limit(amount=1, unit=Unit.WORKING_DAYS),
        hand_backs_at_most=3,
        confirm_within=Limit(amount=72 * 60, unit=Unit.MINUTES),
        reopen_within=Limit(amount=10, unit=Unit.CALENDAR_DAYS),
        proxies=("unit_head", "grid_worker", "community_worker", "community_officer"),
        rules={rule.matter: rule for rule in rules},
    )


def a_calendar(code: str, days: range, *shifts: tuple[time, time], holidays: bool) -> Calendar:
    open_hours = tuple(Shift(opens=opens, closes=closes) for opens, closes in shifts)
    return Calendar(code=code, name=code, weekdays=dict.fromkeys(days, open_hours), holidays=holidays)


CALENDARS = (
    a_calendar("always", range(1, 8), (time(0), time(0)), holidays=False),
    a_calendar("evenings", range(1, 8), (time(8), time(21)), holidays=False),
    a_calendar("office", range(1, 6), (time(9), time(12)), (time(13), time(18)), holidays=True),
)
HOLIDAYS = Holidays(
    first_year=2026,
    last_year=2026,
    rest_days=frozenset({date(2026, 4, 6), *(date(2026, 10, day) for day in range(1, 8))}),
    work_days=frozenset({date(2026, 10, 10)}),
)
CATEGORIES = {
    "lighting": ("facilities", Urgency.ORDINARY),
    "ebike": ("order", Urgency.ORDINARY),
    "leak": ("neighbours", Urgency.ORDINARY),
    "conduct": ("conduct", Urgency.ORDINARY),
    "lift": ("facilities", Urgency.URGENT),
    "other": ("order", Urgency.ORDINARY),
}


def a_directory(version: int = 1, vacant: frozenset[str] = frozenset()) -> Directory:
    """The town's directory; the posts (codes) in ``vacant`` are held by nobody."""
    posts = []
    for (role, place), calendar in POSTS.items():
        code = post_code(place, role)
        person = None if code in vacant else f"p-{place}-{role}"
        posts.append(Post(code=code, role=role, place=place, person=person, calendar=calendar))
    return Directory(
        version=version,
        levels=tuple(
            Level(code=code, name=zh, name_en=en, own_name=code not in ("unit", "building"))
            for code, (zh, en) in LEVELS.items()
        ),
        places=tuple(
            Place(code=code, parent=parent, level=level, name=name, door_code=f"D-{code}" if level == "unit" else None)
            for code, (parent, level, name) in PLACES.items()
        ),
        roles=tuple(
            Role(code=code, name=zh, name_en=en, volunteer=code == "unit_head") for code, (zh, en) in ROLES.items()
        ),
        people=tuple(
            Person(code=f"p-{place}-{role}", name=f"{place}-{role}", email=f"{place}.{role}@loumen.example".lower())
            for role, place in POSTS
        ),
        posts=tuple(posts),
        categories=tuple(
            Category(code=code, name=code, name_en=code, matter=matter, urgency=urgency)
            for code, (matter, urgency) in CATEGORIES.items()
        ),
        policy=a_policy(),
        calendars=CALENDARS,
        holidays=HOLIDAYS,
    )


def a_town(**differences: object) -> Town:
    return Town(a_directory(**differences))  # type: ignore[arg-type]


def a_submission(**differences: object) -> SubmitTicket:
    """A lamp that does not work, reported at the door with a property manager on Monday at 10:00."""
    fields: Mapping[str, object] = {
        "ticket_id": uuid4(),
        "door_code": "D-U",
        "description": "楼道灯不亮",
        "kind": Kind.HELP,
        "category": "lighting",
        "urgency": None,
        "title": None,
        "location_note": None,
        "anonymous": False,
        "reporter_ref": None,
        "photos": (),
        "source": Source.QR,
        "external_ref": None,
        "about_role": None,
        "submitted_at": MONDAY_10,
    }
    return SubmitTicket.model_validate({**fields, **differences})


ACTION = UUID("00000000-0000-8000-8000-000000000001")
