"""The people of a neighbourhood, each with a phone or a browser: what they do goes through HTTP alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import requests

from tests.browsers import Browser, at_work
from tests.journeys.steps import at, now
from tests.system import PATIENCE, Filed, System, eventually


@dataclass
class Neighbourhood:
    """Staff sign in when they are first needed; ``do`` is by a person of the directory, ``resident_does`` by whoever
    has the ticket's tracking token."""

    system: System
    browsers: dict[str, Browser] = field(default_factory=dict)

    def browser(self, person: str) -> Browser:
        if person not in self.browsers:
            self.browsers[person] = at_work(self.system, person, person)
        return self.browsers[person]

    def files(self, door: str, words: str, category: str, **more: Any) -> Filed:
        """Handed in at a door, and in the record."""
        filed = self.system.file(door, words, category=category, **more)
        self.until(filed, lambda seen: seen["owner"] is not None)
        return filed

    def asks(self, person: str, filed: Filed, action: str, **details: Any) -> requests.Response:
        """The session of twelve hours is long over when weeks have passed: then one signs in again."""
        path = f"/tickets/{filed.code}/actions/{action}"
        answer = self.browser(person).ask("POST", path, json=details)
        if answer.status_code == 401:
            del self.browsers[person]
            answer = self.browser(person).ask("POST", path, json=details)
        return answer

    def does(self, person: str, filed: Filed, action: str, **details: Any) -> dict[str, Any]:
        answer = self.asks(person, filed, action, **details)
        assert answer.status_code == 200, (person, action, answer.text)
        return dict(answer.json()["ticket"])

    def may(self, person: str, filed: Filed) -> dict[str, str | None]:
        """Of every action of their side, why it is not open (None: it is)."""
        answer = self.browser(person).ask("GET", f"/tickets/{filed.code}/actions").json()
        return {form["action"]: form["refused"] for form in answer["forms"]}

    def resident_asks(self, filed: Filed, action: str, **details: Any) -> requests.Response:
        url = f"{self.system.local.url}/api/v1/tickets/{filed.code}/actions/{action}"
        headers = {"Authorization": f"Bearer {filed.token}"}
        return requests.post(url, json=details, headers=headers, timeout=PATIENCE)

    def resident_does(self, filed: Filed, action: str, **details: Any) -> dict[str, Any]:
        answer = self.resident_asks(filed, action, **details)
        assert answer.status_code == 200, (action, answer.text)
        return dict(answer.json()["ticket"])

    def cosigns(self, filed: Filed, door: str, flat: str) -> Filed:
        """What the co-signing household has in its hand afterwards."""
        url = f"{self.system.local.url}/api/v1/tickets/{filed.code}/cosign"
        answer = requests.post(url, json={"door_code": door, "household": flat}, timeout=PATIENCE)
        assert answer.status_code == 201, answer.text
        return Filed(filed.code, answer.json()["tracking_token"], answer.json())

    def confirms_all(self, head: str, filed: Filed, count: int) -> None:
        """A unit head confirms the households at the door, once records can tell which they are."""
        path = f"/tickets/{filed.code}/actions"

        def waiting() -> list[dict[str, Any]]:
            found = [each for each in self.browser(head).ask("GET", path).json()["households"] if each["flat"]]
            return found if len(found) >= count else []

        for each in eventually(waiting):
            if each["confirmed_at"] is None:
                self.does(head, filed, "confirm_household", household=each["household"])

    def until(self, filed: Filed, condition: Callable[[Mapping[str, Any]], Any]) -> dict[str, Any]:
        return self.system.wait_for(filed, lambda seen: bool(condition(seen)))

    def until_status(self, filed: Filed, status: str) -> dict[str, Any]:
        return self.until(filed, lambda seen: seen["status"] == status)

    def days_pass(self, days: float) -> None:
        self.system.forward(days=days)

    def let_pass(self, moment: str) -> None:
        """Until a moment of the API, and a minute more."""
        self.system.forward(seconds=(at(moment) - now(self.system) + timedelta(minutes=1)).total_seconds())

    def in_days(self, days: float) -> str:
        return (now(self.system) + timedelta(days=days)).isoformat()


def story(seen: Mapping[str, Any]) -> list[str]:
    """What happened, without who was told."""
    return [entry["type"] for entry in seen["timeline"] if not entry["type"].startswith("notif")]
