"""Log lines: one shape, whoever writes them, and none that ends the work it tells of."""

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import logging, structlog
from shared import logs, trace

logs.setup("intake", level={level!r})
log = structlog.get_logger()
with trace.bound("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", ticket_id="一"):
    log.info("ours", number=1)
    logging.getLogger("library").warning("theirs: %s", 2)
    logging.getLogger("pika").warning("noise")
    try:
        raise KeyError("why")
    except KeyError:
        log.exception("failed")
print("went on")
"""


def run(*, level: str, stderr: int) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", PROGRAM.format(level=level)]
    return subprocess.run(program, stdout=subprocess.PIPE, stderr=stderr, text=True, check=False)


def test_our_lines_and_a_library_s_have_one_shape() -> None:
    """JSON with the service, the moment, the level, the trace and the ticket; an exception with where it came from."""
    lines = [json.loads(line) for line in run(level="INFO", stderr=subprocess.PIPE).stderr.splitlines()]

    assert [line["event"] for line in lines] == ["ours", "theirs: 2", "noise", "failed"]
    assert [line["level"] for line in lines] == ["info", "warning", "warning", "error"]
    assert {(line["service"], line["ticket"], line["traceparent"][3:6]) for line in lines} == {("intake", "一", "4bf")}
    assert all(line["timestamp"].endswith("Z") for line in lines)
    assert lines[0]["number"] == 1
    assert "KeyError: 'why'" in lines[3]["exception"]


def test_below_the_level_nothing_is_said() -> None:
    """Neither by us nor by a library: the command line has words of its own."""
    assert run(level="CRITICAL", stderr=subprocess.PIPE).stderr == ""


def test_a_line_that_cannot_be_written_ends_nothing() -> None:
    """The disk that logs go to is full: the work goes on."""
    with Path("/dev/full").open("w") as full:
        assert run(level="INFO", stderr=full.fileno()).stdout == "went on\n"
