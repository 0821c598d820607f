"""Which model is in force: the one that the operator has trained, else one made of the directory's own words.

The trained one is a file in the home, as the keys are: all intakes of an installation see it, and a backup takes it
along. Why: ``docs/decisions/0018-category-suggestions.md``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import ValidationError

from services.intake.suggest.model import Example, Model, learn, taught
from services.intake.suggest.trial import Trained
from shared.contracts.base import Frozen, Instant
from shared.contracts.directory import Category
from shared.directory import OTHER, Town
from shared.files import write_whole

log = structlog.get_logger()


class Kept(Frozen):
    """What was trained, and when (real time)."""

    trained_at: Instant
    trained: Trained


def path_in(home: Path) -> Path:
    return home / "intake" / "classifier.json"


def save(home: Path, kept: Kept) -> None:
    write_whole(path_in(home), kept.model_dump_json())


def load(home: Path) -> Kept | None:
    """None where nothing was trained. Raises ``ValidationError`` for a file that cannot be read."""
    try:
        return Kept.model_validate_json(path_in(home).read_bytes())
    except FileNotFoundError:
        return None


def forget(home: Path) -> bool:
    """False where nothing was trained."""
    try:
        path_in(home).unlink()
    except FileNotFoundError:
        return False
    return True


@dataclass(frozen=True)
class InForce:
    """``codes``: the directory's code of each category of the model that it has."""

    model: Model
    codes: dict[str, str]
    trained: bool


class Classifier:
    """Looks at each question whether the file or the directory is another one than before."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._seen: object = None
        self._in_force: InForce | None = None

    def in_force(self, town: Town) -> InForce:
        seen = (_stamp(path_in(self._home)), town.version)
        if self._in_force is None or seen != self._seen:
            self._in_force = self._trained(town) or _untrained(town)
            self._seen = seen
        return self._in_force

    def _trained(self, town: Town) -> InForce | None:
        """What the training lacks of the directory goes by name and hint. None also where the directory has none of
        its categories, or the file cannot be read.
        """
        try:
            kept = load(self._home)
        except ValidationError as error:
            log.warning("the trained classifier cannot be read", errors=error.error_count())
            return None
        if kept is None:
            return None
        model = kept.trained.model
        codes = codes_of(model.categories, town)
        if not codes:
            return None
        own = _own_words(lacking(codes, town))
        return InForce(taught(model, own), codes | {code: code for _, code in own}, trained=True)


def codes_of(names: tuple[str, ...], town: Town) -> dict[str, str]:
    """What the directory calls what people call by code or by name; without what it does not have."""
    known = {word: each.code for each in _leaves(town) for word in (each.name_en, each.name, each.code)}
    return {name: known[name] for name in names if name in known}


def lacking(codes: Mapping[str, str], town: Town) -> list[Category]:
    """What the directory has to suggest beyond these."""
    return [each for each in _leaves(town) if each.code != OTHER and each.code not in codes.values()]


def _untrained(town: Town) -> InForce:
    model = learn(_own_words(lacking({}, town)), least=1)
    return InForce(model, {code: code for code in model.categories}, trained=False)


def _own_words(categories: Iterable[Category]) -> list[Example]:
    """Every category's name and hint as the only message of it."""
    return [(f"{each.name}\n{each.name_en}\n{each.hint}", each.code) for each in categories]


def _leaves(town: Town) -> list[Category]:
    return [each for each in town.directory.categories if each.matter is not None]


def _stamp(path: Path) -> object:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
