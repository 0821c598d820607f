"""The page behind an action link, as a person on a small phone uses it, with JavaScript off: it must not need it."""

from playwright.sync_api import Browser, Page

from shared.contracts.queries import Offer
from shared.contracts.ticket import FreeText
from shared.contracts.vocabulary import Action, Refusal, Urgency
from tests.browser.action_page import PHONE, Routing, link_of, picture
from tests.integration.intake.harness import Served
from tests.integration.intake.standin import StandIn
from tests.records_of import SECRETS, a_record


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
    phone.get_by_role("button", name="办结").click()
    assert len(routing.acts) == 1, "what was done has to be said"
    phone.get_by_label("办理结果").fill("灯已换好")
    phone.get_by_role("button", name="办结").click()
    assert phone.get_by_role("status").inner_text() == "✓ 已完成： 办结"
    assert phone.get_by_role("button").count() == 0
    picture(phone, "3-resolved")
    assert [act.action for act in routing.acts.values()] == [Action.ACCEPT, Action.RESOLVE]
    assert list(routing.acts.values())[1].details.text == "灯已换好"


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
    assert [act.details.to for act in routing.acts.values()] == ["C:grid_worker"]
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
    assert "工单不在您手中" in page.get_by_role("alert").inner_text()
    assert SECRETS["location_note"] not in page.content()
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
