"""An operator's day with the containers: start, a ticket on its way, servers that go away, down and up, two of each."""

import json
import os
import subprocess
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.compose.conftest import PROJECT, ROOT, UP, Containers
from tests.ports import three_free_ports
from tests.system import Filed, eventually, steps

SERVICES = {"intake", "routing", "records", "notify"}
BOT_SECONDS = 180

pytestmark = pytest.mark.timeout(900)  # the first test waits for the image to be built


def climb_to_the_top(system: Containers, *filed: Filed) -> list[dict[str, Any]]:
    """Nobody does anything; the tickets as they are when the subdistrict has them."""
    for level in ("community", "subdistrict"):
        system.forward(days=3)
        tickets = [eventually(partial(seen_with, system, each, level=level)) for each in filed]
    return tickets


def seen_with(system: Containers, filed: Filed, **facts: str) -> dict[str, Any] | None:
    """The ticket, if it can be seen and these are its facts."""
    ticket = system.seen(filed)
    return ticket if ticket and facts.items() <= ticket.items() else None


def assigned(system: Containers, filed: Filed) -> dict[str, Any]:
    """The ticket as soon as it has an owner."""
    return eventually(partial(seen_with, system, filed, status="assigned"))


def assert_clean(system: Containers) -> None:
    """Once the group's bot, which takes twenty messages a minute, has had time for what a jump of days made due."""
    end = time.monotonic() + BOT_SECONDS
    while (audit := system.loumen("audit")).returncode != 0:
        assert time.monotonic() < end, audit.stdout + audit.stderr
        time.sleep(5)


def test_nothing_starts_without_secrets(engine: None) -> None:
    """Without passwords ``docker compose`` refuses, and names the command that makes them."""
    environment = {key: value for key, value in os.environ.items() if key != "LOUMEN_SECRETS"}
    command = ("docker", "compose", "--env-file", os.devnull, "--project-name", f"{PROJECT}-bare", "config", "--quiet")

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode != 0
    assert "deploy/compose/make-secrets.sh" in done.stderr


def test_services_may_do_little(system: Containers) -> None:
    """Our containers run as nobody in particular, write to volumes and /tmp only, and are bounded."""
    ids = system.compose("ps", "--all", "--quiet", *SERVICES, "loumen", "catcher").split()
    inspected = subprocess.run(("docker", "inspect", *ids), capture_output=True, text=True, check=True).stdout
    for container in json.loads(inspected):
        host = container["HostConfig"]
        assert (container["Config"]["User"], host["ReadonlyRootfs"], host["CapDrop"]) == ("loumen", True, ["ALL"])
        assert host["Memory"] > 0
        assert host["NanoCpus"] > 0
        words = [*container["Config"]["Env"], *container["Config"]["Cmd"]]
        assert not [word for word in words if "://loumen:" in word], "a password in the environment"


def test_a_message_climbs_from_the_published_port(system: Containers) -> None:
    """The group hears of it in WeCom; ignored, it climbs to the subdistrict."""
    filed = system.file()

    assert eventually(lambda: system.messages(channel="wecom", to="liyuan-1", ticket=filed.code))
    [ticket] = climb_to_the_top(system, filed)

    assert [step[:2] for step in steps(ticket)] == [("unit", "community"), ("community", "subdistrict")]
    assert_clean(system)


@pytest.mark.parametrize("server", ["rabbitmq", "postgres"])
def test_a_server_is_restarted(system: Containers, server: str) -> None:
    """What was taken before and what is taken right after both climb on, and all are healthy again."""
    before = system.file(description="重启之前")
    system.compose("restart", server)
    after = eventually(lambda: taken(system))

    assigned(system, after)
    climb_to_the_top(system, before, after)
    system.compose("up", "--detach", "--wait", "--no-build")
    assert_clean(system)


def taken(system: Containers) -> Filed | None:
    """A resident who tries until it works."""
    try:
        return system.file(description="重启之后")
    except (AssertionError, requests.RequestException):
        return None


def test_down_and_up_again_with_two_of_each(system: Containers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is there as it was; both doors take tickets, and two of each service carry them."""
    kept = system.file(description="收工之前")
    [as_it_was] = climb_to_the_top(system, kept)
    port = three_free_ports()
    monkeypatch.setenv("LOUMEN_PUBLISH", f"127.0.0.1:{port}-{port + 1}")

    system.compose("down")
    scales = (word for service in sorted(SERVICES) for word in ("--scale", f"{service}=2"))
    system.compose(*UP.split(), *scales)

    doors = [replace(system, local=replace(system.local, port=each)) for each in (port, port + 1)]
    assert [steps(door.ticket(kept)) for door in doors] == [steps(as_it_was)] * 2
    filed = [door.file(description=f"第 {number} 件") for door in doors for number in range(5)]
    for each in filed:
        assigned(doors[0], each)
    assert len(system.compose("ps", "--quiet", "--status", "running", *SERVICES).split()) == 2 * len(SERVICES)
    climb_to_the_top(doors[1], *filed)
    assert_clean(system)


def test_lost_and_restored(system: Containers, tmp_path: Path) -> None:
    """Backed up while it runs; then every volume is gone, and the archive brings all back: it climbs on."""
    system.compose(*UP.split())  # one of each again, where a story before has had two
    filed = system.file(description="备份之前")
    assigned(system, filed)
    tmp_path.chmod(0o777)  # the containers have a user of their own
    loumen = ("run", "--rm", "--no-TTY", "--volume", f"{tmp_path}:/backup", "loumen")
    system.compose(*loumen, "backup", "/backup/loumen.tar")
    as_it_was = system.ticket(filed)

    system.compose("down", "--volumes")
    system.compose(*loumen, "restore", "/backup/loumen.tar")
    system.compose(*UP.split())

    assert system.ticket(filed) == as_it_was
    climb_to_the_top(system, filed)
    assert_clean(system)
