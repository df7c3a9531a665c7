"""The simulator in a real Chromium, over the real stack: web, console, worker, clock, Valkey and the stand-in."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.stack import Stack, running

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.timeout(300)]

PATIENCE = 30_000
"""Milliseconds: two slow cores, six processes and a browser."""
AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
)
"""A person's: a headless browser that says so is counted as a machine."""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """One for all tests of this file; each is somebody else."""
    with running() as stack:
        yield stack


@pytest.fixture(params=[(1280, 900), (390, 844)], ids=["desk", "phone"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh visitor. Whatever the browser complains of (a refused script, an inline style) fails the test."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, user_agent=AGENT)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def be(page: Page, stack: Stack, name: str) -> None:
    """Open the simulator and take this customer's phone."""
    page.goto(stack.console + "/simulator")
    page.locator(".cast").get_by_role("link", name=re.compile(rf"\b{name}\b")).click()
    expect(page.locator(".cast [aria-current=true] .name")).to_contain_text(name)


def start(page: Page) -> None:
    """Start the win-back, and live through the time until its window opens."""
    page.get_by_role("button", name="Start the win-back").click()
    status = page.locator("#mind .said .status").first
    expect(status).to_have_text(re.compile(r"^(sent|leaves .*)$"), timeout=PATIENCE)
    if status.inner_text() != "sent":
        press(page, "To the next thing due")
    expect(page.locator(".bubble.shop").last).to_contain_text("text bot here")


def press(page: Page, button: str) -> None:
    """Move the clock, and wait until it stands."""
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("button", name=button)).to_be_enabled(timeout=PATIENCE)


def say(page: Page, words: str) -> None:
    """Type it and press Enter."""
    page.get_by_label(re.compile("^Text as")).fill(words)
    page.keyboard.press("Enter")
    expect(page.locator(".bubble.me").last).to_contain_text(words, timeout=PATIENCE)


NAMES = {"desk": ("Theo", "Priya", "Marcus", "Emil"), "phone": ("Hana", "Owen", "Grace", "Nora")}


@pytest.fixture
def names(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Customers whom no other test has been."""
    return NAMES["desk" if "desk" in request.node.callspec.id else "phone"]


def test_a_customer_is_won_back_and_stops(page: Page, stack: Stack, names: tuple[str, ...]) -> None:
    """The opener, «same again», the cart behind the link, STOP, and silence."""
    be(page, stack, names[0])
    start(page)
    say(page, "same again")
    link = page.locator(".bubble.shop a").last
    expect(link).to_have_attribute("href", re.compile(rf"^{re.escape(stack.web)}/l/\w+$"), timeout=PATIENCE)
    expect(page.locator("#mind .turn").first).to_contain_text("reorder")
    expect(page.locator("#mind .turn").first).to_contain_text("rules asked, none against")
    with page.expect_popup() as opened:
        link.click()
    expect(opened.value.get_by_role("heading", name="Your cart")).to_be_visible()
    expect(opened.value.locator(".sums")).to_contain_text("To pay")
    expect(opened.value.get_by_label("Buys").locator("option:checked")).to_have_text(names[0])
    opened.value.close()
    expect(page.locator("#now")).to_contain_text("Link opened", timeout=PATIENCE)

    page.get_by_role("button", name="STOP", exact=True).click()
    expect(page.locator(".bubble.carrier")).to_contain_text("unsubscribed", timeout=PATIENCE)
    expect(page.locator("#now")).to_contain_text("no: opted out, by a carrier's word")
    expect(page.locator("#mind .turn").first).to_contain_text("Ends: opted out", timeout=PATIENCE)
    texts = page.locator(".bubble.shop").count()
    press(page, "4 days later")
    press(page, "4 days later")
    expect(page.locator("#now")).not_to_contain_text("Waits for answer")
    assert page.locator(".bubble.shop").count() == texts, "silence"


def test_a_person_is_asked_for_and_gives_it_back(page: Page, stack: Stack, names: tuple[str, ...]) -> None:
    """The first page lists who waits; the button gives the conversation back to the bot."""
    be(page, stack, names[1])
    say(page, "can I talk to a real person please")
    back = page.get_by_role("button", name="Hand back to the bot")
    expect(back).to_be_visible(timeout=PATIENCE)
    here = page.url
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("button", name="Be the demo's owner").click()
    expect(page.locator("main")).to_contain_text(names[1])
    expect(page.locator(".report p")).to_have_count(3)
    page.goto(here)
    back.click()
    expect(back).to_be_hidden(timeout=PATIENCE)
    expect(page.locator("#now")).to_contain_text("the bot")


def test_what_is_half_typed_survives_a_new_text(page: Page, stack: Stack, names: tuple[str, ...]) -> None:
    """The page changes around the field, never in it; and nothing is wider than the screen."""
    be(page, stack, names[2])
    field = page.get_by_label(re.compile("^Text as"))
    say(page, "how fresh is the coffee?")
    field.fill("half a th")
    expect(page.locator(".bubble.shop").last).to_contain_text("roast", timeout=PATIENCE)
    expect(field).to_have_value("half a th")
    expect(field).to_be_focused()
    screen = page.locator("#screen")
    bottom = screen.evaluate("it => it.scrollHeight - it.scrollTop - it.clientHeight")
    assert bottom < 2, "the newest text is in sight"
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0


def test_an_order_at_the_till_is_recovered_revenue(page: Page, stack: Stack, names: tuple[str, ...]) -> None:
    """The code is taken off, the flow ends, and the first page counts it."""
    be(page, stack, names[3])
    start(page)
    say(page, "got a coupon?")
    link = page.locator(".bubble.shop a").last
    expect(page.locator(".bubble.shop").last).to_contain_text("15% off", timeout=PATIENCE)
    with page.expect_popup() as opened:
        link.click()
    till = opened.value
    expect(till.locator(".sums .off")).to_contain_text("15% off with BACK-")
    till.get_by_role("button", name="Place the order").click()
    expect(till.locator("#mind")).to_contain_text("Ends: ordered", timeout=PATIENCE)
    till.get_by_role("link", name="Overview").click()
    till.get_by_role("button", name="Be the demo's owner").click()
    expect(till.locator(".report")).to_contain_text(re.compile(r"Recovered [1-9]\d* orders? worth \$\d+"))
    till.close()
