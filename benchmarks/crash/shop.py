"""The shop that is crashed: a live one, with a front desk and a win-back whose silences are a minute of domain time.

Owns what is in the database before the first text, and the hour at which it all happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audience import starts
from bot.clock import set_offset
from bot.compliance import consent
from bot.demo import NUMBER, load_demo
from bot.flows_store import publish_unproved
from bot.keys import Keys
from bot.models import Customer, FlowRevision, Shop
from bot.offers.pools import add_codes
from bot.orders.record import record_orders
from bot.orders.values import CustomerIn, LineIn, OrderIn

FLOW = """
flow: crash_winback
title: A win-back that is over in minutes
trigger: { lapsed: 30 to 365 days }
audience: { orders: ">= 1" }
exit_on: [ordered]
texts: { at_most: 50 per 7 days, send_window: any }
offers:
  comeback: { percent: 15, code: unique, valid_for: 3 days }
start: hello
nodes:
  hello:
    say: >-
      Hi {{ customer.first_name | default: "there" }}, {{ shop.text_name }}'s text bot here. Low on
      {{ last_order.product | default: "your usual" }}? Say "same again" and I'll fill a cart for you. STOP to opt out.
    replies: { "reorder, yes": same_again, coupon: make_offer, later: pause, "no, churn_reason": ask_why }
    silence: { after: 1 minute, then: make_offer }
  same_again:
    say: "Here's your cart: {{ link.reorder }}"
    replies: { coupon: make_offer, later: pause, "no, churn_reason": ask_why }
    silence: { after: 1 minute, then: make_offer }
  make_offer:
    offer: comeback
    say: "{{ shop.text_name }}: {{ offer.percent }}% off till {{ offer.ends | day }} night, already in this link: {{ link.checkout }}"
    replies: { "yes, reorder": same_again, later: pause, "no, churn_reason": ask_why }
    silence: { after: 1 minute, then: remind }
  remind:
    say: "{{ shop.text_name }}: your cart still waits: {{ link.checkout }} STOP to opt out."
    replies: { "yes, reorder": same_again, later: pause, "no, churn_reason": ask_why }
    silence: { after: 1 minute, then: goodbye }
  pause:
    say: "No problem, I'll ask again in a while."
    replies: { "yes, reorder": same_again }
    wait: 2 minutes
    then: make_offer
  ask_why:
    say: "No problem. What kept you away, if you don't mind me asking?"
    replies: { "churn_reason, other, later, no, smalltalk": thank_you, "yes, reorder": same_again }
    silence: { after: 1 minute, then: goodbye }
  thank_you:
    say: "Thank you, I've passed that on. Text me any time."
    end: told_why
  goodbye:
    end: silent
"""

AREAS = ("212", "312", "303", "617", "503", "216", "412", "608")
"""In whose states a shop may text at noon of a Wednesday."""
WAVE = 12
"""Customers whom a batch enrols."""


@dataclass(frozen=True, slots=True)
class Place:
    """The shop: its id and number, whose account it is, the start that enrols, and the phones of its customers."""

    shop_id: int
    number: str
    account: str
    start_id: int
    lapsed: tuple[str, ...]
    strangers: tuple[str, ...]
    """Phones that the shop has never heard of: the front desk meets them."""


def noon(real: datetime) -> datetime:
    """The next Wednesday, 18:00 UTC, at least a day ahead: midday everywhere in AREAS, in every send window."""
    day = real + timedelta(days=1)
    while day.weekday() != 2:
        day += timedelta(days=1)
    return day.replace(hour=18, minute=0, second=0, microsecond=0)


def open_shop(session: Session, keys: Keys, account: str, customers: int, real: datetime) -> Place:
    """Write the shop with so many lapsed customers, and begin its win-back; the clock's first look enrols a wave."""
    now = noon(real)
    set_offset(session, now - real)
    shop_id = load_demo(session, keys, account, now)
    session.flush()
    shop = session.get_one(Shop, shop_id)
    many = ("marketing_per_day", "marketing_per_week", "marketing_per_month", "people_waiting")
    shop.settings = {**shop.settings, **dict.fromkeys(many, 9999)}
    codes = [f"CRASH-{number:05d}" for number in range(customers * 3)]
    add_codes(session, shop_id, "percent-15", codes, percent=15, amount_cents=None)
    phones = numbers(customers * 2)
    lapsed, strangers = phones[:customers], phones[customers:]
    for number, phone in enumerate(lapsed):
        _bring(session, keys, shop_id, number, phone, now)
    # the prover would refuse it, and rightly: no customer wants a reminder every minute
    done = publish_unproved(session, shop_id, FLOW, by="crash test", now=now)
    revision = session.get_one(FlowRevision, done.revision_id)
    start = starts.start(session, revision, now, daily_limit=WAVE, total=None, by="crash test")
    session.flush()
    return Place(shop_id, NUMBER, account, start.id, lapsed, strangers)


def numbers(count: int) -> tuple[str, ...]:
    """Numbers that nobody has: 555-0123 to 555-0199 of each area."""
    found = [f"+1{area}55501{end:02d}" for end in range(23, 100) for area in AREAS]
    return tuple(found[:count])


def phone_keys(session: Session, shop_id: int) -> dict[str, str]:
    """Phone by its key: the ledger holds only the key."""
    rows = session.execute(
        select(Customer.phone_key, Customer.phone).where(Customer.shop_id == shop_id)
    ).all()
    return {row.phone_key: row.phone for row in rows if row.phone}


def _bring(session: Session, keys: Keys, shop_id: int, number: int, phone: str, now: datetime) -> None:
    bought = now - timedelta(days=60 + number % 90)
    key = keys.phone_key(shop_id, phone)
    customer = Customer(
        shop_id=shop_id,
        external_id=f"crash-{number}",
        phone=phone,
        phone_key=key,
        first_name="Ana",
        country="US",
        created_at=bought,
    )
    session.add(customer)
    session.flush()
    order = OrderIn(
        external_id=f"crash-{number}",
        placed_at=bought,
        total_cents=3100,
        currency="USD",
        customer=CustomerIn(phone=phone, external_id=f"crash-{number}"),
        status="paid",
        lines=(LineIn(name="Morning Blend", quantity=2, price_cents=1550, variant_id="morning-blend"),),
    )
    record_orders(session, keys, shop_id, [order], source="crash test", now=now)
    consent.opt_in(session, shop_id, key, kind="written", source="import", at=bought, details={}, payload={})
