"""A role and a level come into the shipped demo as CONTRIBUTING.md says: by data alone."""

from pathlib import Path

import pytest

from services.records.directory import REQUIRED_FILES, changes, decode, read
from services.routing.domain.opening import open_case
from services.routing.domain.ticking import tick
from shared.chain import free_text
from shared.contracts.vocabulary import Reason
from shared.directory import Town
from tests.builders import MONDAY_10, a_submission

FOLDER = Path(__file__).parents[2] / "deploy" / "demo"
TOP = "        subdistrict: [subdistrict_officer]\n"
DANGER_TOP = "        subdistrict: [subdistrict_duty, subdistrict_officer]\n"


@pytest.fixture
def files() -> dict[str, str]:
    return decode({name: (FOLDER / name).read_bytes() for name in REQUIRED_FILES})


def edit(files: dict[str, str], name: str, old: str, new: str) -> None:
    assert old in files[name], f"the demo's {name} has no {old!r} any more"
    files[name] = files[name].replace(old, new)


def opened(town: Town, category: str):
    submission = a_submission(door_code="LY1-01-2", category=category)
    return open_case(submission, town, MONDAY_10, lambda text: free_text(text, b"key")).case


def test_a_role(files):
    """A lift company: a row in roles, a post, its name in a rule; it owns, and the others do as before."""
    files["roles.csv"] += "lift_company,维保公司,lift company,false\n"
    files["people.csv"] += "liyuan-1-lift,丽园小区电梯维保岗,liyuan-1-lift@loumen.example,,,zh-CN\n"
    files["posts.csv"] += "lift_company,liyuan-1,liyuan-1-lift,,always,\n"
    edit(files, "policies.yaml", "unit: [property_manager]          #", "unit: [lift_company, property_manager]  #")

    town = Town(read(files, 1))

    owner = opened(town, "lift").ticket.owner
    assert (owner.post, owner.name) == ("liyuan-1:lift_company", "丽园小区维保公司")
    assert opened(town, "leak").ticket.owner.role == "unit_head"


def test_a_level(files):
    """A district on top: a level, a place above the subdistrict, a role with a post, a rung with its owners."""
    before = read(files, 1)
    edit(
        files,
        "policies.yaml",
        "subdistrict, own_name: true}\n",
        "subdistrict, own_name: true}\n  - {code: district, name: 区, name_en: district, own_name: true}\n",
    )
    edit(
        files,
        "policies.yaml",
        "{level: subdistrict, share: 1/3}\n",
        "{level: subdistrict, share: 1/6}\n    - {level: district, share: 1/6}\n",
    )
    for top in (TOP, DANGER_TOP):
        edit(files, "policies.yaml", top, f"{top}        district: [district_officer]\n")
    edit(files, "places.csv", "qingyuan,,subdistrict", "district,,district,示例区,,\nqingyuan,district,subdistrict")
    files["roles.csv"] += "district_officer,区,district officer,false\n"
    files["people.csv"] += "district-1,示例区诉求专员,district-1@loumen.example,,,zh-CN\n"
    files["posts.csv"] += "district_officer,district,district-1,,officer,\n"

    town = Town(read(files, 2))

    case, climbed = opened(town, "leak"), []
    while case.ticket.level != "district":
        change = tick(case, town, case.due_at)
        case, climbed = change.case, [*climbed, *change.events[0].steps]
    assert [(step.level, step.reason) for step in climbed] == [
        (level, Reason.ACCEPT_OVERDUE) for level in ("community", "subdistrict", "district")
    ]
    assert (case.ticket.owner.name, case.ticket.place.name) == ("示例区", "丽园小区1号楼2单元")
    assert "新增层级 / level added: district" in {str(change) for change in changes(before, town.directory)}
