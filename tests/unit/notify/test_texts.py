"""What messages say, and what they must not say."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.notify.channels import GiveUp, Needless
from services.notify.channels.wecom import content
from services.notify.writing.letters import letter_to_reporter, letter_to_staff
from services.notify.writing.notices import message_to_group, notice_to_system
from services.notify.writing.stationery import Stationery
from shared.contracts.events import (
    Step,
    TicketAccepted,
    TicketAssigned,
    TicketEscalated,
    TicketReminded,
)
from shared.contracts.queries import Reporter
from shared.contracts.ticket import FreeText
from shared.contracts.vocabulary import Channel, Reason, Urgency, Visibility
from shared.directory import Town
from shared.ids import read_action, read_tracking
from tests.builders import MONDAY_10, a_directory
from tests.tellings import TOWN, a_seat, an_event, the_bundle

SECRET = b"secret"
STATIONERY = Stationery(TOWN, "https://loumen.example", SECRET, MONDAY_10)
CLIMB = (Step(from_level="unit", level="community", reason=Reason.ACCEPT_OVERDUE),)
NASTY = "灯坏了\r\nBcc: all@loumen.example\x00 <@all> [点我](http://evil.example) **急**\u202e"


def test_a_letter_says_what_where_why_until_when_and_the_link() -> None:
    """Everything a property manager needs, on a few lines, in plain words."""
    letter = letter_to_staff(the_bundle(an_event(TicketAssigned), Channel.EMAIL), STATIONERY)
    assert letter.subject == "【待接单】丽园小区1号楼1单元：楼道灯不亮"
    assert "请在3月2日 周一 14:00前接单。" in letter.text
    assert "请在3月3日 周二 10:00前办结。" in letter.text
    assert "牵头" in letter.text
    assert letter.to == "k.property_manager@loumen.example"


def test_a_letters_link_is_the_persons_own() -> None:
    """It names ticket, person, post and assignment, and the HTML has the same."""
    event = an_event(TicketAssigned)
    letter = letter_to_staff(the_bundle(event, Channel.EMAIL), STATIONERY)
    link = next(line for line in letter.text.splitlines() if "/a/" in line)
    token = read_action(SECRET, link.rpartition("/a/")[2], 60)
    assert (token.ticket_id, token.person, token.post, token.assignment) == (
        event.ticket.id,
        "p-K-property_manager",
        "K:property_manager",
        1,
    )
    assert link in letter.html


def test_a_climb_is_told_with_its_reason() -> None:
    """From where, to where, why."""
    officer = a_seat("C:community_officer", 2)
    event = an_event(TicketEscalated, steps=CLIMB, owner=officer, handler=officer)
    letter = letter_to_staff(the_bundle(event, Channel.EMAIL, "C:community_officer"), STATIONERY)
    assert "已从楼门上报到社区，原因：逾期未接单。" in letter.text


@pytest.mark.parametrize(
    ("language", "subject", "sentence"),
    [
        ("en", "[Reminder] 丽园小区1号楼1单元: 楼道灯不亮", "The time to accept it is up.\nPlease accept it now."),
        ("zh-TW", "【催辦】麗園小區1號樓1單元：楼道灯不亮", "接單時限已過。\n請儘快接單。"),
        ("fr", "【催办】丽园小区1号楼1单元：楼道灯不亮", "接单时限已过。\n请尽快接单。"),
    ],
)
def test_a_person_is_told_in_their_language(language: str, subject: str, sentence: str) -> None:
    """Ours and the directory's words; a resident's stay as they are, an unknown language is zh-CN."""
    directory = a_directory()
    people = tuple(each.model_copy(update={"language": language}) for each in directory.people)
    stationery = Stationery(Town(directory.model_copy(update={"people": people})), "", SECRET, MONDAY_10)
    event = an_event(TicketReminded, reason=Reason.ACCEPT_OVERDUE)
    letter = letter_to_staff(the_bundle(event, Channel.EMAIL), stationery)
    assert letter.subject == subject
    assert sentence in letter.text


def test_a_group_gets_no_personal_link_and_no_full_words() -> None:
    """The public page only: anyone in the group could tap an action link."""
    words = FreeText(digest="d", text="楼道灯不亮，" + "已经很久了" * 20)
    event = an_event(TicketAssigned, description=words)
    for form in ("markdown", "text"):
        sent = json.dumps(content(message_to_group(the_bundle(event, Channel.WECOM), STATIONERY, "zh-CN"), form))
        assert f"https://loumen.example/t/{event.ticket.code}" in sent
        assert "/a/" not in sent
        assert words.text and words.text not in json.loads(f'"{json.dumps(sent)[1:-1]}"')


def test_a_group_reads_the_category_only_where_words_are_not_public() -> None:
    """Between neighbours: kind and status."""
    event = an_event(TicketAssigned, visibility=Visibility.STATUS)
    post = message_to_group(the_bundle(event, Channel.WECOM), STATIONERY, "zh-CN")
    assert post.head == "【待接单】丽园小区1号楼1单元：lighting"


def test_a_residents_words_are_only_words() -> None:
    """No header of theirs, no call to the whole group, no link of theirs, no mark-up, no turned writing."""
    event = an_event(
        TicketAssigned,
        title=FreeText(digest="d", text=NASTY),
        description=FreeText(digest="d", text=NASTY + "<script>"),
    )
    letter = letter_to_staff(the_bundle(event, Channel.EMAIL), STATIONERY)
    assert not set("\r\n\x00\u202e") & set(letter.subject)
    assert "<script>" not in letter.html
    post = content(message_to_group(the_bundle(event, Channel.WECOM), STATIONERY, "zh-CN"), "markdown")
    assert "<@all>" not in post["markdown"]["content"]
    assert "](http://evil" not in post["markdown"]["content"]


def test_a_reporter_gets_a_tracking_link_and_a_greeting_by_name() -> None:
    """The address comes from records; the token names the ticket and its door."""
    reference = uuid4()
    event = an_event(TicketAccepted, actor="K:property_manager", reporter_ref=reference)
    bundle = the_bundle(event, Channel.EMAIL, None)
    reporter = Reporter(name="居民甲", phone=None, email="someone@loumen.example", language="zh-CN")
    letter = letter_to_reporter(bundle, STATIONERY, reporter)
    token = next(line for line in letter.text.splitlines() if "?token=" in line).rpartition("=")[2]
    assert read_tracking(SECRET, token).ticket_id == event.ticket.id
    assert read_tracking(SECRET, token).door_code == "D-U"
    assert letter.to == "someone@loumen.example"
    assert "居民甲，您好：" in letter.text


@pytest.mark.parametrize("email", [None, ""])
def test_a_reporter_without_an_address_needs_no_letter(email: str | None) -> None:
    """Left none, or erased: nothing to send, and no failure."""
    event = an_event(TicketAccepted, actor="K:property_manager", reporter_ref=uuid4())
    bundle = the_bundle(event, Channel.EMAIL, None)
    with pytest.raises(Needless):
        letter_to_reporter(bundle, STATIONERY, Reporter(name=None, phone=None, email=email, language="en"))
    with pytest.raises(Needless):
        letter_to_reporter(bundle, STATIONERY, None)


def test_a_person_who_left_the_directory_gets_no_letter() -> None:
    """The row outlived the person: given up, with the reason."""
    directory = a_directory(version=2).model_copy(update={"people": ()})
    with pytest.raises(GiveUp):
        letter_to_staff(
            the_bundle(an_event(TicketAssigned), Channel.EMAIL), Stationery(Town(directory), "", SECRET, MONDAY_10)
        )


def test_a_system_gets_the_ticket_without_its_reporter() -> None:
    """The same body in every try, no reference to personal data, no personal link."""
    reference = UUID("12345678-1234-5678-1234-567812345678")
    event = an_event(TicketAssigned, reporter_ref=reference)
    bundle = the_bundle(event, Channel.WEBHOOK)
    notice = notice_to_system(bundle, STATIONERY, 1)
    later = Stationery(TOWN, STATIONERY.base_url, SECRET, MONDAY_10 + timedelta(days=1))
    assert notice.body == notice_to_system(bundle, later, 2).body
    assert str(reference).encode() not in notice.body
    assert b"/a/" not in notice.body
    body = json.loads(notice.body)
    assert (body["type"], body["data"]["ticket"]["owner"]["post"]) == (
        "loumen.notice.assigned.v1",
        "K:property_manager",
    )


def test_danger_to_life_says_whom_to_call_first() -> None:
    """Before anything about tickets."""
    event = an_event(TicketAssigned, urgency=Urgency.DANGER)
    letter = letter_to_staff(the_bundle(event, Channel.EMAIL), STATIONERY)
    assert "119" in letter.text
