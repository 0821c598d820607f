"""Staff in front of a browser or a terminal."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import requests

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
    found = {}
    for login, person in people.items():
        made = loumen(system, "account", "add", login, "--person", person, typed=PASSWORD)
        assert made.returncode == 0, made.stderr
        found[login] = Browser(system)
        assert found[login].sign_in(login, PASSWORD).status_code == 200
    return found
