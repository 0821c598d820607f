"""The broker is away for a while, and residents go on handing in issues."""

import time
from pathlib import Path
from typing import Any

import requests

from tests.chaos.promises import assert_nothing_lost
from tests.chaos.residents import Residents
from tests.chaos.unruly import unruly_system
from tests.own_broker import Broker
from tests.system import System, eventually

LONG_ENOUGH = 8.0
SPOOLED = 30


def standing(system: System) -> dict[str, Any]:
    return dict(requests.get(f"{system.local.url}/readyz", timeout=10).json())


def test_the_broker_away_for_a_while(broker: Broker, tmp_path: Path) -> None:
    """Stopped, then standing still, and intake killed with a full spool: every issue that was taken is a ticket
    exactly once, its owner was told, and in the end nothing waits on intake's disk."""
    with unruly_system(tmp_path / "home", broker.uri, None) as system:
        with Residents(system.doors) as residents:
            eventually(lambda: standing(system)["broker"] == "connected")
            broker.stop()
            eventually(lambda: (standing(system).get("spooled") or 0) > SPOOLED)
            assert standing(system)["status"] == "ready"
            system.kill("intake")
            time.sleep(LONG_ENOUGH)
            broker.start()
            eventually(lambda: standing(system).items() >= {"broker": "connected", "spooled": 0}.items())
            with broker.paused():
                eventually(lambda: (standing(system).get("spooled") or 0) > SPOOLED)
        eventually(lambda: standing(system)["spooled"] == 0)
        assert_nothing_lost(system, residents.taken)
        assert len(residents.taken) > 2 * SPOOLED
