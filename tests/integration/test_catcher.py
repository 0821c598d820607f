"""The message catcher: real SMTP and HTTP in, a page and JSON out."""

import hashlib
import hmac
import os
import smtplib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import requests

from deploy.local.ports import LOOPBACK, is_free
from deploy.local.processes import Program, wait_until
from deploy.local.supervisor import running
from tests.ports import free_port

SECRET = "a secret for the test"
LINK = "http://127.0.0.1:8000/a/token"


@contextmanager
def catching(home: Path) -> Iterator[int]:
    """The catcher as a process; gives its HTTP port, SMTP is the next one."""
    port = free_port()
    while not (is_free(port + 1) and is_free(port + 2)):
        port = free_port()
    settings = {"LOUMEN_HOME": str(home), "LOUMEN_PORT": str(port), "LOUMEN_WEBHOOK_SECRET": SECRET}
    program = Program("catcher", (sys.executable, "-m", "deploy.local.catcher"), os.environ | settings)
    with running([program], home / "pids"):
        assert wait_until(lambda: not is_free(port + 1) and not is_free(port + 2), 30)
        yield port + 1


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[int]:
    with catching(tmp_path) as port:
        yield port


def send_mail(http_port: int, to: str, ticket: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "loumen@example.org", to, f"新工单 {ticket}"
    mail["Message-ID"] = "<delivery-1@example.org>"
    mail.set_content(f"楼上漏水泡了楼顶。请处理：{LINK}。\n<b>不是标记</b>")
    with smtplib.SMTP(LOOPBACK, http_port + 1, timeout=30) as smtp:
        smtp.send_message(mail)


def messages(http_port: int, **filters: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requests.get(
        f"http://{LOOPBACK}:{http_port}/messages", params=filters, timeout=30
    ).json()
    return found


def say_in_group(http_port: int, body: str | bytes, key: str = "group-1") -> int:
    url = f"http://{LOOPBACK}:{http_port}/wecom/cgi-bin/webhook/send"
    response = requests.post(url, params={"key": key}, data=body, timeout=30)
    assert response.status_code == 200
    code: int = response.json()["errcode"]
    return code


def a_text(content: str) -> bytes:
    return requests.Request("POST", "http://x", json={"msgtype": "text", "text": {"content": content}}).prepare().body  # type: ignore[return-value]


def test_mail_is_shown_as_its_reader_sees_it(catcher: int) -> None:
    """A Chinese mail sent by SMTP is on the page decoded, its link clickable, its markup harmless."""
    send_mail(catcher, "wuye@example.org", "7K3M-9QXR-2BTD-5")

    page = requests.get(f"http://{LOOPBACK}:{catcher}/", timeout=30).text
    assert "新工单 7K3M-9QXR-2BTD-5" in page
    assert f'<a href="{LINK}">{LINK}</a>。' in page
    assert "&lt;b&gt;不是标记" in page


def test_messages_can_be_asked_for(catcher: int) -> None:
    """The JSON list gives channel, receiver, links and delivery, and filters by channel, receiver and ticket."""
    send_mail(catcher, "wuye@example.org", "7K3M-9QXR-2BTD-5")
    say_in_group(catcher, a_text("提醒"))

    [mail] = messages(catcher, channel="email", to="wuye@example.org", ticket="7K3M-9QXR-2BTD-5")
    assert (mail["links"], mail["delivery"]) == ([LINK], "<delivery-1@example.org>")
    assert [each["channel"] for each in messages(catcher)] == ["wecom", "email"]
    assert messages(catcher, ticket="another") == []


def test_messages_survive_a_restart(tmp_path: Path) -> None:
    """What was caught before the catcher restarted is still listed after."""
    with catching(tmp_path) as port:
        send_mail(port, "wuye@example.org", "T")
    with catching(tmp_path) as port:
        assert len(messages(port)) == 1


def test_group_bot_takes_twenty_messages_a_minute(catcher: int) -> None:
    """The 21st message of a minute with one key gets errcode 45009; another key is not touched by it."""
    codes = [say_in_group(catcher, a_text(f"{number}")) for number in range(21)]

    assert codes == [0] * 20 + [45009]
    assert say_in_group(catcher, a_text("x"), key="group-2") == 0
    assert len(messages(catcher, to="group-1")) == 20


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (a_text("a" * 2048), 0),
        (a_text("楼" * 683), 40058),
        (b'{"msgtype": "markdown", "markdown": {"content": "' + b"a" * 4096 + b'"}}', 0),
        (b'{"msgtype": "markdown", "markdown": {"content": "' + b"a" * 4097 + b'"}}', 40058),
        (a_text(""), 44004),
        (b"not json", 47001),
        (b'{"msgtype": "text", "text": {"content": "\\ud800"}}', 47001),
        (b'{"msgtype": "image", "image": {"content": "x"}}', 40008),
    ],
)
def test_group_bot_refuses_as_the_vendor_does(catcher: int, body: bytes, code: int) -> None:
    """Sizes count in bytes (text 2,048, markdown 4,096), and what it refuses is not shown."""
    assert say_in_group(catcher, body) == code
    assert len(messages(catcher)) == (1 if code == 0 else 0)


def signed(body: bytes, moment: float, secret: str = SECRET) -> dict[str, str]:
    text = f"{int(moment)}".encode()
    mac = hmac.new(secret.encode(), text + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Loumen-Signature": f"t={int(moment)},v1={mac}", "X-Loumen-Delivery": "delivery-2"}


def test_webhook_takes_only_what_is_signed(catcher: int) -> None:
    """A fresh signature over the very body is taken; a wrong key, another body, an old one or none is refused."""
    url, body, now = f"http://{LOOPBACK}:{catcher}/webhook/city", b'{"ticket": "T"}', time.time()

    assert requests.post(url, data=body, headers=signed(body, now), timeout=30).status_code == 204
    for headers in (signed(body, now, "other"), signed(b"other", now), signed(body, now - 3600), {}):
        assert requests.post(url, data=body, headers=headers, timeout=30).status_code == 401
    [taken] = messages(catcher, channel="webhook", to="city")
    assert taken["delivery"] == "delivery-2"
