"""Staff in front of a browser or a terminal."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import requests

from shared.passwords import hash_password
from tests.journeys.steps import ask
from tests.system import PATIENCE, System

PASSWORD = "eine lange Treppe 7"


def loumen(system: System, *arguments: str, typed: str) -> subprocess.CompletedProcess[str]:
    """The command line, and what is typed there."""
    command = [str(Path(sys.executable).with_name("loumen")), *arguments]
    return subprocess.run(
        command, env=dict(system.environment), input=typed, capture_output=True, text=True, check=False
    )


class Browser:
    """Somebody's browser: it keeps cookies, and says from which site it asks."""

    def __init__(self, system: System) -> None:
        self.url, self.http = f"{system.local.url}/api/v1", requests.Session()
        self.http.headers["Sec-Fetch-Site"] = "same-origin"

    def ask(self, method: str, path: str, **more: object) -> requests.Response:
        return self.http.request(method, self.url + path, timeout=PATIENCE, **more)

    def sign_in(self, login: str, password: str) -> requests.Response:
        return self.ask("POST", "/session", json={"login": login, "password": password})


def signed_in(system: System, people: Mapping[str, str]) -> dict[str, Browser]:
    """By login, a browser of each person of the directory, with an account made for it."""
    return {login: at_work(system, login, person) for login, person in people.items()}


def at_work(system: System, login: str, person: str) -> Browser:
    """Signed in; the account is made where it is not there yet, as the command line would."""
    ask(system, "records", "add_account", login=login, person=person, admin=False, password=hash_password(PASSWORD))
    browser = Browser(system)
    assert browser.sign_in(login, PASSWORD).status_code == 200
    return browser
