"""Browsers at the inbox: staff by role, customers by name, and what all browser tests of it do with a page.

The fixtures are imported by the files that use them: each file has a stack of its own, so that no test meets a customer whom
another has talked to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.stack import Stack, running
from tests.console.test_browser import AGENT, PATIENCE, be

People = Callable[..., Page]
DESK, PHONE = (1280, 850), (390, 844)
CHECK = (Path(__file__).parent / "looks.js").read_text("utf-8")
"""Evaluated in a page, gives what is wrong with how it looks."""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """One for all tests of this file; each has a customer of its own."""
    with running() as stack:
        yield stack


@pytest.fixture(autouse=True, scope="module")
def patience() -> Iterator[None]:
    """Expectations wait as long as two slow cores need."""
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def somebody(browser: Browser, stack: Stack) -> Iterator[People]:
    """Opens a browser of its own: a member of staff by role, or a customer by name. Complaints of any fail the test."""
    complaints: list[str] = []
    opened = []

    def open_one(role: str = "", customer: str = "", size: tuple[int, int] = DESK, **context: str) -> Page:
        made = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            user_agent=AGENT,
            timezone_id="America/New_York",
            **context,  # type: ignore[arg-type]
        )
        made.set_default_timeout(PATIENCE)
        opened.append(made)
        page = made.new_page()
        # a 409 says why something was not done: the browser notes it, and it is no fault
        page.on("console", lambda message: _note(complaints, message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if customer:
            be(page, stack, customer)
            return page
        page.goto(stack.console + "/sign-in")
        page.get_by_role("button", name=f"Be the demo's {role}").click()
        page.get_by_role("link", name="Inbox").click()
        expect(page.locator(".views")).to_contain_text("Waiting")
        return page

    yield open_one
    for context in opened:
        context.close()
    assert complaints == []


def _note(complaints: list[str], text: str) -> None:
    if "409" not in text:
        complaints.append(text)


def open_talk(page: Page, name: str, view: str = "Everything") -> None:
    """Open this customer's conversation from the list."""
    page.locator(".views").get_by_role("link", name=re.compile(f"^{view}")).click()
    page.locator("[data-line]").filter(has_text=name).click()
    expect(page.locator("#part-head h1")).to_have_text(name)
    expect(page.locator("#part-deeds")).to_be_visible()


def shop_page(page: Page, name: str) -> None:
    """Open a page of the shop by its menu."""
    page.locator(".shopmenu summary").click()
    page.locator(".shopmenu").get_by_role("link", name=name).click()
    expect(page.locator(".shopmenu summary")).to_have_class("here")


def write(page: Page, words: str) -> None:
    """Type it, with the keys that a person would use."""
    page.locator("h1").click()
    page.keyboard.press("r")
    expect(page.locator("#body")).to_be_focused()
    page.locator("#body").press_sequentially(words)
