"""The place that the words of an address name. Pure.

By full names alone, as the directory has them: a wrong place is worse than none, which somebody then puts right.
"""

import re
import unicodedata
from functools import lru_cache

from shared.contracts.directory import Place
from shared.directory import Town

_BETWEEN = re.compile(r"[\s，,、。.;；:：()]+")
_BEFORE = re.compile(r"(?:^|[省市区县旗镇乡街道路巷里村号院与和及])$")
"""How what stands before a name must end: 新丽园小区 is another place than 丽园小区."""
_AFTER = re.compile(r"(?!(?:[一二三四五六七八九十\d]+|[东西南北中新老])[区期里村院苑])")
"""What may not follow a name: 丽园二区 is another place than 丽园."""


class Addresses:
    """The places of a directory by their full names."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._named: dict[str, list[Place]] = {}
        for place in town.directory.places:
            self._named.setdefault(_plain(town.full_name(place.code)), []).append(place)
        self._longest = max(map(len, self._named), default=0)

    def find(self, address: str) -> list[Place]:
        """The most exact place that the address names; none, or several where that is not one."""
        named = [self._most_fitting(places, address) for places in self._in_order(_plain(address))]
        found = {place.code: place for places in named for place in places}
        chains = {code: {each.code for each in self._town.chain(code)} for code in found}
        return [place for code, place in found.items() if not any(code in chains[other] - {other} for other in found)]

    def _in_order(self, text: str) -> list[list[Place]]:
        """The names in a text from left to right, the longest at each place, none within another."""
        names, at = [], 0
        while at < len(text):
            ends = range(min(len(text), at + self._longest), at, -1)
            end = next((end for end in ends if text[at:end] in self._named and _alone(text, at, end)), None)
            if end is not None:
                names.append(self._named[text[at:end]])
            at = end or at + 1
        return names

    def _most_fitting(self, places: list[Place], address: str) -> list[Place]:
        """Of several with one name those whose surroundings the address names the most."""
        said = [sum(above.name in address for above in self._town.chain(place.code)[1:]) for place in places]
        return [place for place, count in zip(places, said, strict=True) if count == max(said)]


@lru_cache(maxsize=1)
def addresses_of(town: Town) -> Addresses:
    """Kept as long as the directory is in force."""
    return Addresses(town)


def _plain(text: str) -> str:
    """Without what people write in many ways: width, case, spaces and punctuation, # for 号."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text).casefold()).replace("#", "号")


def _alone(text: str, start: int, end: int) -> bool:
    return bool(_BEFORE.search(text[:start]) and _AFTER.match(text[end:]))
