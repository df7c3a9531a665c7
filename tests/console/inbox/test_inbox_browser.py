"""The inbox in a real Chromium, over the real stack: two members of staff, and one customer at the simulator."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

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
from tests.console.test_browser import PATIENCE, say

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(400)]

__all__ = ["patience", "somebody", "stack"]


def test_two_of_staff_and_one_customer(somebody: People) -> None:
    """Hand-off, both typing, takeover, a text that comes meanwhile, undo, hand-back, and the bot speaks again."""
    theo = somebody(customer="Theo")
    say(theo, "can I talk to a person please")
    expect(theo.locator(".bubble.shop").last).to_contain_text("person")
    owner, agent = somebody(role="owner"), somebody(role="agent")
    expect(agent.locator("[data-line]").filter(has_text="Theo")).to_contain_text("asked for a person")
    for page in (owner, agent):
        open_talk(page, "Theo", "Waiting")

    # both begin to type, and each sees that the other does
    write(owner, "Hi Theo, ")
    expect(agent.locator("#part-head .looking")).to_contain_text("Demo owner is typing")
    write(agent, "Hello Theo, I am ")
    expect(owner.locator("#part-head .looking")).to_contain_text("Demo agent is typing")

    # one takes over: the other's page says so, and what they typed is still there, with the focus in it
    owner.locator("#take button").click()
    expect(owner.locator("#part-head .speaks")).to_have_text("You speak")
    expect(agent.locator("#part-head .speaks")).to_have_text("Demo owner speaks")
    expect(agent.locator("#body")).to_have_value("Hello Theo, I am ")
    expect(agent.locator("#body")).to_be_focused()
    agent.keyboard.press("Control+Enter")
    expect(agent.locator("#part-notice")).to_contain_text("Demo owner speaks in this conversation.")
    expect(agent.locator("#body")).to_have_value("Hello Theo, I am ")

    # sent, taken back within its seconds, the words again in the field, sent for good
    owner.locator("#body").press_sequentially("Demo here. How can I hepl?")
    expect(owner.locator("#count")).to_contain_text("1 part")
    owner.keyboard.press("Control+Enter")
    expect(owner.locator("#part-pending")).to_contain_text(re.compile(r"Leaves in \d s"))
    expect(owner.locator("#body")).to_have_value("")
    owner.get_by_role("button", name="Undo").click()
    expect(owner.locator("#body")).to_have_value("Hi Theo, Demo here. How can I hepl?")
    expect(theo.locator(".bubble.shop").filter(has_text="hepl")).to_have_count(0)
    owner.locator("#body").fill("Hi Theo, how can I help?")
    owner.keyboard.press("Control+Enter")
    expect(theo.locator(".bubble.shop").last).to_contain_text("how can I help?")
    expect(owner.locator(".said.us").last).to_contain_text("delivered")

    # people hold: the bot says nothing, whatever the customer writes
    said = theo.locator(".bubble.shop").count()
    say(theo, "do you have a coupon?")
    expect(owner.locator(".said.them").last).to_contain_text("do you have a coupon?")
    expect(theo.locator(".bubble.shop")).to_have_count(said)

    # handed back, once what has just come was there to be read, the bot answers again
    newest = owner.locator("#part-pending [data-last]").get_attribute("data-last") or ""
    expect(owner.locator("#seen")).to_have_value(newest)
    owner.locator("#menu-back summary").click()
    owner.locator("#menu-back").get_by_role("button", name="Hand back").click()
    expect(owner.locator("#part-head .speaks")).to_have_text("The bot speaks")
    say(theo, "what are your opening hours?")
    expect(theo.locator(".bubble.shop")).to_have_count(said + 1)


def test_a_takeover_in_the_middle_of_an_answer(somebody: People) -> None:
    """In bot-drafts mode the answer is held back, offered, and sent by a person; the bot's own never leaves."""
    hana, agent = somebody(customer="Hana"), somebody(role="agent")
    say(hana, "hi there")
    expect(hana.locator(".bubble.shop")).to_have_count(1)
    open_talk(agent, "Hana")
    agent.locator("#menu-more summary").click()
    agent.get_by_role("button", name="Let the bot draft, and people send").click()
    expect(agent.locator("#part-head .speaks")).to_have_text("The bot speaks, and a person sends")
    say(hana, "same again please")
    expect(agent.locator("#part-pending")).to_contain_text("The bot would have said:")
    expect(hana.locator(".bubble.shop")).to_have_count(1)
    agent.locator("h1").click()
    agent.keyboard.press("a")
    expect(agent.locator("#part-head .speaks")).to_have_text("You speak")
    agent.get_by_role("link", name="Use it").click()
    expect(agent.locator("#body")).not_to_have_value("")
    agent.locator("#body").fill("A person here: your cart is on its way.")
    agent.keyboard.press("Control+Enter")
    expect(hana.locator(".bubble.shop")).to_have_count(2)
    expect(hana.locator(".bubble.shop").last).to_contain_text("A person here")


def test_the_keys_walk_open_and_search(somebody: People) -> None:
    """j and k walk, Enter opens, / searches, Esc leaves, ? says so; with keys switched off they are letters only."""
    for name in ("Priya", "Marcus"):
        say(somebody(customer=name), "a person please")
    agent = somebody(role="agent")
    expect(agent.locator("[data-line]").filter(has_text="Marcus")).to_be_visible(timeout=PATIENCE)
    agent.keyboard.press("j")
    first = agent.locator(":focus .name").inner_text()
    agent.keyboard.press("j")
    assert agent.locator(":focus .name").inner_text() != first
    agent.keyboard.press("k")
    agent.keyboard.press("Enter")
    expect(agent.locator("#part-head h1")).to_have_text(first)
    agent.keyboard.press("/")
    expect(agent.locator("#q")).to_be_focused()
    agent.keyboard.press("Escape")
    agent.keyboard.press("?")
    expect(agent.get_by_role("dialog")).to_be_visible()
    agent.get_by_label("single keys do this").uncheck()
    agent.keyboard.press("Escape")
    agent.keyboard.press("/")
    expect(agent.locator("#q")).not_to_be_focused()


@pytest.mark.parametrize(
    ("size", "scheme"),
    [(DESK, "light"), (PHONE, "dark"), ((640, 425), "light")],
    ids=["desk", "phone", "200%"],
)
def test_everything_can_be_named_reached_and_hit(
    somebody: People, size: tuple[int, int], scheme: str, request: pytest.FixtureRequest
) -> None:
    """WCAG 2.2 AA as far as a script can tell: names, sizes of targets, no scrolling sideways, one heading of the first
    rank, nothing with the focus that is hidden."""
    name = {"desk": "Owen", "phone": "Grace", "200%": "Nora"}[request.node.callspec.id]
    say(somebody(customer=name), "a person please")
    page = somebody(role="agent", size=size, color_scheme=scheme)
    open_talk(page, name)
    found = page.evaluate(CHECK)
    assert found == []
    page.locator("#part-head h1").click()
    for _ in range(12):
        page.keyboard.press("Tab")
        box = page.evaluate(
            "(() => { const e = document.activeElement, b = e.getBoundingClientRect();"
            " return [b.width, b.height, b.right > 0 && b.left < innerWidth]; })()"
        )
        assert min(box[:2]) > 0
        assert box[2]
