"""Which place the words of an address name: the most exact one, or none rather than a wrong one."""

import pytest

from services.intake.addresses import Addresses
from shared.contracts.directory import Place
from shared.directory import Town
from tests.builders import a_directory

MORE = (
    ("D", "S", "community", "学院社区"),
    ("E", "D", "building", "3号楼"),
    ("M", "C", "compound", "明珠"),
    ("K2", "D", "compound", "同名小区"),
    ("K3", "C", "compound", "同名小区"),
)


def town() -> Town:
    base = a_directory()
    more = tuple(Place(code=code, parent=parent, level=level, name=name) for code, parent, level, name in MORE)
    return Town(base.model_copy(update={"places": (*base.places, *more)}))


ADDRESSES = Addresses(town())


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("丽园小区1号楼1单元302室", "U"),
        ("北京市大兴区清源街道丽园社区丽园小区 1＃楼 1单元，302", "U"),
        ("丽园小区1号楼5单元", "B"),
        ("丽园小区9号楼2单元", "K"),
        ("兴丰大街18号丽园小区", "K"),
        ("学院社区3号楼门前", "E"),
        ("清源街道", "S"),
        ("学院社区同名小区5号楼", "K2"),
        ("丽园社区同名小区", "K3"),
        ("明珠门口", "M"),
    ],
)
def test_the_most_exact_place_is_found(address: str, code: str) -> None:
    """Whatever stands around its full name, and however the number sign is written."""
    assert [place.code for place in ADDRESSES.find(address)] == [code]


@pytest.mark.parametrize(
    "address", ["", "新丽园小区1号楼", "明珠二区3号楼", "明珠东里", "某小区1号楼1单元", "1号楼1单元"]
)
def test_a_name_within_another_is_no_match(address: str) -> None:
    """What only looks like a place of the directory is none."""
    assert ADDRESSES.find(address) == []


@pytest.mark.parametrize("address", ["同名小区5号楼", "丽园小区与三无小区之间"])
def test_what_fits_several_says_so(address: str) -> None:
    """It is not decided by chance."""
    assert len(ADDRESSES.find(address)) == 2
