"""Nothing is lost while services, one of each on SQLite, and the broker are killed again and again."""

from pathlib import Path

from tests.chaos.promises import assert_nothing_lost, doubles
from tests.chaos.residents import Residents
from tests.chaos.unruly import IN_FLIGHT, unruly_system
from tests.own_broker import Broker

SERVICES = ("intake", "routing", "records", "notify")
ROUNDS = 2
SOME = 20
"""Issues that are taken between one kill and the next."""


def test_killed_in_turn(broker: Broker, tmp_path: Path) -> None:
    """With issues coming in steadily, each service is killed in turn, and once the broker, and intake while it is away:
    every issue that was taken is a ticket exactly once, its owner was told, and only what notify had in hand when it
    died came twice."""
    with unruly_system(tmp_path / "home", broker.uri, None) as system:
        with Residents(system.doors) as residents:
            for number in range(ROUNDS):
                for service in SERVICES:
                    residents.wait_for(SOME)
                    system.kill(service)
                if number == 0:
                    residents.wait_for(SOME)
                    broker.kill()
                    residents.wait_for(SOME)
                    system.kill("intake")
            residents.wait_for(SOME)

        evidence = assert_nothing_lost(system, residents.taken)
        assert doubles(evidence) <= ROUNDS * IN_FLIGHT
