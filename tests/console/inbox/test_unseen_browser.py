"""In a real Chromium: the customer writes while somebody's finger is on «Close»."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.console.inbox.browsing import People, open_talk, patience, somebody, stack
from tests.console.test_browser import say

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(400)]

__all__ = ["patience", "somebody", "stack"]


def test_a_text_that_the_page_has_not_drawn_is_shown_before_it_closes(somebody: People) -> None:
    priya, agent, owner = somebody(customer="Priya"), somebody(role="agent"), somebody(role="owner")
    say(priya, "a person please")
    open_talk(agent, "Priya")
    agent.locator("#take button").click()
    expect(agent.locator("#part-head .speaks")).to_have_text("You speak")
    agent.route("**/live?**", lambda route: route.fulfill(status=204))  # nothing is drawn from now on
    say(priya, "and where is my refund?")
    open_talk(owner, "Priya")
    expect(owner.locator("#part-entries")).to_contain_text("and where is my refund?")
    expect(agent.locator("#part-entries")).not_to_contain_text("and where is my refund?")
    agent.get_by_role("button", name="Close", exact=True).click()
    notice = agent.locator("#part-notice")
    expect(notice).to_contain_text("The customer has written meanwhile.")
    expect(notice.locator("blockquote")).to_have_text("and where is my refund?")
    expect(agent.locator("#part-head .speaks")).to_have_text("You speak")
    notice.get_by_role("button", name="Do it all the same").click()
    expect(agent.locator("#part-head .speaks")).to_have_text("The bot speaks")
    expect(notice).to_be_empty()
