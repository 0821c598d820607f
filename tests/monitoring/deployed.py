"""What ``deploy/monitoring`` holds, as the tests look at it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOYED = ROOT / "deploy" / "monitoring"
CONFIG, ALERTS = DEPLOYED / "prometheus.yml", DEPLOYED / "alerts.yml"
CASES = Path(__file__).with_name("alerts.yml")
GUIDE = ROOT / "docs" / "monitoring.md"


def alerts() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    return dict(json.loads((DEPLOYED / "grafana" / "dashboards" / "loumen.json").read_text()))


def panels() -> list[dict[str, Any]]:
    """Those that show something."""
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def queries() -> list[tuple[str, str]]:
    """Each expression of the dashboard, after its panel's title."""
    return [(panel["title"], target["expr"]) for panel in panels() for target in panel["targets"]]


def selectors(expression: str) -> Iterator[tuple[str, set[str]]]:
    """The metrics that an expression names, each with the labels that it is matched by."""
    for name, matchers in re.findall(r"\b((?:loumen|rabbitmq|process)_\w+|up\b|ALERTS\b)(\{[^}]*\})?", expression):
        yield name, set(re.findall(r"(\w+)\s*[=!]", matchers))


def grouped_by(expression: str) -> set[str]:
    """The labels that an expression is summed up by."""
    return {label for labels in re.findall(r"by \(([^)]*)\)", expression) for label in re.split(r",\s*", labels)}
