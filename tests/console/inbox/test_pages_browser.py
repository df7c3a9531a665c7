"""Every page of the console in a real Chromium, wide and light, narrow and dark, and at 200%: it can be named, read and hit."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from console import words
from tests.console.inbox.browsing import (
    CHECK,
    DESK,
    PHONE,
    People,
    open_talk,
    patience,
    somebody,
    stack,
    write,
)
from tests.console.stack import Stack
from tests.console.test_browser import say, start

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(400)]

__all__ = ["patience", "somebody", "stack"]

PAGES = (
    "",
    "inbox",
    "inbox?view=all",
    "inbox?q=coupon",
    "inbox/{talk}",
    "codes?conversation={talk}",
    "codes/mend",
    "decide",
    "shift",
    "facts?q=do+you+ship+to+canada",
    "replies",
    "settings/notifications",
    "people",
    "audit",
    "opt-out/{talk}",
    "simulator",
)


@pytest.mark.parametrize(
    ("size", "scheme"),
    [(DESK, "light"), (PHONE, "dark"), ((640, 425), "light")],
    ids=["desk", "phone", "200%"],
)
def test_every_page_can_be_named_read_and_hit(
    somebody: People, stack: Stack, size: tuple[int, int], scheme: str, request: pytest.FixtureRequest
) -> None:
    """Each has what it shows most: a customer who holds a code, and one who waits for a person."""
    name, other = {"desk": ("Hana", "Theo"), "phone": ("Owen", "Priya"), "200%": ("Emil", "Marcus")}[
        request.node.callspec.id
    ]
    customer = somebody(customer=name)
    start(customer)
    say(customer, "got a coupon?")
    expect(customer.locator(".bubble.shop").last).to_contain_text("15% off")
    say(somebody(customer=other), "email is better")
    page = somebody(role="owner", size=size, color_scheme=scheme)
    open_talk(page, name)
    found = re.search(r"/inbox/(\d+)", page.url)
    assert found
    titles, wrong = set(), {}
    for each in PAGES:
        page.goto(f"{stack.console}/shops/demo/{each.format(talk=found[1])}")
        titles.add(page.title())
        if faults := page.evaluate(CHECK):
            wrong[each] = faults
    assert wrong == {}
    assert len(titles) >= len(PAGES) - 3, "the inbox's lists share one"


@pytest.mark.parametrize("size", [(800, 850), PHONE], ids=["half", "phone"])
def test_no_menu_leaves_the_screen(
    somebody: People, size: tuple[int, int], request: pytest.FixtureRequest
) -> None:
    name = {"half": "Iris", "phone": "Paolo"}[request.node.callspec.id]
    say(somebody(customer=name), "a person please")
    page = somebody(role="agent", size=size)
    open_talk(page, name)
    for menu in page.locator("#part-deeds details.menu").all():
        menu.locator("summary").click()
        box = menu.locator(".sheet").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0]
        page.keyboard.press("Escape")
        expect(menu.locator("summary")).to_be_focused()


def test_the_focus_stays_where_one_works(somebody: People) -> None:
    """What had it is gone after a deed: it goes on to the field, and not to the top of the page."""
    say(somebody(customer="Grace"), "a person please")
    agent = somebody(role="agent")
    open_talk(agent, "Grace")
    agent.locator("#take button").focus()
    agent.keyboard.press("Enter")
    expect(agent.locator("#part-head .speaks")).to_have_text("You speak")
    expect(agent.locator("#body")).to_be_focused()
    agent.get_by_role("link", name="Offer or link").focus()
    agent.keyboard.press("Enter")
    expect(agent.locator("#picker .choice").first).to_be_focused()
    expect(agent.locator("#picker h2")).to_be_in_viewport()
    agent.keyboard.press("Escape")
    expect(agent.locator("#body")).to_be_focused()
    agent.get_by_role("link", name="Read wrongly?").first.focus()
    agent.keyboard.press("Enter")
    meant = agent.get_by_label("It meant")
    expect(meant).to_be_focused()
    meant.select_option(index=1)
    agent.get_by_role("button", name="Teach it").press("Enter")
    expect(agent.locator("#part-notice")).to_contain_text("«a person please» means")
    expect(agent.locator("#body")).to_be_focused()


def test_the_clock_where_the_customer_is_goes_on_by_itself(somebody: People) -> None:
    """A page that lies open is not drawn for it: it starts from what the server's clock showed."""
    say(somebody(customer="Owen"), "a person please")
    agent = somebody(role="agent")
    open_talk(agent, "Owen")
    clock = agent.locator("#part-side [data-clock]")
    zone = clock.get_attribute("data-clock")
    assert zone
    for told in (datetime(2026, 1, 15, 17, 5, tzinfo=UTC), datetime(2026, 7, 2, 4, 59, tzinfo=UTC)):
        agent.wait_for_function(  # told again and again: whatever is drawn meanwhile tells the real one
            """([now, shown]) => {
                document.querySelector("#part-marks [data-now]").dataset.now = now;
                return document.querySelector("#part-side [data-clock]").textContent === shown;
            }""",
            arg=[str(int(told.timestamp() * 1000)), words.clock(told, zone)],
        )


def test_who_turns_to_another_tab_looks_no_more(somebody: People) -> None:
    say(somebody(customer="Marcus"), "a person please")
    agent, owner = somebody(role="agent"), somebody(role="owner")
    for page in (agent, owner):
        open_talk(page, "Marcus")
    looking = owner.locator("#part-head .looking")
    expect(looking).to_contain_text("Demo agent is looking")
    for seen, shown in (("hidden", ""), ("visible", "Demo agent is looking")):
        agent.evaluate(
            """seen => {
                Object.defineProperty(document, "visibilityState", { value: seen, configurable: true });
                document.dispatchEvent(new Event("visibilitychange"));
            }""",
            seen,
        )
        expect(looking).to_have_text(shown)


def test_a_draft_is_kept_and_an_emptied_one_is_not(somebody: People) -> None:
    """What is put in comes after what stands there; what was taken back and then emptied does not come again."""
    say(somebody(customer="Nora"), "a person please")
    agent = somebody(role="agent")
    open_talk(agent, "Nora")
    with agent.expect_response(re.compile("/draft$")):  # it is kept by itself
        write(agent, "Hello Nora.")
    agent.reload()
    expect(agent.locator("#body")).to_have_value("Hello Nora.")
    agent.get_by_role("link", name="Offer or link").click()
    agent.locator("#picker .choice").filter(has_text="The shop").click()
    expect(agent.locator("#body")).to_have_value(re.compile(r"^Hello Nora\. \S"))
    agent.keyboard.press("Control+Enter")
    agent.get_by_role("button", name="Undo").click()
    expect(agent.locator("#body")).to_have_value(re.compile(r"^Hello Nora\. \S"))
    with agent.expect_response(re.compile("/draft$")):
        agent.locator("#body").fill("")
    agent.reload()
    expect(agent.locator("#part-head h1")).to_have_text("Nora")
    expect(agent.locator("#body")).to_have_value("")
