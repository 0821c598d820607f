"""Each channel against a real server."""

import email
import json
import time
from datetime import UTC, datetime
from email import policy
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.ports import LOOPBACK
from deploy.local.receivers import signature_fault
from services.notify.channels import GiveUp, TryLater
from services.notify.channels.email import Email, Letter
from services.notify.channels.http import open_pool
from services.notify.channels.webhook import Hook, Notice
from services.notify.channels.wecom import LIMITS, GroupBot, GroupMessage, content, cut
from tests.integration.notify.conftest import Mailroom, Receiver
from tests.ports import free_port

SECRET = b"shared-secret"
LETTER = Letter(
    id=UUID("00000000-0000-8000-8000-00000000000a"),
    to="one@loumen.example",
    to_name="丽园小区物业",
    subject="【待接单】丽园小区1号楼2单元：楼道灯不亮",
    text="楼道灯不亮",
    html="<p>楼道灯不亮</p>",
    language="zh-CN",
    thread=UUID("00000000-0000-8000-8000-00000000000b"),
    at=datetime(2026, 3, 2, 2, 0, tzinfo=UTC),
)
MESSAGE = GroupMessage("【待接单】灯", ("请尽快",), "打开工单", "https://loumen.example/t/1", ("user-1",))


def mail_to(port: int) -> Email:
    return Email(host=LOOPBACK, port=port, sender="loumen@town.example", sender_name="楼门", timeout=2)


def hook_to(url: str, timeout: float = 5) -> Hook:
    return Hook(url, SECRET, open_pool(url, 4, (timeout, timeout)))


def bot_at(url: str, form: str = "markdown") -> GroupBot:
    return GroupBot(url, form, "zh-CN", open_pool(url, 4, (5, 5)))  # type: ignore[arg-type]


def test_a_mail_arrives_whole_with_a_stable_id(mailroom: Mailroom) -> None:
    """Chinese subject and names, text and HTML, the thread of the ticket, no answering machine will answer it."""
    receipt = mail_to(mailroom.port).send(LETTER)
    [envelope] = mailroom.mails
    mail = email.message_from_bytes(envelope.content, policy=policy.default)
    assert receipt == mail["Message-ID"] == f"<{LETTER.id}@town.example>"
    assert mail["Subject"] == LETTER.subject
    assert mail["To"].addresses[0].display_name == LETTER.to_name
    assert mail["In-Reply-To"] == f"<ticket.{LETTER.thread}@town.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content().strip() for part in mail.iter_parts()] == [LETTER.text, LETTER.html]


def test_an_address_that_is_refused_is_given_up(mailroom: Mailroom) -> None:
    """5xx for the recipient: another try would fail again."""
    mailroom.refuse[LETTER.to] = "550 no such user"
    with pytest.raises(GiveUp):
        mail_to(mailroom.port).send(LETTER)


def test_greylisting_is_tried_later(mailroom: Mailroom) -> None:
    """4xx for the recipient, or for the mail."""
    mailroom.refuse[LETTER.to] = "450 come back later"
    with pytest.raises(TryLater):
        mail_to(mailroom.port).send(LETTER)
    mailroom.refuse.clear()
    mailroom.refuse_all = "452 mailbox full"
    with pytest.raises(TryLater):
        mail_to(mailroom.port).send(LETTER)


def test_a_mail_that_is_refused_is_given_up(mailroom: Mailroom) -> None:
    """554 after the data."""
    mailroom.refuse_all = "554 no"
    with pytest.raises(GiveUp):
        mail_to(mailroom.port).send(LETTER)


def test_a_mail_server_that_is_away_is_tried_later() -> None:
    """Nobody listens there."""
    with pytest.raises(TryLater):
        mail_to(free_port()).send(LETTER)


@pytest.mark.parametrize("address", ["", "no address", "a@b@c", "x\r\nRCPT TO:<y@z>", "@"])
def test_what_is_no_address_is_given_up(address: str, mailroom: Mailroom) -> None:
    """It never reaches the server."""
    with pytest.raises(GiveUp):
        mail_to(mailroom.port).send(Letter(**{**LETTER.__dict__, "to": address}))
    assert mailroom.mails == []


def test_a_webhook_is_signed_and_named(receiver: Receiver) -> None:
    """The receiver can check who, when and what, and knows a repeat."""
    notice = Notice(uuid4(), '{"灯": 1}'.encode(), int(time.time()))
    assert hook_to(f"{receiver.url}/x").send(notice) == "HTTP 200"
    [request] = receiver.requests
    assert signature_fault(SECRET, request.headers["X-Loumen-Signature"], request.body, time.time()) is None
    assert request.headers["X-Loumen-Delivery"] == str(notice.id)
    assert request.body == notice.body


def test_webhook_connections_are_kept(receiver: Receiver) -> None:
    """Ten messages, one connection."""
    hook = hook_to(receiver.url)
    for _ in range(10):
        hook.send(Notice(uuid4(), b"{}", 1))
    assert len(receiver.connections) == 1


