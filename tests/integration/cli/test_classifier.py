"""``loumen classifier``: trained on a file, measured, shown."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from services.hotline.sheets import write_sheet
from services.intake.suggest.keeping import load, path_in
from shared.settings import ensure_keys
from tests.builders import a_directory

ROWS = [
    *(("lighting", f"灯不亮，{where}很黑") for where in ("一楼", "二楼", "门口", "楼梯间")),
    *(("水", f"漏水，{where}都湿了") for where in ("天花板", "墙面", "地板", "厨房")),
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    ensure_keys(tmp_path)
    return tmp_path


def a_file(folder: Path) -> Path:
    path = folder / "history.csv"
    write_sheet(path, ("类别", "内容"), [*ROWS, ("", "没有类别的")])
    return path


def loumen(home: Path, *arguments: object) -> Result:
    environment = {"LOUMEN_HOME": str(home), "LOUMEN_LANG": "en"}
    return CliRunner().invoke(app, ["classifier", *map(str, arguments)], env=environment)


def test_it_learns_and_says_how_well(home: Path) -> None:
    """From what was held out, in all and for each category; ``show`` says the same, and what speaks for each."""
    trained = loumen(home, "train", a_file(home))
    assert trained.exit_code == 0
    assert "held out, 8 messages: right at first 100.0%, among three 100.0%" in trained.output
    assert "     4      100%      100%       100%  lighting" in trained.output
    shown = loumen(home, "show")
    assert "right at first 100.0%" in shown.output
    assert "lighting: " in shown.output
    assert "灯不" in shown.output


@pytest.mark.parametrize("name", ["history.csv", "history.xlsx"])
def test_it_reads_what_spreadsheets_write(home: Path, name: str) -> None:
    """And columns by any name, if it is told which."""
    file = home / name
    write_sheet(file, ("sort", "words"), ROWS)
    refused = loumen(home, "train", file)
    assert refused.exit_code == 1
    assert "there are: sort, words" in refused.output
    assert load(home) is None
    assert loumen(home, "train", file, "--text", "words", "--category", "sort").exit_code == 0
    assert load(home).trained.model.categories == ("lighting", "水")


def test_what_the_directory_has_not_is_told(home: Path) -> None:
    """It would never be suggested."""
    (home / "intake").mkdir()
    (home / "intake" / "directory.json").write_text(a_directory().model_dump_json())
    assert "not in the directory, never suggested: 水\n" in loumen(home, "train", a_file(home)).output


def test_a_little_history_is_told_and_taken_back(home: Path) -> None:
    """How little it was, what it does not know, and how to go back."""
    (home / "intake").mkdir()
    (home / "intake" / "directory.json").write_text(a_directory().model_dump_json())
    told = loumen(home, "train", a_file(home)).output
    assert "only 8 messages" in told
    lacking = next(line for line in told.splitlines() if line.startswith("not learned, suggested by name and hint: "))
    assert "leak" in lacking
    assert "lighting" not in lacking
    assert loumen(home, "forget").exit_code == 0
    assert load(home) is None
    assert loumen(home, "forget").exit_code == 1


def test_it_is_measured_on_what_it_never_saw(home: Path, tmp_path: Path) -> None:
    """And there must be something to measure."""
    file = a_file(tmp_path)
    assert loumen(home, "evaluate", file).exit_code == 1
    loumen(home, "train", file)
    other = tmp_path / "other.csv"
    other.write_text("category,text\nlighting,门口灯不亮\nlighting,漏水\n")
    assert "measured on 2 messages: right at first 50.0%" in loumen(home, "evaluate", other).output


def test_a_home_without_an_installation_is_refused(tmp_path: Path) -> None:
    """A mistyped folder gets no model."""
    refused = loumen(tmp_path / "elsewhere", "train", a_file(tmp_path))
    assert refused.exit_code == 1
    assert not (tmp_path / "elsewhere").exists()


def test_a_damaged_model_is_told(home: Path) -> None:
    """In one line, and that training mends it."""
    path_in(home).parent.mkdir()
    path_in(home).write_text("{")
    assert "cannot be read" in loumen(home, "show").output
    assert loumen(home, "train", a_file(home)).exit_code == 0
