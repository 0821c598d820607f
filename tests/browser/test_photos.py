"""Photos on a phone with JavaScript off: chosen in the form, then seen on the pages."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from shared.contracts.vocabulary import Action, EventType, Status
from tests.browser.action_page import PHONE, Routing, link_of, picture
from tests.integration.intake.harness import Served
from tests.integration.intake.photo_makers import a_jpeg, with_metadata
from tests.integration.intake.standin import StandIn
from tests.records_of import a_record


def shown(browser: Browser, url: str) -> list[int]:
    """How wide each picture on a page is, as the browser has it."""
    page: Page = browser.new_page(viewport=PHONE, locale="zh-CN")
    page.goto(url)
    page.wait_for_load_state("networkidle")
    for image in page.locator("img").all():
        image.scroll_into_view_if_needed()
    page.wait_for_function("[...document.images].every(image => image.complete)")
    widths = page.evaluate("[...document.images].map(image => image.naturalWidth)")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    picture(page, "9-photos")
    page.close()
    return list(widths)


def test_a_photo_goes_with_the_result(
    intake: tuple[Served, StandIn], phone: Page, chromium: Browser, tmp_path: Path
) -> None:
    """Two files chosen, sent by the form alone; the page shows them, the resident's beside the result's."""
    served, standin = intake
    record = a_record()
    routing = Routing(standin, record.ticket.model_copy(update={"photos": ()}))
    routing.ticket = routing.ticket.model_copy(update={"status": Status.ACCEPTED})
    standin.answers["records.ticket"] = lambda **_: record.model_dump(mode="json")
    paths = [tmp_path / "before.jpg", tmp_path / "after.jpg"]
    for path, raw in zip(paths, (with_metadata(6), a_jpeg(50)), strict=True):
        path.write_bytes(raw)
    phone.goto(link_of(served, record.ticket))
    phone.get_by_label("办理结果").fill("灯已换好")
    phone.locator("#photos-resolve").set_input_files(paths)
    picture(phone, "8-photos-chosen")
    phone.get_by_role("button", name="办结").click()
    assert "办结" in phone.get_by_role("status").inner_text()
    [act] = routing.acts.values()
    assert (act.action, act.details.text, len(act.details.photos)) == (Action.RESOLVE, "灯已换好", 2)
    routing.ticket = routing.ticket.model_copy(update={"photos": act.details.photos[:1]})
    timeline = tuple(
        entry.model_copy(update={"photos": act.details.photos if entry.type is EventType.RESOLVED else ()})
        for entry in record.timeline
    )
    record = record.model_copy(update={"timeline": timeline})
    assert shown(chromium, link_of(served, record.ticket)) == [64, 64, 64]


@pytest.mark.parametrize("raw", [b"<svg/>", b""])
def test_a_file_that_is_no_photo_is_named(
    raw: bytes, intake: tuple[Served, StandIn], phone: Page, tmp_path: Path
) -> None:
    """A page in words says so, and nothing was done."""
    served, standin = intake
    record = a_record()
    routing = Routing(standin, record.ticket)
    routing.ticket = routing.ticket.model_copy(update={"status": Status.ACCEPTED})
    (tmp_path / "a.jpg").write_bytes(raw)
    phone.goto(link_of(served, record.ticket))
    phone.get_by_label("办理结果").fill("灯已换好")
    phone.locator("#photos-resolve").set_input_files(tmp_path / "a.jpg")
    phone.get_by_role("button", name="办结").click()
    assert "须为可以读取的 JPEG、PNG 或 WebP 图片。" in phone.content()
    assert not routing.acts
