"""schemathesis over the OpenAPI document of the running system: examples, every border of every schema, random and
broken requests, and calls that follow from one another.
"""

import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import requests
from PIL import Image

from services.intake.guard import COOKIE
from tests.browsers import Browser, loumen
from tests.chaos.residents import CATEGORIES, DOORS
from tests.fuzz.effort import SECONDS, SEED, TIMES
from tests.system import System

ROOT = Path(__file__).parents[2]
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = 10
"""For each operation."""
HELD = 40
"""Tickets that somebody has a link for: each takes a few actions before it has gone to another."""


def photo(system: System) -> dict[str, str]:
    """One that the fuzzer can attach and see: its id, and the token of its link."""
    png = BytesIO()
    Image.new("RGB", (8, 8)).save(png, "PNG")
    new = requests.post(f"{system.local.url}/api/v1/photos", files={"photo": png.getvalue()}, timeout=30).json()
    return {"id": new["id"], "token": parse_qs(urlsplit(new["link"]).query)["token"][0]}


def action_tokens(system: System) -> list[str]:
    """Links of all kinds of posts, whoever got them by mail."""
    filed = [
        system.file(DOORS[number % len(DOORS)], category=CATEGORIES[number % len(CATEGORIES)]) for number in range(HELD)
    ]
    return [system.link(each, "") for each in filed]


def what_is_true(system: System) -> dict[str, list[str]]:
    """The words that open doors, by the names that the configuration has for them."""
    shown = photo(system)
    return {
        "doors": DOORS[:5],
        "categories": [*CATEGORIES, "other"],
        "roles": ["property_manager", "unit_head", "community_officer"],
        "moments": ["2026-03-02T10:00:00+08:00", "2026-03-07T02:00:00Z"],
        "words": ["已到现场看过", "请协助处理"],
        "posts": ["liyuan-1:unit_head", "liyuan:community_officer"],
        "codes": [system.file(DOORS[number % 2], category="lighting").code for number in range(5)],
        "flats": [f"{number}室" for number in range(100, 400)],
        "photos": [shown["id"]],
        "photo_tokens": [shown["token"]],
        "action_tokens": action_tokens(system),
        "people": ["liyuan-officer-1"],
        "logins": [an_account(system)],
    }


def personal_data(system: System) -> str:
    """Those of somebody whose ticket is no other call's: they are erased."""
    mine = system.file(DOORS[0], reporter={"email": "resident@home.example"})
    return f"""
[[operations]]
include-path = "/api/v1/tickets/{{code}}/personal"
headers = {{ Authorization = "Bearer {mine.token}" }}
parameters = {{ "path.code" = "{mine.code}" }}
"""


def an_account(system: System) -> str:
    """Of somebody else, for an admin to look after."""
    assert loumen(system, "account", "add", "another", "--admin", typed=str(uuid4())).returncode == 0
    return "another"


def session_of_somebody(system: System) -> str:
    """The cookie of somebody who works here and has signed in."""
    password = str(uuid4())
    assert (
        loumen(
            system, "account", "add", "somebody", "--person", "liyuan-1-property-1", "--admin", typed=password
        ).returncode
        == 0
    )
    signed_in = Browser(system)
    assert signed_in.sign_in("somebody", password).status_code == 200
    return str(signed_in.http.cookies[COOKIE])


@pytest.mark.timeout(SECONDS)
def test_every_answer_is_as_documented(system: System, tmp_path: Path) -> None:
    """No 5xx, no status, content type, header or shape that the document does not have, nothing invalid taken, nothing
    valid refused; each operation was seen to succeed; and all that was handed in went its way through the services."""
    words = [f"[dictionaries.{name}]\nvalues = {json.dumps(each)}" for name, each in what_is_true(system).items()]
    session = f"[auth.openapi.session]\napi_key = {json.dumps(session_of_somebody(system))}"
    (tmp_path / "schemathesis.toml").write_text(
        "\n".join([CONFIGURATION.read_text(), session, *words, personal_data(system)])
    )
    schemathesis = str(Path(sys.executable).with_name("schemathesis"))
    options = (f"--seed={SEED}", f"--max-examples={EXAMPLES * TIMES}")
    command = (schemathesis, "--config-file", "schemathesis.toml", "run", f"{system.local.url}/openapi.json", *options)

    found = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )

    assert found.returncode == 0, found.stdout + found.stderr
    audit = system.loumen("audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr
    for log in (system.local.home / "logs").glob("*.log"):
        assert '"level":"error"' not in log.read_text(), log.name
    assert system.loumen("parked", "list").stdout == ""
