"""``make run``, ``make audit`` and ``make demo`` as somebody meets them who has just cloned the repository."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from deploy.local.broker import installed_server
from deploy.local.ports import is_free
from deploy.local.processes import holder
from tests.ports import three_free_ports
from tests.system import eventually

ROOT = Path(__file__).parents[2]
SECONDS = 180
"""A broker, five processes and three databases on a busy machine."""

pytestmark = pytest.mark.skipif(installed_server() is None, reason="no rabbitmq-server is installed")


class Made:
    """A make that runs, and what it has said so far."""

    def __init__(self, target: str, home: Path, port: int, **more: str) -> None:
        self.home, self.port, self.said = home, port, home.parent / f"{target}.{time.monotonic_ns()}"
        self.environment = environment(home, port, **more)
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                ["make", target], cwd=ROOT, env=self.environment, stdout=said, stderr=said, start_new_session=True
            )

    @property
    def text(self) -> str:
        return self.said.read_text()

    def await_words(self, *words: str) -> None:
        def all_said() -> bool:
            assert self.process.poll() is None or all(word in self.text for word in words), self.text
            return all(word in self.text for word in words)

        eventually(all_said, SECONDS)

    def press_ctrl_c(self) -> int:
        """What a terminal does: an interrupt for everybody in the foreground."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(SECONDS)


def environment(home: Path, port: int, **more: str) -> dict[str, str]:
    """With a broker of its own: none is named."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("AMQP_URI", "DATABASE_URL")}
    return inherited | {"LOUMEN_HOME": str(home), "LOUMEN_PORT": str(port)} | more


@contextmanager
def made(target: str, home: Path, port: int, **more: str) -> Iterator[Made]:
    """It is ended with the block, whatever has happened in it."""
    running = Made(target, home, port, **more)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            with suppress(ProcessLookupError):
                running.press_ctrl_c()


def test_run_audit_stop_and_run_again(tmp_path: Path) -> None:
    """From nothing to a ticket; a second run says where the first is; Ctrl-C ends all of it; the data is kept."""
    home, port = tmp_path / "home", three_free_ports()
    url = f"http://127.0.0.1:{port}"
    with made("run", home, port) as run:
        run.await_words("Ctrl-C", f"{url}/docs", f"http://127.0.0.1:{port + 1}/")
        answer = requests.post(
            f"{url}/api/v1/tickets", json={"door_code": "LY1-01-2", "description": "楼道灯不亮"}, timeout=30
        )
        assert answer.status_code == 201
        second = subprocess.run(
            ["make", "run"], cwd=ROOT, env=run.environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        assert (second.returncode, url in second.stdout) == (0, True)
        audit = subprocess.run(
            ["make", "audit"], cwd=ROOT, env=environment(home, port), capture_output=True, text=True, check=False
        )
        assert audit.returncode == 0, audit.stdout + audit.stderr
        programs = {path.name for path in run.home.glob("pids/*")}
        assert {"records", "routing", "notify", "intake", "catcher", "rabbitmq"} <= programs
        pids = [pid for name in programs if (pid := holder(home / "pids" / name))]
        run.press_ctrl_c()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert all(is_free(port + each) for each in range(3))

    with made("run", home, port) as run:
        run.await_words("Ctrl-C")
        headers = {"Authorization": f"Bearer {answer.json()['tracking_token']}"}
        link = f"{url}/api/v1/tickets/{answer.json()['code']}"
        kept = eventually(lambda: found if (found := requests.get(link, headers=headers, timeout=30)).ok else None)
        assert (kept.json()["description"], kept.json()["owner"]["role"]) == ("楼道灯不亮", "grid_worker")
        run.press_ctrl_c()
    assert "Traceback" not in run.text


def test_demo_tells_its_stories(tmp_path: Path) -> None:
    """The terminal shows tickets being assigned, told, accepted, climbing with a reason, settled at which level."""
    faster = {"LOUMEN_DEMO_PAUSE": "0.3", "LOUMEN_CLOCK_SPEED": "7200"}
    with made("demo", tmp_path / "home", three_free_ports(), **faster) as demo:
        demo.await_words("派单", "已通知", "接单", "提级上报", "逾期未接单", "办结")
        eventually(lambda: re.search(r"✓ .*办结（累计：", demo.text), SECONDS)
        demo.press_ctrl_c()
    assert "Traceback" not in demo.text
