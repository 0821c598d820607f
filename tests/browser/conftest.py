"""Headless Chromium, where it is installed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from shared.settings import ensure_keys
from tests.browser.action_page import PHONE
from tests.integration.intake.harness import Served, a_setting, serving, with_directory
from tests.integration.intake.standin import StandIn

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One for a module, closed with it: as long as it lives, an event loop runs in the tests' own thread."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


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
