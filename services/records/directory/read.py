"""The folder's files to one ``Directory``, or to everything that is wrong with them."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from services.records.directory.check import check
from services.records.directory.drafts import Draft, Table, list_in, make_table
from services.records.directory.parse import BYTE_ORDER_MARK, read_csv, read_yaml
from services.records.directory.policies import read_policy, read_presets
from services.records.directory.problems import DirectoryProblems, Fault, Problem, problem
from services.records.directory.tables import Tables
from shared.contracts.base import Frozen
from shared.contracts.directory import (
    Absence,
    Calendar,
    Category,
    Directory,
    Duty,
    Holidays,
    Level,
    Person,
    Place,
    Post,
    Role,
)
from shared.directory import post_code
from shared.holidays import BadHolidays, extend_holidays, packaged_holidays

T = TypeVar("T", bound=Frozen)

COLUMNS = {
    "places.csv": ("code", "parent", "level", "name", "door_code", "group_link"),
    "roles.csv": ("code", "name", "name_en", "volunteer"),
    "people.csv": ("code", "name", "email", "wecom_userid", "phone", "language"),
    "posts.csv": ("role", "place", "person", "deputy", "calendar", "phone"),
}
MORE_COLUMNS = {
    "duty.csv": ("role", "place", "person", "week", "weekday", "opens", "closes"),
    "absences.csv": ("person", "first_day", "last_day"),
}
"""Of the files that need not be there."""
SECTIONS = {
    "categories.yaml": ("categories",),
    "policies.yaml": ("levels", "policy"),
    "calendars.yaml": ("calendars",),
}
HOLIDAYS_FILE = "holidays.csv"
MORE_SECTIONS = {"policies.yaml": ("presets",)}
REQUIRED_FILES = (*COLUMNS, *SECTIONS)
OPTIONAL_FILES = (*MORE_COLUMNS, HOLIDAYS_FILE)


def decode(raw: dict[str, bytes]) -> dict[str, str]:
    """The files' texts. UTF-8, with or without a byte order mark. Raises ``DirectoryProblems``."""
    texts, problems = {}, []
    for file, content in raw.items():
        try:
            texts[file] = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            problems.append(problem(file, line, "", Fault.ENCODING))
    if problems:
        raise DirectoryProblems(problems)
    return texts


def read(files: dict[str, str], version: int) -> Directory:
    """The directory that the texts of the files (by file name) make. Raises ``DirectoryProblems`` with all of them,
    in the order of file and line.
    """
    problems = [problem(file, 1, "", Fault.FILE_MISSING) for file in REQUIRED_FILES if file not in files]
    known = (*REQUIRED_FILES, *OPTIONAL_FILES)
    problems += [problem(file, 1, "", Fault.FILE_UNKNOWN) for file in files if file not in known]
    holidays, wrong = _holidays(files.get(HOLIDAYS_FILE))
    tables = _tables(files)
    problems += wrong
    problems += [each for table in tables.all() for each in table.problems]
    problems += check(tables, holidays)
    if problems:
        raise DirectoryProblems(sorted(set(problems), key=lambda each: (each.file, each.line, each.column)))
    return tables.directory(version, holidays)


def _tables(files: dict[str, str]) -> Tables:
    policies, wrong_policies = _yaml("policies.yaml", files)
    policy = read_policy(policies)
    return Tables(
        places=_from_csv(Place, "places.csv", files, _with_parent),
        roles=_from_csv(Role, "roles.csv", files),
        people=_from_csv(Person, "people.csv", files),
        posts=_posts(files),
        duties=_duties(files),
        absences=_from_csv(Absence, "absences.csv", files),
        levels=_from_list(Level, "levels", "policies.yaml", policies, wrong_policies),
        policy=policy,
        presets=read_presets(policies, policy),
        categories=_from_list(Category, "categories", "categories.yaml", *_yaml("categories.yaml", files)),
        calendars=_from_list(Calendar, "calendars", "calendars.yaml", *_yaml("calendars.yaml", files)),
    )


def _holidays(text: str | None) -> tuple[Holidays, list[Problem]]:
    """The packaged holidays, and with a file the years after them."""
    known = packaged_holidays()
    if text is None:
        return known, []
    try:
        return extend_holidays(known, text.removeprefix(BYTE_ORDER_MARK)), []
    except BadHolidays as bad:
        wrong = [
            problem(HOLIDAYS_FILE, each.line, each.column, Fault.HOLIDAYS, detail=each.text, detail_zh=each.zh)
            for each in bad.problems
        ]
        return known, wrong


def _from_csv(
    model: type[T], file: str, files: dict[str, str], make: Callable[[Draft], Draft] | None = None
) -> Table[T]:
    if file not in files:
        return Table(file)
    drafts, problems = read_csv(file, files[file], (COLUMNS | MORE_COLUMNS)[file])
    if drafts is None:
        return Table(file, problems=tuple(problems))
    return make_table(model, file, map(make, drafts) if make else drafts, problems)


def _posts(files: dict[str, str]) -> Table[Post]:
    """A post's code is made of its place and role; what is wrong with the code alone (its length) is the place's."""
    return _blaming_place(_from_csv(Post, "posts.csv", files, _with_code), "code")


def _duties(files: dict[str, str]) -> Table[Duty]:
    return _blaming_place(_from_csv(Duty, "duty.csv", files, _with_post), "post")


def _blaming_place(table: Table[T], made: str) -> Table[T]:
    """The column ``made`` of place and role stands in no file."""
    other = {each.line for each in table.problems if each.column != made}
    problems = [each for each in table.problems if each.column != made or each.line not in other]
    renamed = (each.model_copy(update={"column": "place"}) if each.column == made else each for each in problems)
    return replace(table, problems=tuple(renamed))


def _with_parent(draft: Draft) -> Draft:
    return replace(draft, value={"parent": None} | draft.value)


def _with_code(draft: Draft) -> Draft:
    code = post_code(draft.value.get("place", ""), draft.value.get("role", ""))
    return replace(draft, value=draft.value | {"code": code})


def _with_post(draft: Draft) -> Draft:
    """The post of the row's place and role; none where one of them is blank."""
    value = dict(draft.value)
    place, role = value.pop("place", None), value.pop("role", None)
    return replace(draft, value=value | ({"post": post_code(place, role)} if place and role else {}))


def _yaml(file: str, files: dict[str, str]) -> tuple[Draft | None, list[Problem]]:
    return read_yaml(file, files[file], SECTIONS[file], MORE_SECTIONS.get(file, ())) if file in files else (None, [])


def _from_list(model: type[T], section: str, file: str, document: Draft | None, problems: list[Problem]) -> Table[T]:
    if document is None or section not in document.value:
        return Table(file, problems=tuple(problems))
    drafts, wrong = list_in(document, section)
    return make_table(model, file, drafts, [*problems, *wrong])
