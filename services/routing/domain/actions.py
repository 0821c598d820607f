"""What people may do with a ticket: one line of ``ACTIONS`` for each action.

Whoever has one of its ``parts`` may do it in its ``statuses``, unless something stands in the way; its form asks for
what it ``needs`` and what it ``takes`` besides. ``doing.py`` reads the table; the effects are in the files it names.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.routing.domain import (
    contacting,
    effects,
    merging,
    pausing,
    rejecting,
    reopening,
    residents,
    restamping,
    splitting,
    summoning,
    transferring,
    watching,
)
from services.routing.domain.case import Case, Change, Doing, Standing
from shared.contracts.directory import Post
from shared.contracts.vocabulary import Action, Detail, Part, Refusal, Status
from shared.directory import Town

IN_WORK: Final = (Status.ASSIGNED, Status.ACCEPTED)
PAUSED: Final = (Status.SUSPENDED, Status.DELIBERATING)
OPEN: Final = tuple(status for status in Status if status.is_open)
OVER: Final = (Status.RESOLVED, Status.CLOSED)
ENDED: Final = (*OVER, Status.REJECTED)

Effect = Callable[[Case, Doing, Town, datetime], Change | Refusal]
Hindrance = Callable[[Case, Standing, Town, datetime], Refusal | None]
Latest = Callable[[Case, Town, datetime], datetime | None]
Choices = Callable[[Case, Sequence[Standing], Town, datetime], Iterable[Post]]


@dataclass(frozen=True)
class Rule:
    """An action: whose it is, what it does, when, what its form asks for, what else stands in its way (``unless``), and
    which posts it can name (``posts``), the latest date that it can (``until``). ``accepts``: who does it without
    accepting first has accepted by that. ``counts``: a co-signer's weighs as much as the reporter's, and so it is open
    to confirmed households alone."""

    parts: tuple[Part, ...]
    effect: Effect
    statuses: tuple[Status, ...] = IN_WORK
    needs: tuple[Detail, ...] = ()
    takes: tuple[Detail, ...] = ()
    unless: Hindrance | None = None
    posts: Choices | None = None
    until: Latest | None = None
    accepts: bool = False
    counts: bool = False


OWNER: Final = (Part.OWNER,)
ABOVE: Final = (Part.ABOVE,)
ANSWERING: Final = (*OWNER, *ABOVE)
SEATED: Final = (Part.OWNER, Part.HANDLER)
IN_TOUCH: Final = (*SEATED, Part.ABOVE)
TEXT: Final = (Detail.TEXT,)
REPORTER: Final = (Part.REPORTER,)
SIGNED: Final = (Part.REPORTER, Part.COSIGNER)
HEARD: Final = (Detail.WAY, Detail.REACHED)
SAID: Final = (Detail.SETTLED, Detail.GRADE, Detail.TEXT)


def _whoever_asks(posts: Callable[[Case, Town, datetime], Iterable[Post]]) -> Choices:
    return lambda case, _standings, town, now: posts(case, town, now)


ACTIONS: Final[Mapping[Action, Rule]] = {
    Action.ACCEPT: Rule(SEATED, effects.accept, takes=TEXT, unless=effects.accepted_before),
    Action.RESOLVE: Rule(
        SEATED,
        effects.resolve,
        needs=TEXT,
        takes=(Detail.PHOTOS, Detail.SETTLED),
        unless=effects.tasks_open,
        accepts=True,
    ),
    Action.HAND_BACK: Rule(SEATED, effects.hand_back, needs=TEXT, unless=effects.cannot_hand_back),
    Action.ESCALATE: Rule(OWNER, effects.escalate, needs=TEXT, unless=effects.at_top),
    Action.NOTE: Rule(
        (*IN_TOUCH, Part.SUMMONED, Part.AT_DOOR),
        effects.note,
        (*OPEN, Status.RESOLVED),
        needs=TEXT,
        takes=(Detail.PHOTOS, Detail.INTERNAL),
    ),
    Action.ASSIGN: Rule(
        OWNER,
        effects.assign,
        needs=(Detail.TO,),
        takes=(Detail.TEXT, Detail.UNTIL),
        unless=effects.nobody_below,
        posts=_whoever_asks(effects.below),
        until=effects.owners_limit,
        accepts=True,
    ),
    Action.TAKE_BACK: Rule(
        OWNER, transferring.take_back, takes=TEXT, unless=transferring.nobody_else_works, accepts=True
    ),
    Action.TRANSFER: Rule(
        OWNER,
        transferring.transfer,
        needs=(Detail.TO, Detail.TEXT),
        unless=transferring.cannot_transfer,
        posts=_whoever_asks(transferring.peers),
    ),
    Action.SUPERVISE: Rule(ABOVE, watching.supervise, OPEN, needs=TEXT, unless=watching.supervised_before),
    Action.REMIND: Rule((*ANSWERING, *SIGNED), watching.remind, takes=TEXT, unless=watching.cannot_remind, counts=True),
    Action.RESTAMP: Rule(ANSWERING, restamping.restamp_by_hand, needs=TEXT, unless=restamping.cannot_restamp),
    Action.REJECT: Rule(OWNER, rejecting.reject, OPEN, needs=TEXT, unless=effects.tasks_open),
    Action.SUSPEND: Rule(
        OWNER,
        pausing.suspend,
        needs=(Detail.TEXT, Detail.UNTIL),
        unless=pausing.cannot_suspend,
        until=pausing.latest_suspension,
        accepts=True,
    ),
    Action.CONSENT: Rule(ABOVE, pausing.consent, takes=TEXT, unless=pausing.not_asked),
    Action.DECLINE: Rule(ABOVE, pausing.decline, needs=TEXT, unless=pausing.not_asked),
    Action.DELIBERATE: Rule(
        OWNER,
        pausing.deliberate,
        needs=(Detail.UNTIL,),
        takes=TEXT,
        unless=pausing.no_time_left,
        until=pausing.latest_deliberation,
        accepts=True,
    ),
    Action.RESUME: Rule(ANSWERING, pausing.resume, PAUSED, takes=TEXT),
    Action.CONTACT: Rule(IN_TOUCH, contacting.contact, OPEN, needs=HEARD, takes=SAID),
    Action.CALL_BACK: Rule(IN_TOUCH, contacting.call_back, OVER, needs=HEARD, takes=SAID),
    Action.MERGE: Rule(ANSWERING, merging.merge, OPEN, needs=(Detail.TICKET,), takes=TEXT),
    Action.UNMERGE: Rule(ANSWERING, merging.unmerge, (Status.MERGED,), takes=TEXT),
    Action.SPLIT: Rule(
        OWNER,
        splitting.split,
        needs=(Detail.TASKS,),
        takes=TEXT,
        unless=splitting.cannot_split,
        posts=_whoever_asks(effects.below),
        accepts=True,
    ),
    Action.WHISTLE: Rule(
        OWNER,
        summoning.whistle,
        OPEN,
        needs=(Detail.POSTS, Detail.TEXT),
        unless=summoning.nobody_to_summon,
        posts=_whoever_asks(summoning.summonable),
        accepts=True,
    ),
    Action.ARRIVE: Rule((Part.SUMMONED,), summoning.arrive, OPEN, takes=TEXT, unless=summoning.arrived_before),
    Action.RELEASE: Rule(
        (*OWNER, Part.SUMMONER),
        summoning.release,
        OPEN,
        takes=(Detail.POSTS, Detail.TEXT),
        unless=summoning.cannot_release,
        posts=summoning.releasable,
    ),
    Action.CONFIRM_HOUSEHOLD: Rule(
        (Part.AT_DOOR,),
        residents.confirm_household,
        (*OPEN, *ENDED),
        needs=(Detail.HOUSEHOLD,),
        unless=residents.nobody_to_confirm,
    ),
    Action.COSIGN: Rule((Part.NEIGHBOUR,), residents.cosign, OPEN),
    Action.COMMENT: Rule(SIGNED, residents.comment, (*OPEN, *ENDED), needs=TEXT, takes=(Detail.PHOTOS,)),
    Action.CONFIRM: Rule(REPORTER, residents.confirm, (Status.RESOLVED,), unless=residents.own_work),
    Action.REOPEN: Rule(
        SIGNED,
        reopening.reopen,
        OVER,
        needs=TEXT,
        takes=(Detail.PHOTOS,),
        unless=reopening.closed_too_long,
        counts=True,
    ),
    Action.RATE: Rule(
        SIGNED,
        residents.rate,
        ENDED,
        needs=(Detail.GRADE,),
        takes=TEXT,
        unless=residents.cannot_rate,
        counts=True,
    ),
    Action.WITHDRAW: Rule(
        (*REPORTER, Part.ABOVE), residents.withdraw, OPEN, takes=TEXT, unless=residents.cannot_withdraw
    ),
    Action.APPEAL: Rule(
        REPORTER,
        reopening.appeal,
        (Status.REJECTED,),
        needs=TEXT,
        takes=(Detail.PHOTOS,),
        unless=reopening.appealed_before,
    ),
}
