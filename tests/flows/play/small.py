"""A small flow for tests of what is around flows: every step of it is known by heart."""

from __future__ import annotations

SMALL = """\
# my own flow
flow: small
title: Small
trigger: { lapsed: 45 to 365 days }
exit_on: [ordered]
offers:
  comeback: { percent: 15, valid_for: 6 days }
start: hello
nodes:
  hello:
    say: "Hi from {{ shop.text_name }}'s text bot. Shall I fill a cart? STOP to opt out."
    replies:
      yes, reorder: cart
      coupon: offered
      no: bye
    silence: { after: 4 days, then: quiet }
  cart:
    say: "Here it is: {{ link.reorder }}"
    silence: { after: 3 days, then: quiet }
  offered:
    offer: comeback
    otherwise: cart
    say: "{{ offer.percent }}% till {{ offer.ends | day }}: {{ link.checkout }}"
    silence: { after: 3 days, then: quiet }
  bye:
    say: "All right, text me any time."
    end: declined
  quiet:
    end: silent
"""
