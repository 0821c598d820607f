"""Languages: zh-CN is the default, en beside it; zh-TW is made from zh-CN by OpenCC, so that nobody keeps a third text.

Sentences are gettext catalogues (``.po``, English msgids) in a ``translations`` folder beside who says them; words of
the domain stand in ``shared.contracts.vocabulary``.
"""

from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from opencc import OpenCC

from shared.contracts.vocabulary import Word

DEFAULT = "zh-CN"
LANGUAGES = ("zh-CN", "zh-TW", "en")
ALIASES = {"zh": "zh-CN", "zh-hans": "zh-CN", "zh-hant": "zh-TW", "zh-hk": "zh-TW", "zh-mo": "zh-TW"}


def negotiate(accept_language: str | None) -> str:
    """The best of ``LANGUAGES`` for an ``Accept-Language`` header; the default for none or nonsense."""
    if not accept_language:
        return DEFAULT
    wanted = sorted(_weighted(accept_language), key=lambda pair: -pair[1])
    tags = [ALIASES.get(tag.lower(), tag) for tag, weight in wanted if weight > 0]
    return negotiate_locale(tags, LANGUAGES, sep="-") or DEFAULT


def _weighted(header: str) -> list[tuple[str, float]]:
    pairs = []
    for item in header.split(","):
        tag, _, quality = item.strip().partition(";q=")
        try:
            pairs.append((tag.strip(), float(quality) if quality else 1.0))
        except ValueError:
            continue
    return pairs


class Speaker:
    """Says sentences and words in one language."""

    def __init__(self, language: str, catalogue: NullTranslations) -> None:
        self.language = language
        self._catalogue = catalogue

    def __call__(self, message: str, **values: object) -> str:
        """The sentence for the English ``message``, with ``{names}`` filled in."""
        sentence = message if self.language == "en" else self._catalogue.gettext(message)
        return self._script(sentence).format(**values) if values else self._script(sentence)

    def word(self, word: Word) -> str:
        return self.name(word.zh, word.en)

    def name(self, zh: str, en: str) -> str:
        """Of two names of one thing, the one in this language."""
        return en if self.language == "en" else self._script(zh)

    def _script(self, text: str) -> str:
        return traditional(text) if self.language == "zh-TW" else text


@cache
def speaker(language: str, translations: Path) -> Speaker:
    """The speaker of one of ``LANGUAGES`` with the catalogue ``zh_CN.po`` in the folder ``translations``."""
    return Speaker(language, NullTranslations() if language == "en" else _catalogue(translations / "zh_CN.po"))


@cache
def _catalogue(path: Path) -> GNUTranslations:
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale="zh_CN"))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def _converter(way: str) -> OpenCC:
    return OpenCC(way)


@lru_cache(maxsize=4096)
def traditional(text: str) -> str:
    """Simplified Chinese in Taiwan's characters and phrases."""
    return str(_converter("s2twp").convert(text))


def simplified(text: str) -> str:
    """The other way: what somebody wrote in Taiwan's characters and phrases, or already in these."""
    return str(_converter("tw2sp").convert(text))
