"""What letters say of limits, and what only those who must act read."""

from datetime import time
from uuid import uuid4

import pytest

from services.notify.domain.plan import Groups, plan
from services.notify.writing.letters import letter_to_reporter, letter_to_staff
from services.notify.writing.notices import message_to_group
from services.notify.writing.stationery import Stationery
from shared.contracts.events import (
    TicketAssigned,
    TicketOverdue,
    TicketReleased,
    TicketReminded,
    TicketResolved,
    TicketWhistled,
)
from shared.contracts.queries import Reporter
from shared.contracts.ticket import FreeText, Report, Voice
from shared.contracts.vocabulary import Channel, Reason, Visibility
from shared.directory import Town
from shared.ids import read_tracking
from tests.acting import write
from tests.builders import MONDAY_10, a_directory
from tests.tellings import TOWN, a_seat, an_event, the_bundle

SECRET = b"secret"
STATIONERY = Stationery(TOWN, "https://loumen.example", SECRET, MONDAY_10)
IN_HAND = a_seat("C:community_officer", 2, accepted_at=MONDAY_10)
LATE_HANDLER = a_seat("K:property_manager", 3, due_by=MONDAY_10)
OFFICER, MANAGER = "C:community_officer", "K:property_manager"


def reminded(reason: Reason, post: str, cls: type[TicketReminded | TicketOverdue] = TicketReminded) -> str:
    event = an_event(cls, owner=IN_HAND, handler=LATE_HANDLER, reason=reason)
    return letter_to_staff(the_bundle(event, Channel.EMAIL, post), STATIONERY).text


def test_a_reminder_says_whose_limit_has_passed() -> None:
    """The handler's is up, the owner's is not: each reads what is so for them."""
    to_owner, to_handler = (reminded(Reason.HANDLER_OVERDUE, post) for post in (OFFICER, MANAGER))
    assert "交办给丽园小区property_manager的时限已过。\n请您向其了解情况，或另行安排承办。" in to_owner
    assert "请在3月3日 周二 10:00前办结。" in to_owner
    assert "交办给您的时限已过。\n请尽快办结。" in to_handler
    assert "前办结" not in to_handler


def test_who_was_not_reached_is_not_told_that_time_is_up() -> None:
    """All the time is left, and the deadline is in the letter."""
    text = reminded(Reason.UNREACHABLE, OFFICER)
    assert "有责任人没有收到通知" in text
    assert "请在3月3日 周二 10:00前办结。" in text
    assert "时限已过" not in text and "尽快" not in text


def test_overdue_keeps_the_deadline_that_has_not_passed() -> None:
    """Not accepted in time at the top: until when it must be settled still stands there."""
    owner = a_seat("S:subdistrict_officer", 4)
    event = an_event(
        TicketOverdue, owner=owner, handler=owner, reason=Reason.ACCEPT_OVERDUE, accept_by=MONDAY_10, in_digest=()
    )
    text = letter_to_staff(the_bundle(event, Channel.EMAIL, "S:subdistrict_officer"), STATIONERY).text
    assert "接单时限已过。\n请尽快接单。\n公开页面上已标明超期。" in text
    assert "前接单" not in text
    assert "请在3月3日 周二 10:00前办结。" in text


NOTE, ABOUT = "进门左手边第二盏", "反映对象：网格员"
DETAILED = an_event(
    TicketAssigned,
    location_note=FreeText(digest="d", text=NOTE),
    about_role="grid_worker",
    also_told=("U:unit_head",),
    in_digest=(),
)


def test_who_must_act_reads_where_exactly_and_whom_it_is_about() -> None:
    """In text and HTML of the letter."""
    letter = letter_to_staff(the_bundle(DETAILED, Channel.EMAIL), STATIONERY)
    for words in (NOTE, ABOUT):
        assert words in letter.text and words in letter.html


def test_nobody_else_reads_where_exactly_and_whom_it_is_about() -> None:
    """Not who is informed, not a group."""
    informed = letter_to_staff(the_bundle(DETAILED, Channel.EMAIL, "U:unit_head"), STATIONERY)
    event = an_event(TicketAssigned, location_note=FreeText(digest="d", text=NOTE), about_role="urban_management")
    group = message_to_group(the_bundle(event, Channel.WECOM), STATIONERY, "zh-CN")
    for said in (informed.text, informed.html, repr(group)):
        assert NOTE not in said and "反映对象" not in said


def test_a_replaced_handler_gets_a_short_letter_without_a_link() -> None:
    """Who has it now, and that nothing is left to do."""
    event = an_event(
        TicketAssigned,
        actor=OFFICER,
        owner=IN_HAND,
        handler=a_seat("C:grid_worker", 5),
        replaced=LATE_HANDLER,
        reason=Reason.ASSIGNED_DOWN,
    )
    letter = letter_to_staff(the_bundle(event, Channel.EMAIL, MANAGER), STATIONERY)
    assert letter.subject == "【已转交】丽园小区1号楼1单元：楼道灯不亮"
    assert "这件诉求已改由丽园社区grid_worker承办，您不用再办理。" in letter.text
    assert "http" not in letter.text and "href" not in letter.html


