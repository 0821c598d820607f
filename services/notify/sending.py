"""Sends one message by its channel, and makes of what happens an outcome."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

import structlog

from services.notify.channels import GiveUp, Needless, TryLater, http
from services.notify.channels.email import Email
from services.notify.channels.webhook import Hook
from services.notify.channels.wecom import GroupBot
from services.notify.domain.fates import Fate, is_overtaken, is_stale, retry_seconds
from services.notify.domain.plan import RESIDENTS
from services.notify.domain.turns import Bundle, Due
from services.notify.groups import Channels
from services.notify.settings import NotifySettings
from services.notify.writing.letters import letter_to_reporter, letter_to_staff
from services.notify.writing.notices import message_to_group, notice_to_system
from services.notify.writing.stationery import Stationery, event_of
from shared.contracts.queries import Reporter
from shared.contracts.vocabulary import Channel

log = structlog.get_logger()

Way = TypeVar("Way")


@dataclass(frozen=True)
class Ways:
    """The ways out. ``ask_reporter`` asks records for an address at the moment of sending, and raises ``TryLater``."""

    email: Email
    bots: Mapping[str, GroupBot]
    hooks: Mapping[str, Hook]
    ask_reporter: Callable[[UUID], Reporter | None]


@dataclass(frozen=True)
class Outcome:
    """What became of a message. ``words``: the receipt of what was sent, else why not.

    ``wait``: real seconds until the next try of what is still pending.
    """

    bundle: Bundle[Due]
    fate: Fate
    words: str
    wait: float = 0


def send(message: Bundle[Due], stationery: Stationery, ways: Ways, real_now: datetime) -> str:
    """Write a message and send it; the receipt. Raises ``TryLater``, ``GiveUp`` or ``Needless``."""
    first = message.first
    if is_stale(first.purpose, first.delivery.assignment, first.standing):
        raise Needless("the ticket has moved on")
    match first.channel:
        case Channel.EMAIL if first.purpose in RESIDENTS:
            event = event_of(first)
            if is_overtaken(event, first.standing):
                raise Needless("it is settled by now")
            reference = UUID(first.person) if first.person else event.ticket.reporter_ref
            reporter = ways.ask_reporter(reference) if reference else None
            return ways.email.send(letter_to_reporter(message, stationery, reporter))
        case Channel.EMAIL:
            return ways.email.send(letter_to_staff(message, stationery))
        case Channel.WECOM:
            bot = _known(ways.bots, first)
            return bot.send(message_to_group(message, stationery, bot.language))
        case Channel.WEBHOOK:
            return _known(ways.hooks, first).send(notice_to_system(message, stationery, int(real_now.timestamp())))


def _known(ways: Mapping[str, Way], due: Due) -> Way:
    if due.target is None or due.target not in ways:
        raise GiveUp(f"no {due.lane} is configured any more")
    return ways[due.target]


def try_to_send(message: Bundle[Due], stationery: Stationery, ways: Ways, real_now: datetime) -> Outcome:
    """``send``, and what to make of it. Never raises: one bad message must not stop the others."""
    try:
        return Outcome(message, Fate.SENT, send(message, stationery, ways, real_now))
    except Needless as reason:
        return Outcome(message, Fate.SKIPPED, str(reason))
    except GiveUp as reason:
        return Outcome(message, Fate.FAILED, str(reason))
    except TryLater as reason:
        return _again(message, str(reason), reason.after)
    except Exception as error:
        log.exception("message not sent", delivery=str(message.first.id))
        return _again(message, f"unexpected: {type(error).__name__}", None)


def _again(message: Bundle[Due], why: str, asked: float | None) -> Outcome:
    wait = retry_seconds(message.first.attempts, asked)
    return Outcome(message, Fate.FAILED, why) if wait is None else Outcome(message, Fate.PENDING, why, wait)


def ways_out(settings: NotifySettings, channels: Channels, ask_reporter: Callable[[UUID], Reporter | None]) -> Ways:
    """The channels as the operator has set them up. Connects to nothing yet."""
    timeout = (settings.connect_seconds, settings.answer_seconds)
    pool = partial(http.open_pool, connections=settings.lane_width, timeout=timeout)
    return Ways(
        email=Email(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.smtp_from,
            sender_name=settings.smtp_from_name,
            timeout=settings.answer_seconds,
            starttls=settings.smtp_starttls,
            user=settings.smtp_user,
            password=settings.smtp_password,
        ),
        bots={
            bot.name: GroupBot(url, bot.form, bot.language, pool(url))
            for bot, url in ((each, channels.bot_url(each)) for each in channels.bots)
        },
        hooks={hook.name: Hook(hook.url, hook.secret.encode(), pool(hook.url)) for hook in channels.webhooks},
        ask_reporter=ask_reporter,
    )
