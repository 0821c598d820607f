"""The local runner: its broker, its supervisor, its pid files, and what it leaves alone."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from deploy.local.broker import USER, VHOST, Node, answers, await_answer, installed_server, node_programs, prepare_node
from deploy.local.finding import find_broker
from deploy.local.ports import LOOPBACK, is_free
from deploy.local.processes import Program, end_holder, holder, spawn, wait_until
from deploy.local.supervisor import running
from deploy.local.system import Local, prepare
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
SLEEPER = (sys.executable, "-c", "import time; time.sleep(600)")
RUNNER = """
import sys, time
from pathlib import Path
from deploy.local.processes import Program
from deploy.local.supervisor import running
with running([Program("sleeper", tuple(sys.argv[2:]), {})], Path(sys.argv[1])):
    time.sleep(600)
"""


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is not the runner's."""
    process = subprocess.Popen(SLEEPER)
    yield process
    process.kill()
    process.wait()


def test_private_node_keeps_its_data_and_ends_alone(tmp_path: Path, broker_node: Node) -> None:
    """What was declared is there in the next run; the end frees the node's ports and touches no other node or epmd."""
    server = installed_server()
    assert server is not None
    folder, pids = tmp_path / "rabbitmq", tmp_path / "pids"
    other_port = free_port()
    other_epmd = subprocess.Popen(["epmd", "-port", str(other_port), "-address", LOOPBACK])
    try:
        node = prepare_node(folder)
        with running(node_programs(node, folder, server), pids):
            await_answer(node.uri, folder / "console.log")
            assert holder(pids / "rabbitmq")
            _queue(node, requests.put, json={"durable": True, "arguments": {"x-queue-type": "quorum"}})
        assert wait_until(lambda: all(is_free(port) for port in node.ports), 30)
        assert not list(pids.iterdir())
        assert other_epmd.poll() is None
        assert answers(broker_node.uri)

        again = prepare_node(folder)
        assert again == node
        with running(node_programs(again, folder, server), pids):
            await_answer(again.uri, folder / "console.log")
            _queue(again, requests.get)
    finally:
        other_epmd.terminate()
        other_epmd.wait()


def _queue(node: Node, method: object, **options: object) -> None:
    url = f"{node.management_url}/api/queues/{VHOST}/kept"
    assert wait_until(lambda: not is_free(node.management_port), 60)
    method(url, auth=(USER, node.password), timeout=30, **options).raise_for_status()  # type: ignore[operator]


def test_named_broker_is_used_when_it_answers(tmp_path: Path, broker_node: Node) -> None:
    """With an AMQP_URI that answers nothing is started; with one that does not, a private node stands in."""
    assert find_broker(tmp_path, broker_node.uri, "").programs == ()

    instead = find_broker(tmp_path, f"amqp://{LOOPBACK}:{free_port()}", "")
    assert [program.name for program in instead.programs] == ["epmd", "rabbitmq"]


def test_taken_ports_are_changed(tmp_path: Path) -> None:
    """A node whose ports are taken by now gets others, and keeps its password and so its data."""
    before = prepare_node(tmp_path)
    taken = Program("taker", (sys.executable, "-m", "http.server", "-b", LOOPBACK, str(before.amqp_port)), {})
    with running([taken], tmp_path / "pids"):
        assert wait_until(lambda: not is_free(before.amqp_port), 30)
        after = prepare_node(tmp_path)

    assert set(after.ports).isdisjoint(before.ports)
    assert after.password == before.password


def test_stale_pid_file_ends_nobody(tmp_path: Path, stranger: subprocess.Popen[bytes]) -> None:
    """A pid file whose process has gone is cleared away, and whoever has that pid now lives on."""
    pid_file = tmp_path / "routing"
    pid_file.write_text(f"{stranger.pid}\n")

    assert holder(pid_file) is None
    assert not end_holder(pid_file)
    assert stranger.poll() is None
    assert not pid_file.exists()


def test_program_that_dies_is_started_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After SIGKILL a program runs again under another pid, it was said aloud, and the end leaves none behind."""
    pid_file = tmp_path / "sleeper"
    with running([Program("sleeper", SLEEPER, {})], tmp_path):
        assert wait_until(lambda: holder(pid_file) is not None, 30)
        first = holder(pid_file)
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert wait_until(lambda: holder(pid_file) not in (None, first), 30)
        second = holder(pid_file)
        assert second is not None

    assert "sleeper ended (exit -9)" in capsys.readouterr().out
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


def test_programs_of_a_killed_runner_are_found_and_ended(tmp_path: Path) -> None:
    """A runner killed by SIGKILL leaves its programs; no second one starts beside them, and the next run ends them."""
    runner = subprocess.Popen([sys.executable, "-c", RUNNER, str(tmp_path), *SLEEPER])
    pid_file = tmp_path / "sleeper"
    assert wait_until(lambda: holder(pid_file) is not None, 30)
    runner.kill()
    runner.wait()

    assert holder(pid_file) is not None
    with pytest.raises(BlockingIOError):
        spawn(Program("sleeper", SLEEPER, {}), tmp_path)
    assert end_holder(pid_file)
    assert holder(pid_file) is None


def test_second_run_in_the_same_home_says_where_the_first_is(tmp_path: Path) -> None:
    """``make run`` beside a running one names its URL, ends well and starts nothing."""
    with (tmp_path / "lock").open("w") as lock:
        lock.write("http://127.0.0.1:8123\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        environment = os.environ | {"LOUMEN_HOME": str(tmp_path)}
        second = subprocess.run(
            [sys.executable, "-m", "deploy.local"], env=environment, capture_output=True, text=True, check=False
        )

    assert second.returncode == 0
    assert "http://127.0.0.1:8123" in second.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_taken_port_is_named(tmp_path: Path, broker_node: Node) -> None:
    """Where a port is taken the runner says which, and how to choose another, and exits with 1."""
    environment = os.environ | {"LOUMEN_HOME": str(tmp_path), "LOUMEN_PORT": str(broker_node.amqp_port)}
    run = subprocess.run(
        [sys.executable, "-m", "deploy.local"], env=environment, capture_output=True, text=True, check=False
    )

    assert run.returncode == 1
    assert f"Port {broker_node.amqp_port} is taken" in run.stdout


def test_a_shell_gets_the_whole_environment(
    tmp_path: Path, amqp_uri: str, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As README has it: the command line then works on the broker, the database and the photos of the services."""
    monkeypatch.setenv("LOUMEN_PHOTOS", "some photos")
    monkeypatch.setenv("LOUMEN_PHOTOS_KEY", "key:secret")
    prepare(Local(tmp_path, amqp_uri=amqp_uri, database_url=postgres_database), amqp_uri)
    for readme in ("README.md", "README.zh-CN.md"):
        [line] = [line for line in (ROOT / readme).read_text().splitlines() if ".run/env" in line]
        command = line.partition(".venv/bin/loumen")[0].replace(".run/env", f"{tmp_path}/env")
        told = subprocess.run(["sh", "-c", f"{command} env"], env={}, capture_output=True, text=True, check=True).stdout
        assert {
            f"LOUMEN_HOME={tmp_path}",
            f"AMQP_URI={amqp_uri}",
            f"DATABASE_URL={postgres_database}",
            f"LOUMEN_PHOTOS={Path('some photos').absolute()}",
            "LOUMEN_PHOTOS_KEY=key:secret",
        } <= set(told.splitlines())
