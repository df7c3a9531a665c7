"""A day's work in a real Chromium: what goes back by itself and what does not, what is decided, mended and left."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.console.inbox.browsing import People, open_talk, patience, shop_page, somebody, stack, write
from tests.console.stack import Stack
from tests.console.test_browser import press, say, start

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(400)]

__all__ = ["patience", "somebody", "stack"]


def test_by_the_shop_s_rule_an_answered_conversation_returns_and_another_does_not(somebody: People) -> None:
    """An hour after the last word of a person the bot speaks again; where the customer waits for an answer, it is said why
    it does not."""
    theo, priya, owner = somebody(customer="Theo"), somebody(customer="Priya"), somebody(role="owner")
    shop_page(owner, "Settings")
    owner.get_by_label("Back to the bot by itself after hours").fill("1")
    owner.get_by_role("button", name="Keep").click()
    expect(owner.get_by_label("Back to the bot by itself after hours")).to_have_value(
        re.compile(r"^1(\.0)?$")
    )
    for customer in (theo, priya):
        say(customer, "a person please")
    answered, waiting = somebody(role="agent"), somebody(role="agent")
    for page, name in ((answered, "Theo"), (waiting, "Priya")):
        open_talk(page, name)
        page.locator("#take button").click()
        expect(page.locator("#part-head .speaks")).to_have_text("You speak")
    write(answered, "Hi Theo, it is on its way.")
    answered.keyboard.press("Control+Enter")
    expect(answered.locator(".said.us").last).to_contain_text("delivered")
    press(theo, "1 hour later")
    expect(answered.locator("#part-head .speaks")).to_have_text("The bot speaks")
    expect(answered.locator("#part-entries")).to_contain_text("Given back to the bot by the shop's rule.")
    expect(waiting.locator("#part-entries")).to_contain_text(
        "Not given back to the bot: a text of the customer"
    )
    expect(waiting.locator("#part-head .speaks")).to_have_text("You speak")


def test_the_end_of_a_shift_leaves_what_i_hold_to_whoever_comes(somebody: People, stack: Stack) -> None:
    """Listed, left waiting with a note, and there for the colleague."""
    say(somebody(customer="Marcus"), "a person please")
    agent, owner = somebody(role="agent"), somebody(role="owner")
    open_talk(agent, "Marcus")
    agent.locator("#take button").click()
    expect(agent.locator("#part-head .speaks")).to_have_text("You speak")
    agent.goto(stack.console + "/shops/demo/shift")
    mine = agent.locator(".shift-line").filter(has_text="Marcus")
    mine.get_by_label("What becomes of it").select_option("wait")
    mine.get_by_label("Note").fill("Ring him back")
    agent.get_by_role("button", name="Do that").click()
    expect(agent.locator("#work")).to_contain_text("1 conversation handed on.")
    expect(agent.locator(".shift-line").filter(has_text="Marcus")).to_have_count(0)
    open_talk(owner, "Marcus", "Waiting")
    expect(owner.locator("#part-entries")).to_contain_text("Ring him back")


def test_what_may_be_an_opt_out_is_settled_by_a_person(somebody: People) -> None:
    """The words alone do not say it; a person does, either way, and only then is it one or is it none."""
    grace, owen, owner = somebody(customer="Grace"), somebody(customer="Owen"), somebody(role="owner")
    for customer in (grace, owen):
        say(customer, "email is better")
        expect(customer.locator("#now")).to_contain_text("no: on hold")
        expect(customer.locator("#now")).to_contain_text("perhaps an opt-out")  # the text was read to its end
    owner.get_by_role("link", name="To decide").click()
    held = owner.locator(".card.held")
    expect(held).to_have_count(2)
    expect(held.filter(has_text="Grace")).to_contain_text("email is better")
    held.filter(has_text="Grace").get_by_role("button", name="Opt them out").click()
    expect(owner.locator("#work")).to_contain_text("They are opted out")
    expect(held.filter(has_text="Grace")).to_have_count(0)
    expect(grace.locator("#now")).to_contain_text("no: opted out")
    held.filter(has_text="Owen").get_by_role("button", name="They want our texts").click()
    expect(held).to_have_count(0)
    expect(owen.locator("#now")).to_contain_text("May be texted\nyes", use_inner_text=True)


def test_a_wrong_offer_is_looked_at_and_then_mended(somebody: People) -> None:
    """Whoever holds a code of it keeps it for longer, after one has seen how many these are."""
    hana, owner = somebody(customer="Hana"), somebody(role="owner")
    start(hana)
    say(hana, "got a coupon?")
    expect(hana.locator(".bubble.shop").last).to_contain_text("15% off")
    shop_page(owner, "Codes")
    owner.get_by_role("link", name="Mend a wrong offer").click()
    owner.get_by_label("The wrong offer").select_option(index=1)
    owner.get_by_label("Good for days from now").fill("60")
    owner.get_by_role("button", name="Look what would come of it").click()
    expect(owner.locator("#preview")).to_contain_text("1 holds such a code")
    owner.get_by_role("button", name="Mend it for 1").click()
    expect(owner.locator("#standing")).to_contain_text("nobody is left")
    expect(owner.locator("#standing")).to_contain_text("1 keep theirs, and it lasts longer")
