"""From request to commands: the derived id, and which words go where."""

from uuid import UUID

import pytest

from services.intake.shapes.tickets import NewTicket
from services.intake.submission import check, check_filing, commands, derive_id, filer
from shared.contracts.ticket import Actor
from shared.contracts.vocabulary import Source
from shared.directory import Town
from tests.builders import MONDAY_10, a_directory, a_town

HEAD = Actor(post="U:unit_head", role="unit_head")
GOOD = {"door_code": "D-U", "description": "灯不亮"}


def new(**fields: object) -> NewTicket:
    return NewTicket.model_validate({**GOOD, **fields})


def test_nobody_is_asked_to_judge_himself() -> None:
    """Of whatever category: a complaint about the one post that owns it at the top is told to go elsewhere."""
    [wrong] = check(new(category="lighting", about_role="subdistrict_officer"), a_town())
    assert (wrong.field, "12345" in wrong.detail) == ("about_role", True)
    assert check(new(category="lighting", about_role="community_officer"), a_town()) == []


def test_defaults_written_out_are_the_same_body() -> None:
    """A client that names what we would assume gets the same ticket."""
    plain = derive_id(b"secret", "key", new())
    assert plain == derive_id(b"secret", "key", new(kind="help", category="other", anonymous=False, photos=[]))
    assert plain != derive_id(b"secret", "key", new(kind="inquiry"))
    assert plain != derive_id(b"other secret", "key", new())
    assert plain.version == 8


def test_line_breaks_and_outer_space_make_no_difference() -> None:
    """A form sends CRLF, a program LF."""
    assert new(description=" a\r\nb ").description == new(description="a\nb").description


def test_what_a_paste_brings_along_is_cleaned() -> None:
    """Unseen marks and controls go, every kind of line break is one, a tab in a line is a space; emoji stay whole."""
    pasted = new(
        description="\ufeff电话\u200b138\u200b0000\x1b\u2028二行\x0b三行\x85四行\t完 👨\u200d👩", title="灯\t不亮\x07"
    )

    assert pasted.description == "电话1380000\n二行\n三行\n四行\t完 👨\u200d👩"
    assert pasted.title == "灯 不亮"


@pytest.mark.parametrize(
    ("about", "given", "fits"),
    [
        ((), None, True),
        (("property_manager",), None, True),
        (("property_manager",), "unit_head", False),
        (("unit_head", "property_manager"), None, False),
        (("unit_head", "property_manager"), "property_manager", True),
    ],
)
def test_a_complaint_says_whom_it_is_about(about: tuple[str, ...], given: str | None, fits: bool) -> None:
    """A category that can be about one role needs no word of it, one about several does; none other will do."""
    directory = a_directory()
    categories = tuple(each.model_copy(update={"about": about}) for each in directory.categories)
    town = Town(directory.model_copy(update={"categories": categories}))

    wrong = check(new(about_role=given), town)

    assert ([each.field for each in wrong] == []) is fits
    assert all(each.values == {"roles": ", ".join(about)} for each in wrong)


def test_without_personal_data_no_reporter_is_recorded() -> None:
    """Nothing named, nothing masked: one message, no reference; an empty reporter is none."""
    for ticket in (new(), new(reporter={})):
        reporter, submit = commands(ticket, UUID(int=1), MONDAY_10, "zh-CN")
        assert reporter is None
        assert submit.reporter_ref is None


def test_an_anonymous_reporter_can_still_be_told() -> None:
    """Contact data is kept apart for messages; the ticket says that the reporter is shown to nobody."""
    reporter, submit = commands(
        new(anonymous=True, reporter={"email": "a@loumen.example"}), UUID(int=1), MONDAY_10, "en"
    )
    assert reporter is not None
    assert (reporter.email, reporter.language) == ("a@loumen.example", "en")
    assert submit.anonymous


def test_a_repeat_names_the_same_reporter() -> None:
    """References are derived from the ticket, so that records keeps one."""
    ticket = new(description="打 13812345678")
    first, again = (commands(ticket, UUID(int=1), MONDAY_10, "en")[0] for _ in range(2))
    assert first is not None
    assert again is not None
    assert first.reporter_ref == again.reporter_ref


def test_every_wrong_field_is_named() -> None:
    """All at once, not the first only."""
    wrong = check(new(door_code="x", category="x", about_role="x"), a_town())
    assert [each.field for each in wrong] == ["door_code", "category", "about_role"]
    assert check(new(), a_town()) == []


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"source": "visit"}, "on_behalf"),
        ({"on_behalf": {"consent": False}}, "on_behalf.consent"),
        ({"source": "qr", "on_behalf": {"consent": True}}, "source"),
        ({"source": "patrol", "reporter": {"phone": "13800000000"}}, "reporter"),
        ({"source": "patrol", "on_behalf": {"consent": True}}, "reporter"),
        ({"source": "visit", "on_behalf": {"consent": True}}, None),
        ({"on_behalf": {"consent": True}}, None),
        ({"source": "patrol"}, None),
    ],
)
def test_who_files_for_whom_goes_together(fields: dict[str, object], wrong: str | None) -> None:
    """For a neighbour on a visit and with consent; on patrol for nobody."""
    assert [each.field for each in check_filing(new(**fields))] == ([wrong] if wrong else [])


def test_consent_is_kept_with_the_personal_data() -> None:
    """What was filed for a neighbour says when the neighbour agreed, and is filed on a visit."""
    reporter, submit = commands(new(on_behalf={"consent": True}), UUID(int=1), MONDAY_10, "en", HEAD)
    assert reporter is not None
    assert reporter.consented_at == MONDAY_10
    assert (submit.source, submit.filed_by) == (Source.VISIT, HEAD)


def test_the_nearest_post_files() -> None:
    """Of several that one holds the one nearest the door; none that is elsewhere."""
    town = a_town()
    posts = [post for post in town.directory.posts if post.code in ("C:community_officer", "U:unit_head")]
    patrol = new(source="patrol")
    assert filer(patrol, "U", posts, town) == HEAD
    assert filer(patrol, "U", posts[::-1], town) == HEAD
    assert filer(patrol, "V", posts, town) == Actor(post="C:community_officer", role="community_officer")
    assert filer(patrol, "L", [post for post in posts if post.place == "U"], town) is None


@pytest.mark.parametrize(
    "how", [{"on_behalf": {"consent": True}}, {"source": "patrol"}, {"source": "hotline"}], ids=str
)
def test_whom_the_work_is_given_to_files_for_nobody(how: dict[str, object]) -> None:
    """The property manager would hold the neighbour's token; what another system says he may pass on."""
    town = a_town()
    manager = [post for post in town.directory.posts if post.role == "property_manager"]
    assert (filer(new(**how), "U", manager, town) is not None) is (how == {"source": "hotline"})
