"""Every sentence that intake can say has its Chinese."""

import re
from pathlib import Path

from babel.messages.pofile import read_po

from services import intake
from services.intake import uploads_child
from services.intake.problems import KINDS, SENTENCES

FOLDER = Path(intake.__file__).parent


def said() -> set[str]:
    """The English sentences in templates, pages, problems and checks."""
    pages = (*(FOLDER / "web" / "templates").glob("*.html"), FOLDER / "pages.py")
    templates = "".join(path.read_text() for path in pages)
    checks = ("shapes/words.py", "shapes/hotline.py", "submission.py", "orders.py")
    code = "".join((FOLDER / name).read_text() for name in checks)
    suggesting = (FOLDER / "suggesting.py").read_text()
    found = {first or second for first, second in re.findall(r"""say\((?:"([^"]+)"|'([^']+)')\)""", templates)}
    found |= set(re.findall(r'PydanticCustomError\("\w+", "([^"]+)"\)', code))
    found |= set(re.findall(r'Wrong\([^"]+"[^"]+", "([^"]+)"\)', code)) | set(
        re.findall(r'Wrong\("[\w.]+", "([^"]+)"', code)
    )
    found |= set(re.findall(r'say\("([^"]+)"', suggesting))
    return found | {title for _, title in KINDS.values()} | set(SENTENCES.values())


def test_every_sentence_has_its_chinese_and_none_is_left_over() -> None:
    """The catalogue and the code name the same sentences."""
    with (FOLDER / "web" / "translations" / "zh_CN.po").open("rb") as file:
        catalogue = {message.id: message.string for message in read_po(file, locale="zh_CN") if message.id}
    translated = {sentence for sentence, chinese in catalogue.items() if chinese}
    unfit = {uploads_child.UNREADABLE, uploads_child.TOO_LARGE}
    assert said() | unfit == translated
