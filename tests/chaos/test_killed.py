"""Nothing is lost while services, and the broker, are killed again and again."""

import time
from pathlib import Path

from tests.chaos.promises import assert_nothing_lost, doubles
from tests.chaos.residents import Residents
from tests.chaos.unruly import IN_FLIGHT, unruly_system
from tests.own_broker import Broker
from tests.system import System

SERVICES = ("intake", "routing", "records", "notify")
ROUNDS = 2
BETWEEN = 1.5


def test_killed_in_turn(broker: Broker, tmp_path: Path, database_url: str | None) -> None:
    """With issues coming in steadily, each service is killed in turn, and once the broker, and intake while it is away:
    every issue that was taken is a ticket exactly once, its owner was told, and only what notify had in hand when it
    died came twice."""
    with unruly_system(tmp_path / "home", broker.uri, database_url) as system:
        with Residents(system.local.url) as residents:
            for number in range(ROUNDS):
                kill_each(system)
                if number == 0:
                    broker.kill()
                    time.sleep(BETWEEN)
                    system.kill("intake")
                    broker.await_answer()
            time.sleep(BETWEEN)

        evidence = assert_nothing_lost(system, residents.taken)
        assert len(residents.taken) > 100
        assert doubles(evidence) <= ROUNDS * IN_FLIGHT


def kill_each(system: System) -> None:
    for service in SERVICES:
        time.sleep(BETWEEN)
        system.kill(service)
