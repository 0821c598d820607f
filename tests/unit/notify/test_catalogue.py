"""The words and the demo's channels are complete."""

import ast
import csv
from pathlib import Path

from babel.messages.pofile import read_po

import services.notify
from services.notify.groups import read_channels

HERE = Path(services.notify.__file__).parent
DEMO = HERE.parents[1] / "deploy" / "demo"


def said() -> set[str]:
    """Every sentence that the code says, by its English words."""
    found = set()
    for file in (HERE / "writing").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute) and node.args:
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                first = node.args[0]
                if name == "say" and isinstance(first, ast.Constant):
                    found.add(first.value)
    return found


def test_every_sentence_has_its_chinese_and_none_is_left_over() -> None:
    """A missing one would be told in English; one too many is dead."""
    with (HERE / "translations" / "zh_CN.po").open("rb") as file:
        known = {message.id: message.string for message in read_po(file) if message.id}
    assert set(known) == said()
    assert all(known.values())


def test_the_demo_has_a_bot_for_every_compound() -> None:
    """And its places are the demo directory's."""
    channels = read_channels(DEMO / "channels.yaml", {})
    with (DEMO / "places.csv").open() as file:
        places = {row["code"]: row["level"] for row in csv.DictReader(file)}
    assert {bot.place for bot in channels.bots} == {code for code, level in places.items() if level == "compound"}
    assert all(hook.place in places for hook in channels.webhooks)
    assert channels.bot_url(channels.bots[0]).startswith("http://127.0.0.1:8001/wecom/cgi-bin/webhook/send?key=")