def test_a_webhook_goes_through_the_environments_proxy(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an office's network wants it: with the password for the proxy, but not to where the environment exempts."""
    monkeypatch.setenv("http_proxy", receiver.url.replace("//", "//user:word@"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    for url in ("http://hook.example/x", f"{receiver.url}/y"):
        hook_to(url).send(Notice(uuid4(), b"{}", 1))
    first, second = receiver.requests
    assert (first.path, first.headers["proxy-authorization"]) == ("http://hook.example/x", "Basic dXNlcjp3b3Jk")
    assert (second.path, second.headers.get("proxy-authorization")) == ("/y", None)


@pytest.mark.parametrize("status", [400, 404, 410, 301, 302, 308])
def test_a_webhook_that_is_gone_or_moved_is_given_up(status: int, receiver: Receiver) -> None:
    """A redirect is not followed: the secret's holder is who we were told, not who they name."""
    receiver.answer(status, Location=f"{receiver.url}/elsewhere")
    with pytest.raises(GiveUp):
        hook_to(receiver.url).send(Notice(uuid4(), b"{}", 1))
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 503])
def test_a_webhook_in_trouble_is_tried_later(status: int, receiver: Receiver) -> None:
    """Not before it asked us to, within reason."""
    receiver.answer(status, Retry_After="77")
    receiver.answer(status, Retry_After="99999999")
    for asked in (77, 3600):
        with pytest.raises(TryLater) as caught:
            hook_to(receiver.url).send(Notice(uuid4(), b"{}", 1))
        assert caught.value.after == asked


def test_a_webhook_that_does_not_answer_is_tried_later(receiver: Receiver) -> None:
    """The time limit holds; nothing of the address shows in the reason."""
    receiver.gate.clear()
    with pytest.raises(TryLater) as caught:
        hook_to(f"{receiver.url}/secret-path", timeout=0.2).send(Notice(uuid4(), b"{}", 1))
    assert "secret-path" not in str(caught.value)


def test_an_endless_answer_is_not_read(receiver: Receiver) -> None:
    """A megabyte of answer: what counts is the status."""
    receiver.answer(200, b"x" * 1_000_000)
    assert hook_to(receiver.url).send(Notice(uuid4(), b"{}", 1)) == "HTTP 200"


def test_a_group_bot_gets_what_the_vendor_asks_for(receiver: Receiver) -> None:
    """Markdown with the mention on a line of its own, or text with a mention list."""
    bot_at(receiver.url).send(MESSAGE)
    bot_at(receiver.url, "text").send(MESSAGE)
    markdown, text = (json.loads(request.body) for request in receiver.requests)
    assert markdown["markdown"]["content"].endswith("[打开工单](https://loumen.example/t/1)\n<@user-1>")
    assert text["text"]["mentioned_list"] == ["user-1"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"errcode": 45009}', TryLater),
        (b'{"errcode": -1}', TryLater),
        (b'{"errcode": 93000}', GiveUp),
        (b'{"errcode": 40058}', GiveUp),
        (b"<html>", TryLater),
        (b"[]", TryLater),
    ],
)
def test_the_vendors_errcode_decides(body: bytes, error: type[Exception], receiver: Receiver) -> None:
    """HTTP 200 says nothing; too often is later, an invalid key is for good."""
    receiver.answer(200, body)
    with pytest.raises(error):
        bot_at(receiver.url).send(MESSAGE)


def test_too_often_waits_the_vendors_minute(receiver: Receiver) -> None:
    """45009: the next try comes when the minute is over."""
    receiver.answer(200, b'{"errcode": 45009}')
    with pytest.raises(TryLater) as caught:
        bot_at(receiver.url).send(MESSAGE)
    assert caught.value.after == 60


words = st.text(st.sampled_from("灯a😀<é\n"), max_size=3000)


@given(head=words, line=words, form=st.sampled_from(["markdown", "text"]))
def test_a_group_message_never_exceeds_the_vendors_bytes_and_keeps_its_link(head: str, line: str, form: str) -> None:
    """For any words, cut between characters."""
    message = GroupMessage(head, (line,), MESSAGE.link_text, MESSAGE.link, MESSAGE.mentions)
    words = content(message, form)[form]["content"]  # type: ignore[arg-type]
    assert len(words.encode()) <= LIMITS[form]
    assert MESSAGE.link and MESSAGE.link in words


@given(text=words, limit=st.integers(10, 200))
def test_a_cut_text_is_a_beginning_with_an_ellipsis(text: str, limit: int) -> None:
    """Nothing is cut that fits; what is cut says so."""
    short = cut(text, "", limit)
    if len(text.encode()) <= limit:
        assert short == text
    else:
        assert short.endswith("…") and text.startswith(short[:-1])
    assert len(short.encode()) <= limit
