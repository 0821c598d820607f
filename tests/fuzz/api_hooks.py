"""What schemathesis has to know of this API beyond its document."""

import tomllib
from collections.abc import Iterable
from itertools import cycle
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase
from schemathesis.openapi.checks import EnsureResourceAvailability

from services.routing.domain.actions import ACTIONS
from shared.contracts.vocabulary import Action

CONFIGURATION = tomllib.loads(Path("schemathesis.toml").read_text())
THERE = {
    name: cycle(CONFIGURATION["dictionaries"][bound["dictionary"]]["values"])
    for name, bound in CONFIGURATION["parameters"].items()
}
"""What a path or a query can name, by their parameters (``path.code``)."""
OF_ITS_OWN = [each["include-path"] for each in CONFIGURATION["operations"] if "parameters" in each]
ACTING = ("/api/v1/actions/{action_token}", "/api/v1/tickets/{code}/actions/{action}")
WORDS = {"text": "已到现场看过"}


@schemathesis.hook
def before_call(_context: HookContext, case: Case, _kwargs: dict[str, Any]) -> None:
    """The borders of what is sent are met behind the door, and actions get what their forms ask for: else next to none
    would come as far as the ticket."""
    if not case.meta or not _valid(case, ParameterLocation.PATH):
        return
    if case.meta.phase.name is TestPhase.COVERAGE and case.operation.path not in OF_ITS_OWN:
        case.path_parameters |= _there("path", case.path_parameters)
        if case.query and _valid(case, ParameterLocation.QUERY):
            case.query |= _there("query", case.query)
    elif case.operation.path in ACTING and isinstance(case.body, dict) and _valid(case, ParameterLocation.BODY):
        action = Action(case.body.get("action") or case.path_parameters["action"])
        case.body = _fitting(case.body, action)


def _there(part: str, parameters: Iterable[str]) -> dict[str, str]:
    return {name: next(THERE[f"{part}.{name}"]) for name in parameters if f"{part}.{name}" in THERE}


def _valid(case: Case, location: ParameterLocation) -> bool:
    part = case.meta and case.meta.components.get(location)
    return part is None or part.mode.is_positive


def _fitting(body: dict[str, Any], action: Action) -> dict[str, Any]:
    rule = ACTIONS[action]
    asked = {*(each.value for each in (*rule.needs, *rule.takes)), "action", "action_id"}
    return {name: value for name, value in (WORDS | body).items() if name in asked}


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """A ticket that was just handed in is there for whoever has its token; others may have to wait, or never see it."""
    return not isinstance(failure, EnsureResourceAvailability) or "Authorization" in response.request.headers
