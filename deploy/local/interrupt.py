"""How a runner ends: Ctrl-C, a signal, or a reason that it says."""

import os
import signal
from collections.abc import Callable
from types import FrameType

from deploy.local.system import AlreadyRunning
from deploy.local.terminal import Failed, say


def interruptible(work: Callable[[], None]) -> int:
    """Do the work until it ends or somebody ends it; the exit status. What goes wrong is said in both languages."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup is meant
            signal.signal(number, _interrupt)
    try:
        work()
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
