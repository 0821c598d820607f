"""``make run``: bring the whole system up, say where it is, and end it all on Ctrl-C."""

import csv
import os
import signal
import sys

from deploy.local.interrupt import interruptible
from deploy.local.system import Local, read_local, whole_system
from deploy.local.terminal import say


def main() -> None:
    local = read_local(os.environ)
    with whole_system(local):
        _welcome(local)
        while True:
            signal.pause()


def _welcome(local: Local) -> None:
    say("楼门已就绪", "Loumen is ready")
    say(f"接口文档       {local.url}/docs", f"API documentation    {local.url}/docs")
    say(f"收到的消息     {local.catcher_url}/", f"messages as received {local.catcher_url}/")
    with (local.directory / "places.csv").open(encoding="utf-8-sig", newline="") as file:
        door = next((row["door_code"] for row in csv.DictReader(file) if row["door_code"]), None)
    if door:
        say(
            f"一个楼门       {local.url}/api/v1/places/{door}", f"a door               {local.url}/api/v1/places/{door}"
        )
    say("按 Ctrl-C 停止", "Ctrl-C stops it")


if __name__ == "__main__":
    sys.exit(interruptible(main))
