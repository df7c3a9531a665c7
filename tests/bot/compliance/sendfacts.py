"""A text that may leave, to be made worse by each test. 2026-11-23 is a Monday; noon in New York is 17:00 UTC."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.compliance.facts import ConsentFact, SendFacts
from bot.compliance.places import place_of

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""3 am in New York."""

MARKETING = SendFacts(
    author="bot",
    prompted_by=None,
    offer=None,
    notice=None,
    shop_state="live",
    to_is_confirmed_phone=False,
    number_state="ok",
    place=place_of("+12125550123"),
    suppression=None,
    consent=ConsentFact("written", NOON - timedelta(days=400)),
    arm="treated",
    holder="bot",
    open_matter=None,
    unread_inbound=False,
    inbound_at=None,
    bot_texts_60s=0,
    marketing_at=(),
    staff_at=(),
    at_most=None,
    flow_at=(),
    send_window=None,
    paused_until=None,
    opener=True,
    orders_known_at=NOON - timedelta(days=1),
    last_order_refunded=False,
    silent_texts=0,
    content=(),
    parts=1,
    answers_at=(),
    same_words=1,
    proof_at=NOON - timedelta(days=60),
    help_by_word=True,
    last_order_at=NOON - timedelta(days=60),
)


def but(facts: SendFacts, **changes: Any) -> SendFacts:
    """`facts` with changes."""
    return dataclasses.replace(facts, **changes)


def ago(now: datetime, **duration: float) -> datetime:
    """So long before `now`."""
    return now - timedelta(**duration)


def answer(now: datetime, **changes: Any) -> SendFacts:
    """The bot's answer to a question asked a minute ago."""
    return but(MARKETING, prompted_by="question", inbound_at=ago(now, minutes=1), **changes)


def compliance(now: datetime, **changes: Any) -> SendFacts:
    """The confirmation of an opt-out that came a minute ago."""
    opted_out = {"notice": "opted_out", "suppression": "opted_out", "consent": None, "prompted_by": "stop"}
    return but(MARKETING, inbound_at=ago(now, minutes=1), **{**opted_out, **changes})


def staff(now: datetime, **changes: Any) -> SendFacts:
    """A person's text, a minute after the customer's."""
    return but(MARKETING, author="staff", holder="staff", arm=None, inbound_at=ago(now, minutes=1), **changes)
