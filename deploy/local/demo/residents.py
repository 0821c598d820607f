"""Residents who report: the seed neighbourhoods' own cases, and real messages from a file where one is named."""

import csv
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from uuid import uuid4

import requests

from deploy.local.terminal import say
from shared.contracts.commands import TEXT_LIMIT

TIMEOUT = 10


@dataclass(frozen=True)
class Issue:
    """What a resident writes, and under which category."""

    text: str
    category: str = "other"
    kind: str = "help"


SEED_CASES = (
    Issue("小广场上的健身器材螺丝松了，孩子们天天在玩，怕出事", "fitness"),
    Issue("楼道里是谁家的电动自行车，充着电，门都快打不开了", "ebike", "report"),
    Issue("楼上漏水泡了我家屋顶，说了两回没人管", "leak"),
    Issue("大门到马路有 30 厘米台阶，轮椅下不去", "accessibility", "suggestion"),
    Issue("单元门槛高，挡了轮椅", "accessibility"),
    Issue("早上上学路堵得厉害，孩子过马路不安全", "traffic", "suggestion"),
    Issue("楼前草坪斑秃了一大片，一下雨全是泥", "grounds"),
    Issue("三层楼道堆物，纸箱子摞到窗户，消防通道堵了", "clutter", "report"),
    Issue("老楼想加装电梯，有几户还不同意，请社区来议一议", "lift_retrofit", "suggestion"),
    Issue("楼道灯不亮三天了，老人上楼看不清", "lighting"),
    Issue("电梯停了，十二层的老人下不来", "lift"),
    Issue("隔壁装修，中午也不停", "noise", "complaint"),
    Issue("对门独居老人两天没见出门，请去看看", "elderly"),
    Issue("物业收了停车费不开票，问了几次都推", "about_property", "complaint"),
    Issue("楼道里有燃气味", "gas_leak"),
)


def read_messages(path: Path) -> list[Issue]:
    """Messages from a CSV file with a column ``detail``; those too long for us are left out."""
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8-sig", newline="") as file:
        texts = (row["detail"].strip() for row in csv.DictReader(file))
        return [Issue(text) for text in texts if 0 < len(text) <= TEXT_LIMIT]


def read_doors(folder: Path) -> list[str]:
    with (folder / "places.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row["door_code"] for row in csv.DictReader(file) if row["door_code"]]


def report(url: str, doors: list[str], messages: list[Issue], pause: float, stopping: threading.Event) -> None:
    """Post an issue every ``pause`` real seconds, first the seeds' cases, until told to stop."""
    chance = random.Random(4)  # noqa: S311  # which door a demo's message comes from
    for issue in _issues(messages):
        body = {
            "door_code": chance.choice(doors),
            "description": issue.text,
            "category": issue.category,
            "kind": issue.kind,
            "source": "qr",
        }
        try:
            headers = {"Idempotency-Key": str(uuid4())}
            requests.post(f"{url}/api/v1/tickets", json=body, headers=headers, timeout=TIMEOUT).raise_for_status()
        except requests.RequestException as error:
            say(f"提交失败：{error}", f"not taken: {error}")
        if stopping.wait(pause):
            return


def _issues(messages: list[Issue]) -> Iterator[Issue]:
    yield from SEED_CASES
    yield from cycle(messages or SEED_CASES)
