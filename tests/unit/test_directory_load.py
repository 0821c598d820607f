"""The directory's files: what is refused, and where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.records.directory import DirectoryProblems, Fault, decode, read
from shared.contracts.directory import Limit
from shared.contracts.vocabulary import Unit, Urgency
from tests.small_town import GOOD

FULL = GOOD | {
    "duty.csv": "role,place,person,week,weekday,opens,closes\nofficer,li,head-1,2026-W48,5,20:00,08:00\n"
    "officer,li,head-1,,1,,\nofficer,li,li-officer,,2,,\n",
    "policies.yaml": GOOD["policies.yaml"]
    + """\
presets:
  - name: five-days
    source: elsewhere
    budgets:
      ordinary: {amount: 5, unit: working_days}
    hand_back_within: {amount: 2, unit: working_days}
""",
    "absences.csv": "person,first_day,last_day\nli-officer,2026-11-27,2026-11-30\n",
}

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


def problems_of(files: dict[str, str]) -> list[tuple[str, int, str, Fault]]:
    with pytest.raises(DirectoryProblems) as caught:
        read(files, 1)
    return [(each.file, each.line, each.column, each.fault) for each in caught.value.problems]


@pytest.mark.parametrize(("file", "old", "new", "line", "column", "fault"), CASES)
def test_a_bad_entry_is_reported_by_file_line_and_column(file, old, new, line, column, fault):
    """What is wrong with a folder is said at the very place where it is to be put right."""
    assert old in FULL[file], "the case does not fit the good folder"
    found = problems_of(FULL | {file: FULL[file].replace(old, new, 1)})
    assert (file, line, column, fault) in found


def test_the_good_folder_is_good():
    """The folder that the bad cases are made from has no problem, nor has one without the files that need not be."""
    assert read(FULL, 7).version == read(GOOD, 7).version == 7
    assert (len(read(FULL, 7).duties), len(read(FULL, 7).absences)) == (3, 1)


def test_everything_is_reported_at_once():
    """Problems in several files, of form and between tables, come in one go and in the order of file and line."""
    found = problems_of(
        GOOD
        | {
            "people.csv": GOOD["people.csv"].replace("top@loumen", "top.loumen"),
            "places.csv": GOOD["places.csv"]
            .replace("li-1-2,li-1", "li-1-2,li-9")
            .replace(",,subdistrict,清源街道", ",,sub,"),
            "posts.csv": GOOD["posts.csv"].replace("li-officer", "nobody"),
            "calendars.yaml": "calendars: [",
        }
    )
    assert [(file, line, column) for file, line, column, _ in found] == [
        ("calendars.yaml", 1, ""),
        ("people.csv", 4, "email"),
        ("places.csv", 2, "name"),
        ("places.csv", 6, "parent"),
        ("posts.csv", 4, "person"),
    ]


def test_a_refused_row_is_not_blamed_on_those_that_name_it():
    """A person whose row is bad is one problem, not one for each of their posts."""
    files = GOOD | {"people.csv": GOOD["people.csv"].replace("top-officer,街道专员,", "top-officer,,")}
    assert problems_of(files) == [("people.csv", 4, "name", Fault.REQUIRED)]


def test_missing_and_strange_files_are_named():
    """A file that is not there and one that does not belong there are problems of their own."""
    files = {name: text for name, text in GOOD.items() if name != "people.csv"} | {"holiday.csv": ""}
    assert problems_of(files) == [
        ("holiday.csv", 1, "", Fault.FILE_UNKNOWN),
        ("people.csv", 1, "", Fault.FILE_MISSING),
    ]


def test_each_problem_speaks_chinese_and_english():
    """A problem names file, line and column and says in both languages what is wrong."""
    with pytest.raises(DirectoryProblems) as caught:
        read(GOOD | {"posts.csv": GOOD["posts.csv"].replace("li-officer", "nobody")}, 1)
    [problem] = caught.value.problems
    assert str(problem) == "posts.csv:4 person people.csv 中没有“nobody” / there is no “nobody” in people.csv"


def test_a_byte_order_mark_is_no_problem():
    """What a spreadsheet program saves as UTF-8 can be read as it is."""
    raw = {name: text.encode("utf-8-sig") for name, text in GOOD.items()}
    assert read(decode(raw), 1) == read(GOOD, 1)
    assert read({name: "\ufeff" + text for name, text in GOOD.items()}, 1) == read(GOOD, 1)


def test_windows_line_ends_are_no_problem():
    """CR LF does not move the lines that are reported."""
    files = {name: text.replace("\n", "\r\n") for name, text in GOOD.items()}
    assert read(files, 1) == read(GOOD, 1)
    files["people.csv"] = files["people.csv"].replace("top@", "top")
    assert problems_of(files) == [("people.csv", 4, "email", Fault.EMAIL)]


def test_another_encoding_is_reported_with_its_line():
    """A file saved as GBK is refused at the first line that shows it."""
    with pytest.raises(DirectoryProblems) as caught:
        decode({"people.csv": GOOD["people.csv"].encode("gbk"), "roles.csv": GOOD["roles.csv"].encode()})
    assert [(each.file, each.line, each.fault) for each in caught.value.problems] == [("people.csv", 2, Fault.ENCODING)]


def test_holidays_of_later_years_are_taken_in_or_reported():
    """An own data file brings the years the package does not know; a bad row of it is a problem like any other."""
    found = problems_of(GOOD | {"holidays.csv": "date,kind\n2035-13-01,rest\n"})
    assert found == [("holidays.csv", 2, "date", Fault.HOLIDAYS)]
    with pytest.raises(DirectoryProblems) as caught:
        read(GOOD | {"holidays.csv": "date,kind\n2035-13-01,rest\n"}, 1)
    [wrong] = caught.value.problems
    assert wrong.zh == "节假日有误：“2035-13-01”不是 2027-01-01 这样的日期"
    assert wrong.en == "holidays: not a date like 2027-01-01: '2035-13-01'"


def test_the_policy_version_follows_its_content():
    """Whoever changes a limit gets another policy version without asking; whoever adds a comment does not."""
    text = GOOD["policies.yaml"]
    version = read(GOOD, 1).policy.version
    assert read(GOOD | {"policies.yaml": "# said\n" + text}, 1).policy.version == version
    assert read(GOOD | {"policies.yaml": text.replace("240", "120")}, 1).policy.version != version


def test_a_tree_without_a_top_post_is_reported_at_its_root():
    """Where a door has no post of the top roles above it, the root of its tree is named."""
    files = GOOD | {"posts.csv": GOOD["posts.csv"].replace("top,town", "top,li-1-1")}
    assert problems_of(files) == [("places.csv", 2, "code", Fault.TOP_MISSING)]


PIECES = ["{", "[", "- ", "? [a]: ", ": ", "\t", '"', "&a ", "*a", "!!x ", "1/0", "24:00", "\x00", "\n", "[" * 5_000]


@given(st.data())
def test_no_text_breaks_the_reader(data):
    """Whatever stands in a file, it makes a directory or problems, never another error."""
    file = data.draw(st.sampled_from(sorted(GOOD)))
    start = data.draw(st.integers(0, len(GOOD[file])))
    end = data.draw(st.integers(start, min(start + 20, len(GOOD[file]))))
    pieces = st.sampled_from(
        ["", "{", "[", "- ", "? [a]: ", ": ", "\t", '"', "&a ", "*a", "!!x ", "1/0", "24:00", "\x00", "\n", ","]
    )
    inserted = data.draw(st.one_of(st.text(), pieces))
    try:
        read(GOOD | {file: GOOD[file][:start] + inserted + GOOD[file][end:]}, 1)
    except DirectoryProblems as refused:
        assert refused.problems


def test_a_preset_has_what_it_does_not_say_from_the_directorys_policy():
    """Budgets by urgency and rules by matter; it says what is not its own, and its version is of the whole."""
    directory = read(FULL, 1)
    [preset], base = directory.presets, directory.policy
    ordinary = Limit(amount=5, unit=Unit.WORKING_DAYS)

    assert preset.budgets == base.budgets | {Urgency.ORDINARY: ordinary}
    assert (preset.name, preset.source, preset.base, preset.rules) == ("five-days", "elsewhere", base.name, base.rules)
    assert {"ladder", "rules", "confirm_within", "budgets.danger"} <= set(preset.inherited)
    assert not {"budgets", "budgets.ordinary", "hand_back_within", "name"} & set(preset.inherited)
    other = read(FULL | {"policies.yaml": FULL["policies.yaml"].replace("amount: 120", "amount: 60")}, 2)
    assert {other.policy.version, other.presets[0].version} & {base.version, preset.version} == set()


def test_what_is_wrong_with_the_policy_is_said_once():
    """A preset that inherits it is not blamed."""
    broken = FULL["policies.yaml"].replace("share: 1/2", "share: 1/4").replace("amount: 120", "amount: 0")
    assert [(line, column) for _, line, column, _ in problems_of(FULL | {"policies.yaml": broken})] == [
        (13, "budgets.danger.amount")
    ]
