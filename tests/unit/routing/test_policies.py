"""By which policy a ticket runs: the directory's own, its category's preset, its category's own budgets."""

import pytest

from services.routing.domain.case import Case
from services.routing.domain.opening import open_case
from shared.contracts.directory import Limit
from shared.contracts.vocabulary import Unit, Urgency
from shared.directory import Town
from tests.acting import write
from tests.builders import MONDAY_10, a_directory, a_policy, a_submission

FIVE = Limit(amount=5, unit=Unit.WORKING_DAYS)
HOURS = Limit(amount=6, unit=Unit.WORKING_HOURS)
PRESET = a_policy().model_copy(
    update={"name": "five-days", "version": "2", "budgets": a_policy().budgets | {Urgency.ORDINARY: FIVE}}
)


def opened(category: str, **own: object) -> Case:
    directory = a_directory()
    categories = tuple(each.model_copy(update=own) if each.code == category else each for each in directory.categories)
    town = Town(directory.model_copy(update={"presets": (PRESET,), "categories": categories}))
    return open_case(a_submission(category=category), town, MONDAY_10, write).case


@pytest.mark.parametrize(
    ("case", "own", "stamp", "budget"),
    [
        ("nothing said: the directory's own", {}, "beijing-2020@1", a_policy().budgets[Urgency.ORDINARY]),
        ("a preset: by that", {"policy": "five-days"}, "five-days@2", FIVE),
        (
            "own budgets: by these, and the stamp says so",
            {"budgets": {Urgency.ORDINARY: HOURS}},
            "beijing-2020@1+lighting",
            HOURS,
        ),
        (
            "both: the preset's rules, the category's budgets",
            {"policy": "five-days", "budgets": {Urgency.ORDINARY: HOURS}},
            "five-days@2+lighting",
            HOURS,
        ),
        (
            "own budgets of another urgency change no limit",
            {"budgets": {Urgency.HARD: HOURS}},
            "beijing-2020@1+lighting",
            a_policy().budgets[Urgency.ORDINARY],
        ),
    ],
)
def test_by_which_policy_a_ticket_runs(case: str, own: dict[str, object], stamp: str, budget: Limit) -> None:
    """Each sentence of the table holds; what is stamped is what counts from then on."""
    found = opened("lighting", **own)
    assert (found.ticket.policy, found.budget) == (stamp, budget), case
    assert found.policy.budgets == {Urgency.ORDINARY: budget}


def test_another_categorys_preset_is_no_concern() -> None:
    """What one category goes by leaves the others as they are."""
    directory = a_directory()
    categories = tuple(
        each.model_copy(update={"policy": "five-days"}) if each.code == "ebike" else each
        for each in directory.categories
    )
    town = Town(directory.model_copy(update={"presets": (PRESET,), "categories": categories}))
    assert open_case(a_submission(), town, MONDAY_10, write).case.ticket.policy == "beijing-2020@1"
