"""The page behind an action link, as a person on a small phone uses it, with JavaScript off: it must not need it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from shared import ids
from shared.contracts.commands import Act, Acted
from shared.contracts.queries import Offer
from shared.contracts.ticket import FreeText, Ticket
from shared.contracts.vocabulary import Action, Refusal, Status, Urgency
from shared.settings import ensure_keys
from tests.integration.intake.harness import Served, a_setting, serving, with_directory
from tests.integration.intake.standin import StandIn
from tests.records_of import a_record, an_offer

PHONE = {"width": 360, "height": 640}


class Routing:
    """What routing would do with one ticket at one post, no more than this story needs."""

    def __init__(self, standin: StandIn, ticket: Ticket) -> None:
        self.ticket = ticket.model_copy(update={"status": Status.ASSIGNED})
        self.acts: dict[str, Act] = {}
        standin.answers["routing.act"] = self.act
        standin.answers["routing.offer"] = self.offer

    def act(self, act: dict[str, object]) -> object:
        done = Act.model_validate(act)
        self.acts[str(done.action_id)] = done
        status = {Action.ACCEPT: Status.ACCEPTED, Action.RESOLVE: Status.RESOLVED}.get(done.action, self.ticket.status)
        self.ticket = self.ticket.model_copy(update={"status": status})
        return Acted(ticket=self.ticket).model_dump(mode="json")

    def offer(self, **_: object) -> object:
        actions = {
            Status.ASSIGNED: (Action.ACCEPT, Action.HAND_BACK, Action.ESCALATE, Action.NOTE, Action.ASSIGN),
            Status.ACCEPTED: (Action.RESOLVE, Action.ESCALATE, Action.NOTE, Action.ASSIGN),
        }.get(self.ticket.status, ())
        return an_offer(self.ticket, *actions).model_dump(mode="json")


@pytest.fixture
def intake(vhost: str, home: Path) -> Iterator[tuple[Served, StandIn]]:
    ensure_keys(home)
    with StandIn(vhost) as standin:
        with_directory(standin)
        with serving(a_setting(home, vhost)) as served:
            served.until("/readyz", 200)
            yield served, standin


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False, locale="zh-CN")
    yield context.new_page()
    context.close()


def link_of(served: Served, ticket: Ticket) -> str:
    token = ids.ActionToken(ticket_id=ticket.id, person="p-K-property_manager", post="K:property_manager", assignment=1)
    return f"{served.settings.base_url}/a/{ids.sign_action(served.secret, token)}"


def picture(page: Page, name: str) -> None:
    """A screenshot into ``LOUMEN_SCREENSHOTS``, where that is set."""
    if folder := os.environ.get("LOUMEN_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_post_accepts_and_resolves_on_a_phone(intake: tuple[Served, StandIn], phone: Page) -> None:
    """From the link to 办结 by taps alone: each is done, said, and offers what comes next."""
    served, standin = intake
    record = a_record(urgency=Urgency.DANGER, title=None, location_note=None)
    standin.answers["records.ticket"] = lambda **_: record.model_dump(mode="json")
    routing = Routing(standin, record.ticket)
    phone.goto(link_of(served, record.ticket))
    assert phone.get_by_text(record.ticket.description.text or "").is_visible()
    picture(phone, "1-offered")
    phone.get_by_role("button", name="接单").click()
    assert phone.get_by_role("status").inner_text() == "✓ 已完成： 接单"
    picture(phone, "2-accepted")
    phone.get_by_label("办理结果").fill("灯已换好")
    phone.get_by_role("button", name="办结").click()
    assert phone.get_by_role("status").inner_text() == "✓ 已完成： 办结"
    assert phone.get_by_role("button").count() == 0
    picture(phone, "3-resolved")
    assert [act.action for act in routing.acts.values()] == [Action.ACCEPT, Action.RESOLVE]
    assert list(routing.acts.values())[1].text == "灯已换好"


def test_assigning_needs_a_post_and_handing_back_a_reason(intake: tuple[Served, StandIn], phone: Page) -> None:
    """The browser itself asks for what is missing; then it is done."""
    served, standin = intake
    record = a_record()
    standin.answers["records.ticket"] = lambda **_: record.model_dump(mode="json")
    routing = Routing(standin, record.ticket)
    phone.goto(link_of(served, record.ticket) + "?lang=en")
    phone.locator("summary", has_text="Hand back").click()
    phone.get_by_role("button", name="Hand back").click()
    phone.locator("summary", has_text="Assign down").click()
    phone.get_by_role("button", name="Assign down").click()
    assert not routing.acts
    picture(phone, "4-open-forms")
    phone.get_by_label("To which post").select_option("C:grid_worker")
    phone.get_by_role("button", name="Assign down").click()
    assert [act.to for act in routing.acts.values()] == ["C:grid_worker"]
    assert "Done: Assign down" in phone.get_by_role("status").inner_text()


def test_a_double_tap_is_one_action(intake: tuple[Served, StandIn], phone: Page) -> None:
    """Two taps before the answer send the same action id."""
    served, standin = intake
    record = a_record()
    routing = Routing(standin, record.ticket)
    phone.goto(link_of(served, record.ticket))
    phone.get_by_role("button", name="接单").dblclick()
    phone.get_by_role("status").wait_for()
    assert [act.action for act in routing.acts.values()] == [Action.ACCEPT]


def test_nothing_is_wider_than_the_phone(intake: tuple[Served, StandIn], chromium: Browser) -> None:
    """No sideways scrolling on 360 points, even with a refusal and an endless word."""
    served, standin = intake
    record = a_record(title=FreeText(digest="d", text="x" * 200))
    standin.answers["records.ticket"] = lambda **_: record.model_dump(mode="json")
    refused = Offer(ticket=record.ticket, refused=Refusal.NOT_YOURS)
    standin.answers["routing.offer"] = lambda **_: refused.model_dump(mode="json")
    page = chromium.new_page(viewport=PHONE, locale="zh-CN")
    page.goto(link_of(served, record.ticket))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert "工单已不在您手中" in page.get_by_role("alert").inner_text()
    picture(page, "5-refused")
    page.goto(f"{served.settings.base_url}/t/{record.ticket.code}?lang=en")
    picture(page, "6-public")
    page.goto(f"{served.settings.base_url}/a/forged")
    picture(page, "7-forged")
    page.close()


def test_the_documentation_works_without_the_internet(intake: tuple[Served, StandIn], chromium: Browser) -> None:
    """Everything that /docs loads comes from us, and nothing is blocked."""
    served, _ = intake
    page = chromium.new_page()
    asked, wrong = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(f"{served.settings.base_url}/docs")
    page.get_by_text("Hand in an issue").first.wait_for()
    assert all(url.startswith((served.settings.base_url, "data:")) for url in asked)
    assert wrong == []
    picture(page, "8-docs")
    page.close()
