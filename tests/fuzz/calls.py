"""Calls that nobody meant to make: of each method, and of none, with what it does not expect."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any
from uuid import UUID

from tests.contracts.examples import OTHER, TICKET
from tests.fuzz.junk import HEADERS, JUNK, WORDS, nested
from tests.fuzz.mutations import Thrown

NOBODY = str(UUID(int=7))
MOMENT = "2026-03-02T02:00:00+00:00"
PAGE: dict[str, Any] = {"after": None, "limit": 3}
SEAT = {"post": "liyuan-1:property_manager", "person": "liyuan-1-property-1", "assignment": 1}
ACT = {
    "action_id": NOBODY,
    "ticket_id": str(TICKET),
    "by": SEAT,
    "action": "accept",
    "details": {"text": None, "to": None, "photos": []},
}
BY = {"origin": {"via": "command_line", "who": "nobody", "address": "here"}}
HOLDING = {"post": "liyuan-1:property_manager", "role": "property_manager", "place": "liyuan-1", "levels": ["unit"]}
METHODS: dict[str, dict[str, dict[str, Any]]] = {
    "routing": {
        "act": {"act": ACT},
        "offer": {"ticket_id": str(TICKET), "by": SEAT},
        "erase_words": {"ticket_id": str(TICKET)},
        "preview": {"wanted": {"door_code": "LY1-01-2", "category": "lighting", "urgency": None, "at": MOMENT}},
        "heads": PAGE,
        "backlog": {},
    },
    "notify": {"deliveries": {"ticket_id": str(TICKET)}, "backlog": {}},
    "records": {
        "ticket": {"code": None, "ticket_id": str(TICKET), "story": False},
        "inbox": {"asked": {"posts": [HOLDING], "place": "liyuan", "text": "漏水", "status": None, "limit": 3}},
        "badges": {"posts": [HOLDING]},
        "stats": {"asked": {"posts": [HOLDING], "by": "place", "place": "liyuan", "since": "2026-03-02"}},
        "similar": {"place": "liyuan-1-01-2", "text": "楼道灯不亮", "category": "lighting", "limit": 3},
        "known": {"ids": [str(TICKET)]},
        "changed_orders": {"since": MOMENT, "cursor": None, "limit": 3},
        "events": {"ticket_id": str(TICKET)},
        "chains": PAGE,
        "rebuild": {"table": "tickets", "write": False, **PAGE},
        "reporter": {"reporter_ref": str(OTHER)},
        "erase_reporter": {"code": "YRNR-T7QB-EQKF-8"},
        "households": {"refs": [str(OTHER)], **BY},
        "photos_to_erase": {"ticket_id": str(TICKET)},
        "contact": {"reporter_ref": str(OTHER), **BY},
        "personal": {"reporter_ref": str(OTHER), **BY},
        "erase_personal": {"reporter_ref": str(OTHER), "ticket_id": str(OTHER)},
        "load_directory": {"files": {"places.csv": "code\n"}},
        "parked": {"all": True, "after": 0, "limit": 3},
        "parked_show": {"id": 0, **BY},
        "resend_parked": {"id": 0},
        "drop_parked": {"id": 0, **BY},
        "backlog": {},
        "directory": {},
        "directory_version": {},
        "read_tables": {},
        "accounts": {},
        "add_account": {"login": "nobody", "person": "liyuan-1-property-1", "admin": False, "password": "-"},
        "set_password": {"login": "nobody", "password": "-", **BY},
        "set_disabled": {"login": "nobody", "disabled": True, **BY},
        "begin_sign_in": {"login": "nobody", "address": "127.0.0.1"},
        "fail_sign_in": {"attempt": 0, **BY},
        "finish_sign_in": {"attempt": 0, "digest": "-", **BY},
        "identity": {"digest": "-"},
        "sign_out": {"digest": "-"},
        "api_tokens": {"login": "nobody"},
        "add_api_token": {"login": "nobody", "id": NOBODY, "scopes": [], "name": "-", "digest": "-", "ends_at": MOMENT},
        "revoke_api_token": {"login": "nobody", "id": NOBODY, **BY},
        "trail": {"wanted": {"who": "nobody", "since": MOMENT}, "before": 9, "limit": 3},
        "trail_links": {"after": 0, "limit": 3},
        "trail_head": {},
        "cut_trail": {"before": "2020-01-01T00:00:00+00:00", **BY},
        "exported": {"subject": "trail", "wanted": {}, **BY},
    },
}
"""What each method takes: none is left out, or the test says so."""


def calls(random: Random, service: str, reply_to: str) -> Iterator[Thrown]:
    """Endlessly; most want their answer at ``reply_to``, under an id of their own."""
    while True:
        method, arguments = random.choice(list(METHODS[service].items()))
        body = _body(random, _changed(random, arguments))
        told: dict[str, Any] = {
            "content_type": random.choice(("application/json", *WORDS)),
            "reply_to": reply_to if random.random() < 0.8 else random.choice(WORDS),
            "correlation_id": str(random.getrandbits(64)),
            "headers": {random.choice(("traceparent", "nameko.call_id_stack", "x")): random.choice(HEADERS)},
        }
        if random.random() < 0.05:
            told["headers"]["nested"] = nested(300)
        name = method if random.random() < 0.9 else random.choice(("", "no_such", "__init__", "settings", "*", "#"))
        yield Thrown(f"{service}.{name}", body, told, exchange="nameko-rpc")


def _changed(random: Random, arguments: dict[str, Any]) -> dict[str, Any]:
    changed = dict(arguments)
    for _ in range(random.choice((0, 1, 1, 2))):
        name = random.choice([*changed, "self", "_traceparent", "no_such"])
        inner = changed.get(name)
        if isinstance(inner, dict) and inner and random.random() < 0.8:
            changed[name] = {**inner, random.choice(list(inner)): random.choice(JUNK)}
        else:
            changed[name] = random.choice(JUNK)
    return changed


def _body(random: Random, arguments: dict[str, Any]) -> bytes:
    call = {"args": [], "kwargs": arguments}
    if random.random() < 0.8:
        return json.dumps(call).encode()
    wrong = (
        {"args": random.choice(JUNK), "kwargs": arguments},
        {"args": [], "kwargs": random.choice(JUNK)},
        {"args": list(arguments.values()), "kwargs": {}},
        random.choice(JUNK),
    )
    bodies = (json.dumps(random.choice(wrong)).encode(), b"", b"\xff", b"[" * 50_000, json.dumps(call).encode()[:-3])
    return random.choice(bodies)
