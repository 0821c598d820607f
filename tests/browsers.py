"""Staff in front of a browser or a terminal."""

import subprocess
import sys
from pathlib import Path

import requests

from tests.system import PATIENCE, System


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
