"""The directory as it travels: places, roles, people, posts, categories, policy, calendars, holidays.

Records owns it; the other services hold an immutable copy of one version. ``shared/directory.py`` has the look-ups.
"""

from datetime import date, time
from fractions import Fraction
from typing import Annotated

from pydantic import Field, PlainSerializer

from shared.contracts.base import Frozen, Message, register
from shared.contracts.vocabulary import Raised, Unit, Urgency, Visibility

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$", max_length=100)]
Share = Annotated[Fraction, Field(ge=0, le=1), PlainSerializer(str, return_type=str)]

Days = Annotated[frozenset[date], PlainSerializer(sorted, return_type=list[date])]


class Place(Frozen):
    """A node of the place tree. Only doors (what a QR code hangs on) have a ``door_code``."""

    code: Code
    parent: Code | None
    level: Code
    name: str
    door_code: Code | None = None
    group_link: str | None = None


class Level(Frozen):
    """A level of the place tree, with its words; the order in the directory is from the bottom up.

    ``own_name``: people call its places by their names alone (丽园小区). A place of any other level (2单元) says
    nothing without the name of the one above.
    """

    code: Code
    name: str
    name_en: str
    own_name: bool = False


class Role(Frozen):
    """What a post does. Volunteers are never asked within minutes, and told in their calendar's hours only."""

    code: Code
    name: str
    name_en: str
    volunteer: bool = False


class Person(Frozen):
    """Who holds posts, and how to reach them."""

    code: Code
    name: str
    email: str | None = None
    wecom_userid: str | None = None
    phone: str | None = None
    language: str = "zh-CN"


class Post(Frozen):
    """A role at a place. Vacant when nobody is named: no person, no deputy, nobody on its duty roster."""

    code: Code
    role: Code
    place: Code
    person: Code | None = None
    deputy: Code | None = None
    calendar: Code
    phone: str | None = None


class Duty(Frozen):
    """A line of a post's duty roster: who is on duty when, in the time of the post's calendar.

    ``week`` is an ISO week (2026-W48) and ``weekday`` 1 (Monday) to 7 (Sunday): every one where None. A shift that
    closes no later than it opens goes on past midnight; it is the day's on which it opens, 00:00 to 00:00 all of it.
    """

    post: Code
    person: Code
    week: str | None = None
    weekday: Annotated[int, Field(ge=1, le=7)] | None = None
    opens: time = time.min
    closes: time = time.min


class Absence(Frozen):
    """Days on which a person answers for no post, the first and the last among them."""

    person: Code
    first_day: date
    last_day: date


class Limit(Frozen):
    """An amount of time in one of the four units."""

    amount: int = Field(gt=0)
    unit: Unit


class Category(Frozen):
    """A leaf, or a group (``matter`` None), of the house taxonomy.

    ``code_system`` and ``external_code`` map it to a code of another system. ``policy`` is the preset that its tickets
    go by, the directory's own policy where None; ``budgets`` are the category's own, instead of that policy's.
    ``about``: the roles of which one is complained of; where there are several, it must be said which.
    """

    code: Code
    name: str
    name_en: str
    parent: Code | None = None
    hint: str = ""
    matter: Code | None = None
    urgency: Urgency = Urgency.ORDINARY
    code_system: str | None = None
    external_code: str | None = None
    policy: str | None = None
    budgets: dict[Urgency, Limit] = {}
    about: tuple[Code, ...] = ()


class Rung(Frozen):
    """A level of the ladder and the part of the whole budget that is its own."""

    level: Code
    share: Share


class Rule(Frozen):
    """One matter (the preset's table): who owns it, who is told besides, what the public sees.

    All by rung. ``owners`` lists roles: the first that has somebody in its post owns. ``also_told`` are told at once,
    ``in_digest`` in the day's digest. ``start`` is the rung where such matters start, the lowest where None.
    The matter ``danger``, where there is one, is that of every ticket so urgent.
    """

    matter: Code
    name: str
    name_en: str
    start: Code | None = None
    owners: dict[Code, tuple[Code, ...]]
    also_told: dict[Code, tuple[Code, ...]] = {}
    in_digest: dict[Code, tuple[Code, ...]] = {}
    visibility: Visibility


class Policy(Frozen):
    """Limits and owners. Every number here is an assumption of the preset named, not a norm; ``source`` says whence.

    ``cosign_threshold``: so many confirmed households raise a ticket one level, or one band of urgency
    (``cosign_raises``). ``transfers_at_most`` is a ticket's,
    ``suspend_at_most`` and ``deliberate_at_most`` are how far off a review date may be. ``proxies`` are the roles that
    file for a neighbour and on patrol (the unit head and the community's, never whom the work is given to). A preset
    besides the directory's own policy has that one's name as ``base``; ``inherited`` names what it does not say itself
    and has from there.
    """

    name: str
    version: str
    source: str = ""
    base: str | None = None
    inherited: tuple[str, ...] = ()
    ladder: tuple[Rung, ...]
    budgets: dict[Urgency, Limit]
    accept_share: Share
    accept_at_least_minutes: int = Field(gt=0)
    volunteer_accept_at_least_minutes: int = Field(gt=0)
    handler_share: Share
    hand_back_within: Limit
    hand_backs_at_most: int = Field(ge=0)
    confirm_within: Limit
    reopen_within: Limit
    rules: dict[Code, Rule]
    cosign_threshold: int = Field(5, gt=0)
    cosign_raises: Raised = Raised.LEVEL
    transfers_at_most: int = Field(2, ge=0)
    suspend_at_most: Limit = Limit(amount=90, unit=Unit.CALENDAR_DAYS)
    deliberate_at_most: Limit = Limit(amount=30, unit=Unit.CALENDAR_DAYS)
    proxies: tuple[Code, ...] = ()

    def has_judge(self, rule: Rule, role: str) -> bool:
        """Whether a complaint about a role has somebody else to go to at the top of the ladder."""
        return set(rule.owners.get(self.ladder[-1].level, ())) != {role}


class Shift(Frozen):
    """Open hours within a day, ``opens`` ≤ t < ``closes``; midnight at the end of the day is 00:00."""

    opens: time
    closes: time


class Calendar(Frozen):
    """When a post works. ``weekdays``: shifts by ISO weekday (1 Monday … 7 Sunday).

    With ``holidays`` it rests on public holidays and works on make-up days (调休, by Monday's shifts).
    """

    code: Code
    name: str
    zone: str = "Asia/Shanghai"
    weekdays: dict[int, tuple[Shift, ...]]
    holidays: bool = True


class Holidays(Frozen):
    """Public holidays and make-up work days, known for whole years.

    Beyond them plain weekdays count, and a deadline is provisional.
    """

    first_year: int
    last_year: int
    rest_days: Days
    work_days: Days


class Directory(Frozen):
    """One version of everything above. ``version`` grows by one with each load that changed something."""

    version: int
    levels: tuple[Level, ...]
    places: tuple[Place, ...]
    roles: tuple[Role, ...]
    people: tuple[Person, ...]
    posts: tuple[Post, ...]
    categories: tuple[Category, ...]
    policy: Policy
    calendars: tuple[Calendar, ...]
    holidays: Holidays
    duties: tuple[Duty, ...] = ()
    absences: tuple[Absence, ...] = ()
    presets: tuple[Policy, ...] = ()


@register
class DirectoryChanged(Message):
    """Records has taken in a new version of the directory; the whole of it is here."""

    TYPE = "directory.changed"

    directory: Directory