def test_words_without_a_title_stand_in_a_letter_once() -> None:
    """The head says the category then; with a title it says that."""
    words = FreeText(digest="d", text="楼道灯不亮，已经一个星期了，老人上下楼很不方便，请尽快来修。")
    untitled, titled = (
        letter_to_staff(the_bundle(an_event(TicketAssigned, description=words, title=title), Channel.EMAIL), STATIONERY)
        for title in (None, FreeText(digest="t", text="楼道灯"))
    )
    assert untitled.text.count("楼道灯不亮") == untitled.html.count("楼道灯不亮") == 1
    assert "\n\nlighting\n" in untitled.text
    assert "\n\n楼道灯\n" in titled.text


def test_midnight_belongs_to_the_day_that_it_ends() -> None:
    """Nobody should read a deadline as a day later than it is."""
    midnight = MONDAY_10.replace(hour=16)
    for language, sentence in (("zh-CN", "请在3月2日 周一 24:00前办结。"), ("en", "Please settle by Mon 2 Mar 24:00.")):
        directory = a_directory()
        people = tuple(each.model_copy(update={"language": language}) for each in directory.people)
        stationery = Stationery(Town(directory.model_copy(update={"people": people})), "", SECRET, MONDAY_10)
        event = an_event(TicketAssigned, resolve_by=midnight)
        assert sentence in letter_to_staff(the_bundle(event, Channel.EMAIL), stationery).text


def test_the_reporter_reads_who_says_that_it_is_settled() -> None:
    """The handler, where the handler did it."""
    event = an_event(TicketResolved, actor=MANAGER, owner=IN_HAND, handler=LATE_HANDLER, reporter_ref=uuid4())
    reporter = Reporter(name=None, phone=None, email="someone@loumen.example", language="zh-CN")
    letter = letter_to_reporter(the_bundle(event, Channel.EMAIL, None), STATIONERY, reporter)
    assert "丽园小区property_manager表示已经办结。" in letter.text
    assert "如果没有解决，结案后10个自然日内可以要求重新办理，请告诉社区。" in letter.text


def test_each_reporter_of_a_merged_issue_gets_a_link_to_his_own() -> None:
    """What was reported by another opens with another's token alone, and says first that it goes on as this one."""
    mine, theirs = uuid4(), Report(ticket_id=uuid4(), ref=uuid4())
    event = an_event(TicketResolved, actor=MANAGER, id=mine, reporter_ref=uuid4(), also_reported=(theirs,))
    links, first = {}, {}
    for each in plan(event, TOWN, Groups(), MONDAY_10, time(18)):
        bundle = the_bundle(event, Channel.EMAIL, None, each.recipient.person)
        text = letter_to_reporter(
            bundle, STATIONERY, Reporter(name=None, phone=None, email="a@b", language="zh-CN")
        ).text
        first[each.recipient.person] = f"您反映的问题已并入工单{event.ticket.code}，一并办理。" in text
        links[each.recipient.person] = read_tracking(SECRET, text.split("token=")[1].split()[0]).ticket_id
    assert links == {None: mine, str(theirs.ref): theirs.ticket_id}
    assert first == {None: False, str(theirs.ref): True}


@pytest.mark.parametrize(
    ("visibility", "read"), [(Visibility.TEXT, True), (Visibility.STATUS, False), (Visibility.HIDDEN, False)]
)
def test_who_reported_a_merged_issue_reads_no_words_of_anothers_that_are_not_public(
    visibility: Visibility, read: bool
) -> None:
    """Nor does a co-signer: neither what was reported nor what was done about it, in subject or text."""
    theirs, neighbour = Report(ticket_id=uuid4(), ref=uuid4()), Voice(household="a", place="U", ref=uuid4())
    said = {"title": write("楼上漏水"), "text": write("已与302室谈妥")}
    event = an_event(
        TicketResolved, actor=MANAGER, visibility=visibility, also_reported=(theirs,), voices=(neighbour,), **said
    )
    for ref in (theirs.ref, neighbour.ref):
        reporter = Reporter(name=None, phone=None, email="a@b", language="zh-CN")
        letter = letter_to_reporter(the_bundle(event, Channel.EMAIL, None, str(ref)), STATIONERY, reporter)
        assert ("楼上漏水" in letter.subject, "谈妥" in letter.text) == (read, read)


def test_who_is_summoned_reads_who_asks_and_gets_a_link_of_his_own() -> None:
    """The owner stays responsible, so no deadline is the helper's; a release needs no link."""
    helper = a_seat("C:grid_worker", 2)
    event = an_event(TicketWhistled, actor=MANAGER, seats=(helper,))
    text = letter_to_staff(the_bundle(event, Channel.EMAIL, helper.post), STATIONERY).text
    assert "丽园小区property_manager请您到场协助" in text
    assert "/a/" in text and "前办结" not in text
    released = an_event(TicketReleased, actor=MANAGER, seats=(helper,))
    text = letter_to_staff(the_bundle(released, Channel.EMAIL, helper.post), STATIONERY).text
    assert "不再需要您协助" in text and "/a/" not in text
