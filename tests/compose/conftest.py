"""The whole system in containers, as ``docker compose`` starts it; left out where there is no engine or no image."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from deploy.local.system import Local
from tests.ports import three_free_ports
from tests.system import Filed, System

ROOT = Path(__file__).parents[2]
PROJECT = "loumen-test"
UP = "up -d --build --wait"
BASES = {
    "PYTHON_TAG": ("python", "3.13-slim"),
    "RABBITMQ_TAG": ("rabbitmq", "4-management"),
    "POSTGRES_TAG": ("postgres", "17"),
}


@dataclass(frozen=True)
class Containers(System):
    """A system that runs in containers. ``forward`` goes through the command line, as an operator's would."""

    def compose(self, *arguments: str) -> str:
        """What ``docker compose`` prints; it must succeed."""
        command = ("docker", "compose", "--project-name", PROJECT, *arguments)
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def loumen(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """In a container that runs already."""
        command = ("docker", "compose", "--project-name", PROJECT, "exec", "--no-TTY", "intake", "loumen", *arguments)
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)

    def forward(self, **span: float) -> None:
        [(unit, number)] = span.items()
        done = self.loumen("clock", "--forward", f"{number:g}{unit[0]}")
        assert done.returncode == 0, done.stderr

    def seen(self, filed: Filed) -> dict[str, Any] | None:
        """The ticket; None as long as the system is not able to tell."""
        try:
            return self.ticket(filed)
        except requests.RequestException:
            return None


@pytest.fixture(scope="module")
def engine() -> None:
    """A Docker engine with Compose, and the images that all is built on."""
    if shutil.which("docker") is None or not _docker("compose", "version") or not _docker("info"):
        pytest.skip("no Docker engine with Compose answers")
    images = [f"{name}:{os.environ.get(tag, default)}" for tag, (name, default) in BASES.items()]
    if missing := [image for image in images if not _docker("image", "inspect", image)]:
        pytest.skip(f"images are missing: docker pull {' '.join(missing)}")


def _docker(*arguments: str) -> bool:
    return subprocess.run(("docker", *arguments), capture_output=True, check=False, timeout=60).returncode == 0


@pytest.fixture(scope="module")
def installation(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    """What an operator would write into ``.env``, with secrets and ports of this run's own."""
    home = tmp_path_factory.mktemp("containers")
    subprocess.run((ROOT / "deploy/compose/make-secrets.sh", home / "secrets"), check=True, capture_output=True)
    local = Local(home=home, port=three_free_ports())
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COMPOSE_PROFILES", "demo")
        environment.setenv("LOUMEN_TAG", "test")
        environment.setenv("LOUMEN_SECRETS", str(home / "secrets"))
        environment.setenv("LOUMEN_PUBLISH", f"127.0.0.1:{local.port}")
        environment.setenv("LOUMEN_CATCHER_PUBLISH", f"127.0.0.1:{local.port + 1}")
        environment.setenv("LOUMEN_PUBLIC_URL", local.url)
        yield local


@pytest.fixture(scope="module")
def docker_compose_file() -> str:
    return str(ROOT / "docker-compose.yml")


@pytest.fixture(scope="module")
def docker_compose_project_name() -> str:
    return PROJECT


@pytest.fixture(scope="module")
def docker_setup(installation: Local) -> list[str]:
    """What a run that was killed left behind goes first."""
    return ["down --volumes --remove-orphans", UP]


@pytest.fixture(scope="module")
def docker_cleanup() -> list[str]:
    return ["down --volumes --remove-orphans"]


@pytest.fixture(scope="module")
def system(installation: Local, docker_services: Any) -> Containers:
    """Up, healthy, and with the demo directory, which is loaded by one command."""
    containers = Containers(installation, {})
    containers.compose("run", "--rm", "--no-TTY", "loumen", "directory", "load", "deploy/demo")
    return containers
