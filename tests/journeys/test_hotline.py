"""Orders of a hotline, from its sheet to its sheet: by the commands of docs/hotline.md."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services.hotline.sheets import read_sheet, write_sheet
from tests.system import System, eventually

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "hotline.md").read_text()
COMMANDS = "\n".join(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)).replace("\\\n", " ").splitlines()
HEADER = [
    "工单编号",
    "诉求内容",
    "诉求标题",
    "诉求地址",
    "诉求类型",
    "诉求分类",
    "联系人",
    "联系电话",
    "是否保密",
    "办理时限",
]
PHONE, NAME = "13800000000", "来电人甲"
ORDERS = [
    [
        "GD-1",
        f"楼道灯不亮，电话{PHONE}",
        "",
        "丽园小区1号楼2单元302",
        "求助",
        "公共照明",
        NAME,
        PHONE,
        "否",
        "2025-03-06 18:00:00",
    ],
    ["GD-2", "门口积水", "", "某某小区", "投诉", "", "无", "", "是", "2025/03/20 18:00"],
    ["GD-3", "电梯异响", "", "丽园小区1号楼", "求助", "电梯", NAME, "不是电话", "否", "后天"],
    ["GD-4", "路灯坏了", "", "丽园小区", "求助", "公共照明", "", "", "否", "2025-02-27"],
]


@dataclass(frozen=True)
class Terminal:
    """A shell in a folder with the hotline's sheet."""

    folder: Path
    environment: dict[str, str]

    def type(self, *words: str, more: str = "", stdin: str = "") -> subprocess.CompletedProcess[str]:
        """The one command of the page that has all these words, and ``more`` behind it; in the year of the test."""
        [command] = [line.partition(" #")[0] for line in COMMANDS if all(word in line for word in words)]
        shell = ["sh", "-c", command.replace("2026", "2025") + more]
        return subprocess.run(
            shell, cwd=self.folder, env=self.environment, input=stdin, capture_output=True, text=True, check=False
        )

    def sheet(self, name: str) -> dict[str, dict[str, Any]]:
        """Its rows by the order's number."""
        _, rows = read_sheet(self.folder / name)
        return {row[next(key for key in row if key in ("工单编号", "external_ref"))]: row for _, row in rows}


@pytest.fixture(scope="module")
def terminal(system: System, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    folder = tmp_path_factory.mktemp("hotline")
    (folder / "deploy").symlink_to(ROOT / "deploy")
    write_sheet(folder / "orders.csv", HEADER, ORDERS)
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    told = {"PATH": path, "LOUMEN_URL": system.local.url, "LOUMEN_LANG": "en"}
    terminal = Terminal(folder, {**system.environment, **told})
    added = terminal.type("account add", stdin="eine lange Treppe 7\n")
    assert added.returncode == 0, added.stderr
    token = terminal.type("account token", more='; printf %s "$LOUMEN_TOKEN"').stdout
    return Terminal(folder, terminal.environment | {"LOUMEN_TOKEN": token})


def test_a_sheet_goes_in_and_comes_back(terminal: Terminal, system: System) -> None:
    """First told what would be, then taken, then known; each where its address says, within its deadline; back as
    the sheet that the mapping describes, without anybody's name or phone."""
    dry = terminal.type("import", "--dry-run")
    taken = terminal.type("import", "--result")

    told = taken.stdout.splitlines()
    assert dry.stdout.splitlines() == [*told[:-1], f"dry run, none taken: {told[-1]}"]
    assert (taken.returncode, told[-1]) == (
        1,
        "taken 3, here already 0, here already otherwise, which stays 0, not taken 1",
    )
    left_out = "联系电话 (reporter.phone): no phone number, left out"
    wrong = "办理时限 (deadline): not a moment in any of the mapping's dates"
    assert told[0] == f"line 4 GD-3 not taken {wrong} {left_out}"
    assert f"line 4 {left_out}" in taken.stderr
    places = {ref: row["place"] for ref, row in terminal.sheet("taken.xlsx").items()}
    assert places == {"GD-1": "丽园小区1号楼2单元", "GD-2": "清源街道", "GD-3": None, "GD-4": "丽园小区"}

    def states() -> dict[str, dict[str, Any]] | None:
        done = terminal.type("hotline export")
        assert done.returncode == 0, done.stderr
        found = terminal.sheet("states.xlsx")
        return found if len(found) == 3 else None

    found = eventually(states)
    assert [found[ref]["办理层级"] for ref in ("GD-1", "GD-4")] == ["楼门", "街道"]
    assert (found["GD-1"]["办理时限"], found["GD-4"]["办理时限"]) == ("2025-03-06 18:00:00", "2025-02-28 00:00:00")
    assert (found["GD-1"]["是否超期"], found["GD-4"]["是否超期"]) == ("否", "是")
    seen = " ".join([*told, str(found), str(terminal.sheet("taken.xlsx"))])
    assert not any(secret in seen for secret in (PHONE, NAME))


def test_what_is_here_already_is_told_as_such(terminal: Terminal) -> None:
    """However often the sheet is imported; another deadline is told with its line, and which one stands."""
    eventually(lambda: "here already 3" in terminal.type("import", "--result").stdout)
    write_sheet(terminal.folder / "orders.csv", HEADER, [[*ORDERS[0][:-1], "2025-03-30 18:00"]])
    again = terminal.type("import", "--result")

    assert again.returncode == 1
    assert again.stdout.startswith(
        "line 2 GD-1 here already otherwise, which stays 办理时限 (deadline) 2025-03-06 18:00:00"
    )


def test_the_api_is_as_the_page_says(terminal: Terminal, system: System) -> None:
    """One order handed in by curl, and seen in the list."""
    assert '"outcome":"taken"' in terminal.type("curl", "POST").stdout
    eventually(lambda: '"external_ref":"GD-9"' in terminal.type("curl", "updated_since").stdout)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"LOUMEN_TOKEN": "lmn_nobody"}, "Please sign in."),
        ({"LOUMEN_URL": "http://127.0.0.1:9"}, "nobody answers"),
    ],
)
def test_what_goes_wrong_is_said_in_a_line(terminal: Terminal, change: dict[str, str], words: str) -> None:
    """No traceback; nothing was taken."""
    done = Terminal(terminal.folder, terminal.environment | change).type("hotline export")

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
    assert words in done.stderr
