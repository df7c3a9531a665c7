"""What the simulation's tests share: small flows of their own, and a plan in which everybody is of one kind.

The flows are written here, so that the shipped ones may change without these tests.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.simulate.people import people
from bot.simulate.run import Plan

HELLO = """
flow: hello
title: Hello
trigger: { lapsed: 45 to 200 days }
exit_on: [ordered]
holdout: 10%
offers:
  back: { percent: 15, valid_for: 6 days }
start: hello
nodes:
  hello:
    say: "{{ shop.text_name }}'s text bot: low on {{ last_order.product | default: 'your usual' }}? STOP to opt out."
    replies:
      reorder, yes: cart
    silence: { after: 4 days, then: make_offer }
  cart:
    say: "Here is your cart: {{ link.reorder }}"
    silence: { after: 3 days, then: goodbye }
  make_offer:
    offer: back
    say: "{{ shop.text_name }}: {{ offer.percent }}% off till {{ offer.ends | day }}: {{ link.checkout }} STOP to opt out."
    silence: { after: 4 days, then: goodbye }
  goodbye:
    end: silent
"""
STUCK = HELLO.replace("    silence: { after: 3 days, then: goodbye }\n", "")
"""Whoever gets the cart waits there for ever."""
CIRCLE = HELLO.replace(
    "    silence: { after: 3 days, then: goodbye }\n", "    then: again\n  again:\n    then: cart\n"
)
BLANK = HELLO.replace("{{ link.reorder }}", "{{ said.nothing_of_the_kind }}")
MUTE = HELLO.replace("reorder, yes: cart", "reorder, yes: goodbye")
"""Whoever says yes hears nothing."""


def plan(source: str = HELLO, *changes: str, only: str | None = None, **more: Any) -> Plan:
    """A plan of 40 customers. `only`: everybody is of that inclination, and the network has no accidents."""
    if only is not None:
        others = [f"{name}=0" for name in people().inclinations if name != only]
        calm = [f"{name}=0" for name in CALM]
        changes = (*others, *calm, *changes)
    return replace(Plan(source, customers=40), people=people(changes), **more)


CALM = (
    "repeated_webhook late_carrier undelivered unknown_outcome try_later refused codes_dry refunded out_of_consent "
    "interrupts stops_midway orders_anyway unclear typos shouts fragments returns"
).split()
