"""E-mail by SMTP. The ``Message-ID`` comes from the delivery's id, so that a repeat is known as one."""

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

from services.notify.channels import GiveUp, TryLater

PERMANENT = 500


@dataclass(frozen=True)
class Letter:
    """One mail. ``thread`` (the ticket) keeps what belongs together together in the reader's list."""

    id: UUID
    to: str
    to_name: str
    subject: str
    text: str
    html: str
    language: str
    thread: UUID
    at: datetime


@dataclass(frozen=True)
class Email:
    """An SMTP server, asked anew for every mail; ``timeout`` in seconds for each of its answers."""

    host: str
    port: int
    sender: str
    sender_name: str
    timeout: float
    starttls: bool = False
    user: str | None = None
    password: str | None = None

    def send(self, letter: Letter) -> str:
        """The ``Message-ID``. Raises ``GiveUp`` for an address that is refused, ``TryLater`` for all that may pass."""
        mail = compose(letter, self.sender, self.sender_name)
        try:
            with smtplib.SMTP(self.host, self.port, timeout=self.timeout) as server:
                if self.starttls:
                    server.starttls(context=ssl.create_default_context())
                if self.user and self.password:
                    server.login(self.user, self.password)
                server.send_message(mail, self.sender, [letter.to])
        except smtplib.SMTPAuthenticationError as error:
            raise TryLater(f"the mail server refuses our login: {error.smtp_code}") from error
        except smtplib.SMTPRecipientsRefused as error:
            _judge(error.recipients[letter.to][0], "the address was refused")
        except smtplib.SMTPResponseException as error:
            _judge(error.smtp_code, "the mail was refused")
        except smtplib.SMTPNotSupportedError as error:
            raise GiveUp(f"the mail server lacks a feature: {error}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise TryLater(f"the mail server is away: {type(error).__name__}") from error
        return str(mail["Message-ID"])


def _judge(code: int, what: str) -> None:
    if code >= PERMANENT:
        raise GiveUp(f"{what}: {code}")
    raise TryLater(f"{what} for now: {code}")


def compose(letter: Letter, sender: str, sender_name: str) -> EmailMessage:
    """The mail with its headers. Raises ``GiveUp`` for an address that is none."""
    domain = sender.rpartition("@")[2]
    mail = EmailMessage(policy=SMTP)
    try:
        mail["To"] = Address(display_name=letter.to_name, addr_spec=letter.to)
    except (ValueError, IndexError, MessageError) as error:
        raise GiveUp("not an e-mail address") from error
    mail["From"] = Address(display_name=sender_name, addr_spec=sender)
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(letter.at)
    mail["Message-ID"] = f"<{letter.id}@{domain}>"
    mail["In-Reply-To"] = mail["References"] = f"<ticket.{letter.thread}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = letter.language
    mail.set_content(letter.text)
    mail.add_alternative(letter.html, subtype="html")
    return mail
