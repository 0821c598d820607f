"""People who do with a ticket what its forms offer, through HTTP: at work with a session, residents with a token, two
at the same moment.

A form tells the truth: what is open is done, what is not is refused, unless somebody was faster, and then the form
says so too.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import requests

from shared.clock import Clock
from shared.contracts.queries import Form
from shared.contracts.vocabulary import Action, Detail
from tests.browsers import Browser, signed_in
from tests.chaos.lives import COUNTED, DOOR, Lives, Send, Somebody, from_elsewhere, repeated
from tests.chaos.residents import Taken
from tests.unit.routing.filled import fill

FLATS, PATIENCE = 5, 10
PEOPLE = (
    "liyuan-1-01-2-head",
    "liyuan-1-property-1",
    "liyuan-officer-1",
    "qingyuan-officer-1",
    "qingyuan-urban-management",
)
ENDING = frozenset({Action.RESOLVE, Action.REJECT, Action.MERGE, Action.WITHDRAW})
"""Of two of these at the same moment one makes the other impossible."""
BESIDE = frozenset({Action.MERGE, Action.UNMERGE, Action.CONFIRM_HOUSEHOLD})
"""What may fail for the other ticket's sake, or of a household that another post confirms."""


@dataclass(frozen=True)
class Offered:
    """A ticket's forms as somebody found them. ``code``: of the ticket that goes on, where it was merged and they are a
    resident; ``waiting``: the households that they may confirm."""

    ticket: Taken
    code: str
    who: Somebody
    forms: dict[Action, Form]
    waiting: tuple[str, ...]


def sign_in(lives: Lives) -> None:
    """Each of ``PEOPLE``, before anything goes wrong."""
    browsers = signed_in(lives.system, {person: person for person in PEOPLE})
    lives.at_work += [Somebody(person, _by_session(browser)) for person, browser in browsers.items()]


def _by_session(browser: Browser) -> Send:
    return lambda method, path, body: browser.ask(method, path, json=body)


def _by_token(lives: Lives, token: str) -> Send:
    url, headers = f"{lives.system.local.url}/api/v1", {"Authorization": f"Bearer {token}"}
    return lambda method, path, body: requests.request(
        method, url + path, json=body, headers=headers | from_elsewhere(), timeout=PATIENCE
    )


def work(lives: Lives) -> str:
    """Somebody at work who has to do with a ticket does something, mostly what is open."""
    ticket = _choose(lives)
    people = lives.random.sample(lives.at_work, len(lives.at_work))
    offered = next((each for who in people if (each := _offered(lives, who, ticket))), None)
    return _does_something(lives, offered) if offered else f"nobody has to do with {ticket.code} yet"


def speak_up(lives: Lives) -> str:
    """The reporter of a ticket, or a household that co-signed it, does something."""
    ticket = _choose(lives)
    tokens = [ticket.receipt["tracking_token"], *(token for id, _, token in lives.voices if id == ticket.id)]
    who = Somebody("a resident", _by_token(lives, lives.random.choice(tokens)))
    offered = _offered(lives, who, ticket)
    return _does_something(lives, offered) if offered else f"{ticket.code} is not in the record yet"


def cosign(lives: Lives) -> str:
    """A household says: mine too."""
    ticket, flat = _choose(lives), str(lives.random.randrange(1, FLATS + 1))
    body = {"door_code": DOOR, "household": flat, "action_id": str(uuid4())}
    url = f"{lives.system.local.url}/api/v1/tickets/{ticket.code}/cosign"
    answer = lives.insist(lambda: requests.post(url, json=body, headers=from_elsewhere(), timeout=PATIENCE))
    if answer.status_code == 201:
        assert (ticket.id, flat) not in {(id, each) for id, each, _ in lives.voices}, "one voice a household"
        lives.voices.append((ticket.id, flat, answer.json()["tracking_token"]))
        lives.done[ticket.id, COUNTED[Action.COSIGN]] += 1
    else:
        assert answer.status_code in (403, 404, 409), answer.text
    return f"flat {flat} co-signs {ticket.code}: {answer.status_code}"


