"""``make run``: bring the whole system up, say where it is, and end it all on Ctrl-C."""

import csv
import os
import signal
import sys
from types import FrameType

from deploy.local.system import DEMO_DIRECTORY, AlreadyRunning, Local, read_local, whole_system
from deploy.local.terminal import Failed, say


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup is meant
            signal.signal(number, _interrupt)
    try:
        local = read_local(os.environ)
        with whole_system(local):
            _welcome(local)
            while True:
                signal.pause()
    except KeyboardInterrupt:
        say("已全部停止，数据保留", "All stopped; the data stays")
    except AlreadyRunning as running:
        say(f"已在运行：{running}", f"It is already running: {running}")
    except Failed as failed:
        say(failed.zh, failed.en)
        return 1
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """The first time only: the end must not be interrupted half-way."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.write(1, "\n正在停止…… Stopping …\n".encode())  # print may be what was interrupted
    raise KeyboardInterrupt


def _welcome(local: Local) -> None:
    say("楼门已就绪", "Loumen is ready")
    say(f"接口文档       {local.url}/docs", f"API documentation    {local.url}/docs")
    say(f"收到的消息     {local.catcher_url}/", f"messages as received {local.catcher_url}/")
    with (DEMO_DIRECTORY / "places.csv").open(encoding="utf-8-sig", newline="") as file:
        door = next((row["door_code"] for row in csv.DictReader(file) if row["door_code"]), None)
    if door:
        say(
            f"一个楼门       {local.url}/api/v1/places/{door}", f"a door               {local.url}/api/v1/places/{door}"
        )
    say("按 Ctrl-C 停止", "Ctrl-C stops it")


if __name__ == "__main__":
    sys.exit(main())
