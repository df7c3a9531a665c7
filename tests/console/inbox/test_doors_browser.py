"""Who may in a real Chromium: wrong roles, other shops, and the way from page to page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.console.inbox.browsing import People, patience, shop_page, somebody, stack
from tests.console.stack import Stack
from tests.console.test_browser import say

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(400)]

PASSWORD = "a lantern over the quiet harbour"

__all__ = ["patience", "somebody", "stack"]


def test_who_may_not_is_refused_and_another_shop_is_not_there(somebody: People, stack: Stack) -> None:
    """A viewer at the field to write in, an agent at the owner's pages, and all at a shop or a conversation not theirs."""
    owner, agent, viewer = somebody(role="owner"), somebody(role="agent"), somebody(customer="Emil")
    say(viewer, "a person please")
    shop_page(owner, "People")
    owner.get_by_label("E-mail").fill("reads@shop.example")
    owner.get_by_label("Role", exact=True).select_option("viewer")
    owner.get_by_role("button", name="Make the link").click()
    viewer.goto(owner.get_by_label("The link").input_value())
    viewer.get_by_label("Your name").fill("Reads along")
    viewer.get_by_label("New password").fill(PASSWORD)
    viewer.get_by_label("The same again").fill(PASSWORD)
    viewer.get_by_role("button", name="Join").click()
    viewer.goto(stack.console + "/shops/demo/inbox?view=open")
    viewer.locator("[data-line]").filter(has_text="Emil").click()
    expect(viewer.locator("#part-head h1")).to_have_text("Emil")
    expect(viewer.locator(".compose")).to_contain_text("Your role reads along.")
    expect(viewer.locator("#take")).to_have_count(0)
    token = viewer.locator("input[name=form_token]").first.input_value()
    taken = viewer.request.post(viewer.url.partition("?")[0] + "/take", form={"form_token": token})
    assert taken.status == 403
    assert "Not for your role" in taken.text()

    agent.locator(".shopmenu summary").click()
    expect(agent.locator(".shopmenu").get_by_role("link", name="People")).to_have_count(0)
    agent.keyboard.press("Escape")
    expect(agent.locator(".shopmenu ul")).to_be_hidden()
    root = stack.console + "/shops/"
    refused = agent.request.get(root + "demo/people")
    assert refused.status == 403
    assert "Not for your role" in refused.text()
    for path in ("juniper/", "juniper/inbox", "juniper/people", "demo/inbox/999999"):
        assert agent.request.get(root + path).status == 404, path


@pytest.mark.parametrize("width", [1280, 1024, 390])
def test_the_pages_of_a_shop_stand_in_one_row(somebody: People, width: int, stack: Stack) -> None:
    """Nothing wraps, nothing is cut off, and the rest is in a menu that a click elsewhere closes."""
    owner = somebody(role="owner", size=(width, 844))
    for path in ("inbox", "decide", "simulator"):
        owner.goto(f"{stack.console}/shops/demo/{path}")
        names = owner.locator(".top nav").get_by_role("link")
        assert [each.strip() for each in names.all_inner_texts() if each.strip()][:3] == [
            "Overview",
            "Inbox",
            "To decide",
        ]
        tops = owner.evaluate(
            "[...document.querySelectorAll('.top nav > a, .top nav > details')].map(e => e.getBoundingClientRect().top)"
        )
        assert len(tops) == 5
        assert max(tops) - min(tops) < 4
        assert owner.evaluate("document.documentElement.scrollWidth <= innerWidth")
    owner.locator(".shopmenu summary").click()
    expect(owner.get_by_role("link", name="Settings")).to_be_visible()
    box = owner.locator(".shopmenu ul").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    owner.locator("#main").dispatch_event("click")
    expect(owner.locator(".shopmenu ul")).to_be_hidden()