def two_at_once(lives: Lives) -> str:
    """Two do something with one ticket at the same moment: of two ends one comes true, and the other is told how it
    stands."""
    ticket = _choose(lives)
    reporter = Somebody("the reporter", _by_token(lives, ticket.receipt["tracking_token"]))
    found = [each for who in (*lives.at_work, reporter) if (each := _offered(lives, who, ticket))]
    chosen = [(each, action) for each in found if (action := _choose_open(lives, each, ENDING))]
    if len(chosen) < 2:
        return f"no two have to do with {ticket.code}"
    pair = lives.random.sample(chosen, 2)
    wishes = [(each, action, _filled(lives, each, action)) for each, action in pair]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda wish: _send(lives, *wish), wishes))
    for (offered, action, _), answer in zip(wishes, answers, strict=True):
        _check(lives, offered, action, answer)
    ended = [
        answer.json()["ticket"]["code"]
        for (_, action), answer in zip(pair, answers, strict=True)
        if answer.status_code == 200 and action in ENDING
    ]
    assert len(ended) == len(set(ended)), pair
    return f"{[str(action) for _, action in pair]} on {ticket.code} at once: {[each.status_code for each in answers]}"


def _choose(lives: Lives) -> Taken:
    """One of those that were handed in where people are at work."""
    return lives.random.choice([each for each in lives.taken if each.body["door_code"] == DOOR])


def _does_something(lives: Lives, offered: Offered) -> str:
    action = _choose_open(lives, offered) if lives.random.random() < 0.8 else None
    action = action or lives.random.choice(sorted(offered.forms))
    body = _filled(lives, offered, action)
    answer = repeated(lives, lambda: _send(lives, offered, action, body))
    _check(lives, offered, action, answer)
    told = f"{answer.status_code} {answer.json().get('reason', '')}"
    return f"{offered.who.name}: {action} on {offered.ticket.code}: {told}"


def _offered(lives: Lives, who: Somebody, ticket: Taken) -> Offered | None:
    """None where the record does not know it yet, or it has nothing to do with them."""
    answer = lives.insist(lambda: who.send("GET", f"/tickets/{ticket.code}/actions", None))
    if answer.status_code in (404, 409):
        return None
    assert answer.status_code == 200, answer.text
    if not answer.json()["forms"]:
        return None
    forms = {form.action: form for form in map(Form.model_validate, answer.json()["forms"])}
    waiting = [each["household"] for each in answer.json()["households"] if not each["confirmed_at"]]
    return Offered(ticket, answer.json()["ticket"]["code"], who, forms, tuple(waiting))


def _choose_open(lives: Lives, offered: Offered, rather: frozenset[Action] = frozenset()) -> Action | None:
    """One that is open and was done the least so far: all come to their turn."""
    found = [each for each, form in offered.forms.items() if form.refused is None]
    lives.random.shuffle(found)
    return min(found, key=lambda each: (each not in rather, lives.tried[each]), default=None)


def _filled(lives: Lives, offered: Offered, action: Action) -> dict[str, Any]:
    """The form, filled in rightly, with what is there."""
    form, random = offered.forms[action], lives.random
    now = Clock(lives.system.local.home / "clock.json").now()
    how, number = random.choice(("wholly", "needed")), random.choice((1, 4, 5, 8))
    details = fill(form, how, number, None, now).details
    body = details.model_dump(mode="json", exclude_defaults=True, exclude={"photos", "ticket", "household"})
    if Detail.TICKET in form.needs:
        body["ticket"] = _choose(lives).code
    if Detail.HOUSEHOLD in form.needs and offered.waiting:
        body["household"] = random.choice(offered.waiting)
    if Detail.TASKS in form.needs and form.posts:
        body["tasks"] = [{"text": "分项", "to": random.choice(form.posts).post}]
    return {**body, "action_id": str(uuid4())}


def _send(lives: Lives, offered: Offered, action: Action, body: dict[str, Any]) -> requests.Response:
    path = f"/tickets/{offered.ticket.code}/actions/{action}"
    return lives.insist(lambda: offered.who.send("POST", path, body))


def _check(lives: Lives, offered: Offered, action: Action, answer: requests.Response) -> None:
    """As the form said, or else the form has changed by now."""
    lives.tried[action] += 1
    assert answer.status_code in (200, 403, 409), answer.text
    if answer.status_code == 200:
        if action in COUNTED:
            lives.done[_acted_on(lives, answer).id, COUNTED[action]] += 1
    else:
        assert answer.json()["instead"]["status"], "the other is told how it stands"
    form = offered.forms[action]
    if (answer.status_code == 200) == (form.refused is None) or (form.refused is None and action in BESIDE):
        return
    again = _offered(lives, offered.who, offered.ticket)
    assert not again or (again.code, again.forms.get(action)) != (offered.code, form), (action, form, answer.text)


def _acted_on(lives: Lives, answer: requests.Response) -> Taken:
    """Who reported or co-signed what was merged acts on the ticket that goes on."""
    return next(each for each in lives.taken if each.code == answer.json()["ticket"]["code"])
