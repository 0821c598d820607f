"""Pages without a script, in the asker's language. Everything on them also works without the style sheet."""

from datetime import datetime, time, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.intake import problems
from services.intake.problems import Problem
from shared.contracts.commands import TEXT_LIMIT
from shared.contracts.events import COSIGNER, NEIGHBOUR, REPORTER
from shared.contracts.vocabulary import Part, Urgency
from shared.directory import Town
from shared.i18n import LANGUAGES, Speaker
from shared.trace import current

ZONE = ZoneInfo("Asia/Shanghai")
PAGE_PATHS = ("/a/", "/t/")
LANGUAGE_NAMES = dict(zip(LANGUAGES, ("简体", "繁體", "English"), strict=True))

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "web" / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def is_page(path: str) -> bool:
    return path.startswith(PAGE_PATHS)


def render(template: str, say: Speaker, status: int = HTTPStatus.OK, **values: Any) -> HTMLResponse:
    """Never kept by a browser: pages show one person's ticket, and each has action ids of its own."""
    html = _templates.get_template(template).render(
        say=say,
        moment=moment,
        limit=limit,
        languages=LANGUAGE_NAMES,
        danger=Urgency.DANGER,
        text_limit=TEXT_LIMIT,
        **values,
    )
    headers = {"Cache-Control": "no-store", "Content-Language": say.language, "Vary": "Accept-Language"}
    return HTMLResponse(html, status, headers)


def problem(what: Problem, say: Speaker) -> HTMLResponse:
    """An error as a page, with the same words as the API's."""
    page = render("problem.html", say, what.status_code, problem=problems.body(what, say, current()))
    page.headers.update(what.headers or {})
    return page


def moment(at: datetime) -> str:
    """Wall-clock time in China, to the minute."""
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def limit(at: datetime) -> str:
    """A moment until which there is time, as letters write it: midnight belongs to the day that it ends,
    2026-11-28 24:00.
    """
    local = at.astimezone(ZONE)
    return f"{local - timedelta(days=1):%Y-%m-%d} 24:00" if local.time() == time() else moment(at)


class Names:
    """The directory's names in the asker's language; the code where the directory no longer has it."""

    def __init__(self, town: Town | None, say: Speaker) -> None:
        self._town, self._say = town, say

    def level(self, code: str) -> str:
        levels = self._town.directory.levels if self._town else ()
        return next((self._say.name(each.name, each.name_en) for each in levels if each.code == code), code)

    def role(self, code: str) -> str:
        if code == REPORTER:
            return self._say("Who reported it")
        if code in (COSIGNER, NEIGHBOUR):
            return self._say.word(Part(code))
        role = self._town.role(code) if self._town else None
        return self._say.name(role.name, role.name_en) if role else code

    def category(self, code: str) -> str:
        category = self._town.category(code) if self._town else None
        return self._say.name(category.name, category.name_en) if category else code
