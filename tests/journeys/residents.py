"""Residents, each with a tracking token: what they do goes through HTTP alone."""

import requests

from tests.journeys.steps import ask
from tests.system import PATIENCE, Filed, System


def call(system: System, method: str, filed: Filed, path: str, **more: object) -> requests.Response:
    """With the tracking token of a reporter or co-signer."""
    url, headers = f"{system.local.url}/api/v1/tickets/{filed.code}/{path}", {"Authorization": f"Bearer {filed.token}"}
    return requests.request(method, url, headers=headers, timeout=PATIENCE, **more)  # type: ignore[arg-type]


def act(system: System, filed: Filed, action: str, **details: object) -> requests.Response:
    return call(system, "POST", filed, f"actions/{action}", json=details)


def done(system: System, filed: Filed, action: str, **details: object) -> dict:
    answer = act(system, filed, action, **details)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["ticket"])


def cosign(system: System, filed: Filed, flat: str, door: str = "LY1-01-2", **more: object) -> requests.Response:
    url = f"{system.local.url}/api/v1/tickets/{filed.code}/cosign"
    return requests.post(url, json={"door_code": door, "household": flat, **more}, timeout=PATIENCE)


def recorded(system: System, **fields: object) -> Filed:
    filed = system.file(**fields)
    system.wait_for(filed, lambda seen: seen["owner"] is not None)
    return filed


def resolve(system: System, filed: Filed, by: str = "liyuan-1-property-1") -> None:
    assert system.act(system.link(filed, by), "resolve", text="换了灯泡").status_code == 200
    system.wait_for(filed, lambda seen: seen["status"] == "resolved")


def read_and_erased(system: System, filed: Filed) -> list[tuple[str, str]]:
    """What the trail says of who has seen a ticket's residents or has erased them, and how they came in."""
    wanted = {"subject": filed.code}
    items = ask(system, "records", "trail", wanted=wanted)["items"]
    return [(each["what"], each["via"]) for each in reversed(items) if each["what"].startswith("reporter_")]
