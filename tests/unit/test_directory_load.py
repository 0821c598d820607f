"""The directory's files: what is taken, and how problems are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.records.directory import DirectoryProblems, Fault, decode, read
from shared.contracts.directory import Limit
from shared.contracts.vocabulary import Unit, Urgency
from tests.small_town import GOOD
from tests.unit.folders import FULL, problems_of


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


PIECES = ["", ",", "{", "[", "- ", "? [a]: ", ": ", "\t", '"', "&a ", "*a", "!!x ", "1/0", "24:00", "\x00", "\n"]


@given(st.data())
def test_no_text_breaks_the_reader(data):
    """Whatever stands in a file, it makes a directory or problems, never another error."""
    file = data.draw(st.sampled_from(sorted(GOOD)))
    start = data.draw(st.integers(0, len(GOOD[file])))
    end = data.draw(st.integers(start, min(start + 20, len(GOOD[file]))))
    inserted = data.draw(st.one_of(st.text(), st.sampled_from(PIECES)))
    try:
        read(GOOD | {file: GOOD[file][:start] + inserted + GOOD[file][end:]}, 1)
    except DirectoryProblems as refused:
        assert refused.problems


def test_what_is_nested_too_deeply_is_a_problem():
    """Deeper than Python itself goes: named like any other text that is no YAML."""
    [(file, _, _, fault)] = problems_of(GOOD | {"calendars.yaml": "[" * 5_000})
    assert (file, fault) == ("calendars.yaml", Fault.SYNTAX)


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
