"""What is refused in a directory's files, by file, line and column."""

import pytest

from services.records.directory import Fault
from tests.small_town import GOOD
from tests.unit.folders import FULL, problems_of

FULL_PRESETS = FULL["policies.yaml"].removeprefix(GOOD["policies.yaml"])
AGE = "{hard: {amount: 9999999, unit: minutes}}"
BAD = {
    # By file: what is wrong, what is replaced and by what; where it is reported: line, column, fault.
    "roles.csv": [
        ("a column is missing", ",volunteer", "", 1, "volunteer", Fault.COLUMN_MISSING),
        ("a column is unknown", "volunteer\n", "volunteer,age\n", 1, "age", Fault.COLUMN_UNKNOWN),
        ("a column is there twice", "code,name,", "code,name,name,", 1, "name", Fault.COLUMN_TWICE),
        ("a role is called as who reported", "officer,", "reporter,", 3, "code", Fault.RESERVED),
        ("the file has no columns at all", GOOD["roles.csv"], "", 1, "code", Fault.COLUMN_MISSING),
        ("volunteer is neither yes nor no", ",true", ",maybe", 2, "volunteer", Fault.VALUE),
    ],
    "people.csv": [
        ("a row has a cell too many", ",,,en", ",,,en,x", 4, "", Fault.CELLS),
        ("a quote is not closed", "li-officer,", '"li-officer,', 3, "", Fault.SYNTAX),
        ("a name has a line break in it", "街道专员", '"街道\n专员"', 4, "name", Fault.CONTROL),
        ("a name has a NUL in it", "街道专员", "街道\x00专员", 4, "name", Fault.CONTROL),
        ("a name has half a character in it", "街道专员", "\ud800", 4, "name", Fault.CONTROL),
        ("a name is missing", ",街道专员,", ",,", 4, "name", Fault.REQUIRED),
        ("a code has Chinese in it", "head-1,", "楼门长,", 2, "code", Fault.CODE),
        ("an e-mail address is none", "top@loumen", "top.loumen", 4, "email", Fault.EMAIL),
        ("an e-mail address is two", "top@loumen.example", '"a@b.example,c@d.example"', 4, "email", Fault.EMAIL),
        ("an e-mail address has no top domain", "top@loumen.example", "top@mail", 4, "email", Fault.EMAIL),
    ],
    "places.csv": [
        ("a place is there twice", "li-1-2,li-1", "li-1-1,li-1", 6, "code", Fault.DUPLICATE),
        ("a door code is there twice", ",D2,", ",D1,", 6, "door_code", Fault.DUPLICATE),
        ("a parent is unknown", "li-1-2,li-1", "li-1-2,li-9", 6, "parent", Fault.UNKNOWN),
        ("a level is unknown", "li-1-2,li-1,unit", "li-1-2,li-1,floor", 6, "level", Fault.UNKNOWN),
        ("a level is not below its parent's", ",unit,2", ",building,2", 6, "level", Fault.LEVEL_ORDER),
        ("a place is its own parent", "li-1,li,", "li-1,li-1,", 4, "parent", Fault.CYCLE),
        ("two places are each other's parents", "li,town,", "li,li-1,", 3, "parent", Fault.CYCLE),
        ("a community has no parent", "li,town,", "li,,", 3, "parent", Fault.ROOT),
        ("a group link is a script", "https://groups", "javascript:", 4, "group_link", Fault.LINK),
    ],
    "posts.csv": [
        ("a post's role is unknown", "officer,li,", "mayor,li,", 4, "role", Fault.UNKNOWN),
        ("a post's place is unknown", "head,li-1-2", "head,li-1-9", 3, "place", Fault.UNKNOWN),
        ("a post's place is missing", "head,li-1-2", "head,", 3, "place", Fault.REQUIRED),
        ("a post's code would be too long", "head,li-1-2", f"head,{'x' * 99}", 3, "place", Fault.CODE),
        ("a post is there twice", "head,li-1-2", "head,li-1-1", 3, "role", Fault.DUPLICATE),
        ("a post's person is unknown", "li-officer", "nobody", 4, "person", Fault.UNKNOWN),
        ("a post's deputy is unknown", "head-1,,", "head-1,nobody,", 2, "deputy", Fault.UNKNOWN),
        ("a post has no calendar", "li-officer,,always", "li-officer,,", 4, "calendar", Fault.REQUIRED),
        ("a post's calendar is unknown", "head-1,,always", "head-1,,never", 2, "calendar", Fault.UNKNOWN),
        ("the top post is vacant", "town,top-officer", "town,", 5, "person", Fault.TOP_VACANT),
    ],
    "duty.csv": [
        ("a duty's post is none", "officer,li,head-1,,", "head,li,head-1,,", 3, "place", Fault.UNKNOWN),
        ("a duty has no place", "officer,li,head-1,,", "officer,,head-1,,", 3, "place", Fault.REQUIRED),
        ("a duty's person is unknown", "head-1,,1", "nobody,,1", 3, "person", Fault.UNKNOWN),
        ("a week is none", "2026-W48", "week 48", 2, "week", Fault.WEEK),
        ("a year has no 53rd week", "2026-W48", "2025-W53", 2, "week", Fault.WEEK),
        ("a duty is on an eighth day", ",5,", ",8,", 2, "weekday", Fault.VALUE),
        ("two are on duty at once", "li-officer,,2", "li-officer,,1", 4, "opens", Fault.ON_DUTY_TWICE),
        ("a night runs into the next duty", "head-1,,1,,", "head-1,,1,20:00,00:01", 4, "opens", Fault.ON_DUTY_TWICE),
    ],
    "absences.csv": [
        ("the absent is unknown", "li-officer", "nobody", 2, "person", Fault.UNKNOWN),
        ("a day is none", "2026-11-30", "2026-11-31", 2, "last_day", Fault.VALUE),
        ("the absence ends before it begins", "2026-11-30", "2026-11-26", 2, "last_day", Fault.DAYS),
        ("the last day is missing", ",2026-11-30", ",", 2, "last_day", Fault.REQUIRED),
    ],
    "categories.yaml": [
        ("a category's parent is unknown", "parent: order", "parent: o", 4, "parent", Fault.UNKNOWN),
        ("a leaf has no matter", "    matter: any\n", "", 3, "matter", Fault.NO_RULE),
        ("a group has a matter", "order}", "order, matter: any}", 2, "matter", Fault.GROUP),
        ("a matter has no rule", "    matter: any", "    matter: x", 7, "matter", Fault.UNKNOWN),
        ("there is no category other", "code: other", "code: misc", 1, "categories", Fault.NO_OTHER),
        ("it is about an unknown role", "parent:", "about: [mayor]\n    parent:", 4, "about.0", Fault.UNKNOWN),
        ("it is about the last judge", "parent:", "about: [top]\n    parent:", 4, "about.0", Fault.OWN_JUDGE),
        ("a preset is unknown", "parent:", "policy: x\n    parent:", 4, "policy", Fault.UNKNOWN),
        (
            "a category's own budget is an age",
            "parent:",
            f"budgets: {AGE}\n    parent:",
            4,
            "budgets.hard.amount",
            Fault.LIMIT,
        ),
        ("an urgency is unknown", "parent:", "urgency: soon\n    parent:", 4, "urgency", Fault.VALUE),
        ("YAML is broken", "name_en: order}", "name_en: order", 3, "", Fault.SYNTAX),
        ("YAML has an alias", "matter: any\n", "matter: *any\n", 7, "", Fault.SYNTAX),
        ("a YAML key is there twice", "parent: order", "code: x", 4, "categories.1.code", Fault.DUPLICATE),
        ("a YAML field is unknown", "parent: order", "colour: red", 4, "colour", Fault.KEY_UNKNOWN),
        ("the list is missing", GOOD["categories.yaml"], "", 1, "categories", Fault.REQUIRED),
    ],
    "calendars.yaml": [
        ("the list is none", GOOD["calendars.yaml"], "calendars: x", 1, "calendars", Fault.VALUE),
        ("the document is a list", GOOD["calendars.yaml"], "- x", 1, "", Fault.VALUE),
        ("a calendar has no name", "    name: 全天\n", "", 2, "name", Fault.REQUIRED),
        ("a calendar's zone is none", "holidays:", "zone: Mars\n    holidays:", 4, "zone", Fault.ZONE),
        ("a calendar has an eighth day", "      2:", "      8:", 7, "weekdays.8", Fault.WEEKDAY),
        ("shifts overlap", "opens: 13:30", "opens: 11:30", 7, "weekdays.2.1", Fault.SHIFT),
        ("a shift ends before it begins", "closes: 12:00", "closes: 08:00", 7, "weekdays.2.0", Fault.SHIFT),
        ("an hour is none", "closes: 18:00", "closes: 25:00", 7, "weekdays.2.1.closes", Fault.VALUE),
    ],
    "policies.yaml": [
        (
            "an unknown role is to file for others",
            "accept_share: 1/6",
            "proxies: [x]\n  accept_share: 1/6",
            17,
            "proxies.0",
            Fault.UNKNOWN,
        ),
        ("a section is unknown", "policy:\n", "extra: 1\npolicy:\n", 6, "extra", Fault.KEY_UNKNOWN),
        ("shares do not sum to 1", "share: 1/2", "share: 1/4", 8, "ladder", Fault.SHARES),
        ("a share is no fraction", "share: 1/2", "share: half", 10, "ladder.1.share", Fault.VALUE),
        ("a rung is no level", "level: unit,", "level: floor,", 9, "ladder.0.level", Fault.UNKNOWN),
        ("the ladder goes down", "level: unit,", "level: subdistrict,", 8, "ladder", Fault.LADDER),
        ("a budget is missing", "    hard: ", "    # ", 12, "budgets", Fault.BUDGET),
        ("a budget is nothing", "amount: 120", "amount: 0", 13, "budgets.danger.amount", Fault.VALUE),
        ("a budget is an age", "amount: 7,", "amount: 7000,", 15, "budgets.ordinary.amount", Fault.LIMIT),
        ("a limit is missing", "  handler_share: 1/2\n", "", 6, "handler_share", Fault.REQUIRED),
        ("a version is written", "  name: t", "  version: 1\n  name: t", 7, "version", Fault.KEY_UNKNOWN),
        ("an owner's role is unknown", "[head]", "[chief]", 30, "rules.any.owners.unit.0", Fault.UNKNOWN),
        ("nobody owns at a rung", "community: [officer], ", "", 30, "rules.any.owners", Fault.NO_OWNER),
        ("a rule names no rung", "{unit: [head]", "{floor: [head]", 30, "rules.any.owners.floor", Fault.RUNG),
        ("a preset's limit is none", "amount: 5,", "amount: 0,", 35, "budgets.ordinary.amount", Fault.VALUE),
        ("a preset's limit is an age", "amount: 5,", "amount: 999,", 35, "budgets.ordinary.amount", Fault.LIMIT),
        ("a preset has no name", "name: five-days", "accept_share: 1/6", 32, "name", Fault.REQUIRED),
        (
            "a preset says what it is made of",
            "hand_back_within: {amount: 2",
            "base: {amount: 2",
            36,
            "base",
            Fault.KEY_UNKNOWN,
        ),
        ("the presets are none", FULL_PRESETS, "presets: x", 31, "presets", Fault.VALUE),
        ("a rule starts nowhere", "visibility:", "start: x\n      visibility:", 29, "rules.any.start", Fault.RUNG),
    ],
}
CASES = [pytest.param(file, *case[1:], id=case[0]) for file, cases in BAD.items() for case in cases]


@pytest.mark.parametrize(("file", "old", "new", "line", "column", "fault"), CASES)
def test_a_bad_entry_is_reported_by_file_line_and_column(file, old, new, line, column, fault):
    """What is wrong with a folder is said at the very place where it is to be put right."""
    assert old in FULL[file], "the case does not fit the good folder"
    found = problems_of(FULL | {file: FULL[file].replace(old, new, 1)})
    assert (file, line, column, fault) in found
