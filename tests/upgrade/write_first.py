"""``python -m tests.upgrade.write_first``: a backup of an installation of the first version, and what is known of it.

It was made once, by that version. Whatever comes later must be able to take it over: it is never made anew.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from shared.bus.topology import ROUTING_COMMANDS
from tests.integration.intake.photo_makers import a_jpeg
from tests.journeys.steps import MONDAY, all_told, begin_on_a_monday, happened, move_to, now, put
from tests.journeys.test_photos import uploaded
from tests.own_broker import own_broker
from tests.system import Filed, System, eventually, running_system

FOLDER = Path(__file__).parent
ARCHIVE, KNOWN = FOLDER / "first.tar", FOLDER / "first.json"
PROPERTY = "liyuan-1-property-1"
REPORTER = {"email": "resident@home.example"}


def main() -> None:
    if ARCHIVE.exists():
        raise SystemExit(f"{ARCHIVE} is there, and stays as it is")
    with TemporaryDirectory() as place, own_broker(Path(place) / "broker") as broker:
        home = Path(place) / "home"
        begin_on_a_monday(home)
        with running_system(home, broker.uri, None) as system:
            tickets = live(system)
            known = {"now": now(system).isoformat(), "tickets": tickets}
            made = system.loumen("backup", str(ARCHIVE))
            assert made.returncode == 0, made.stderr
    KNOWN.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n")


def live(system: System) -> dict[str, Any]:
    """Tickets at every stage of their lives, and a message that nobody could handle."""
    closed = system.file(description="楼道灯不亮", reporter=REPORTER)
    assert system.act(system.link(closed, PROPERTY), "resolve", text="灯换好了").status_code == 200
    system.forward(days=14)
    system.wait_for(closed, lambda seen: seen["status"] == "closed")
    move_to(system, MONDAY, 10)
    filed = {name: system.file(description=name, reporter=REPORTER) for name in ("working", "resolved", "climbed")}
    filed |= {"closed": closed, "waiting": system.file(photos=[uploaded(system, a_jpeg(40))], reporter=REPORTER)}
    links = {name: system.link(each, PROPERTY) for name, each in filed.items()}
    assert system.act(links["working"], "accept").status_code == 200
    assert system.act(links["resolved"], "resolve", text="修好了").status_code == 200
    assert system.act(links["climbed"], "hand_back", text="不归物业管").status_code == 200
    put(system, ROUTING_COMMANDS, b"not json")
    eventually(lambda: system.loumen("parked", "list").stdout)
    for each in filed.values():
        all_told(system, each)
    return {name: known_of(system, each, links[name]) for name, each in filed.items()}


def known_of(system: System, filed: Filed, link: str) -> dict[str, Any]:
    seen = system.ticket(filed)
    held = {"code": filed.code, "token": filed.token, "id": filed.body["id"], "link": link}
    return held | {"status": seen["status"], "level": seen["level"], "happened": happened(seen)}


if __name__ == "__main__":
    main()
