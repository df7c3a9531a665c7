"""The demo shop: a small coffee roaster and a dozen customers to be, to try everything on.

Owns the rows and nothing else; loading them twice changes nothing. Its numbers are from 555-0100..0199, which nobody
has, and its sender belongs to the invented account (bot.processes.demo_mode).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.compliance import consent
from bot.flows_store import publish_library
from bot.keys import Keys
from bot.models import Customer, Product, Sender, Shop, ShopFact
from bot.offers.pools import add_codes, make_codes
from bot.orders.record import record_orders
from bot.orders.values import CustomerIn, LineIn, OrderIn

SLUG = "demo"
NUMBER = "+12675550100"
CODES = 200
FEWER = 50


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    phone: str
    language: str
    bought: tuple[tuple[int, str, int], ...]
    """(days ago, product, how many), each one order."""
    consent: str = "written"
    """written, none, or stopped: written once, and opted out since."""


_PRODUCTS = {
    "morning-blend": ("Morning Blend, whole bean, 12 oz", "Morning Blend", 1550),
    "harbor-dark": ("Harbor Dark, whole bean, 12 oz", "Harbor Dark", 1625),
    "night-tide-decaf": ("Night Tide Decaf, whole bean, 12 oz", "Night Tide Decaf", 1675),
    "single-farm": ("Single Farm of the Month, 8 oz", "Single Farm", 1900),
    "filters-100": ("Paper filters, box of 100", "filters", 690),
}

_PEOPLE = (
    _Person("Nora", "+12125550111", "en", ((62, "morning-blend", 2), (95, "morning-blend", 2))),
    _Person("Theo", "+13125550112", "en", ((88, "harbor-dark", 1),)),
    _Person("Priya", "+13035550113", "en", ((120, "single-farm", 1), (160, "morning-blend", 1))),
    _Person("Marcus", "+16025550114", "en", ((300, "harbor-dark", 3),)),
    _Person("Lucía", "+12135550115", "es", ((75, "morning-blend", 1), (110, "filters-100", 1))),
    _Person("Hana", "+12065550116", "en", ((50, "night-tide-decaf", 2),)),
    _Person("Owen", "+13055550117", "en", ((140, "morning-blend", 1),)),
    _Person("Grace", "+17135550118", "en", ((210, "harbor-dark", 2), (255, "harbor-dark", 2))),
    _Person("Emil", "+16175550119", "en", ((66, "single-farm", 1),)),
    _Person("Ruth", "+14045550120", "en", ((90, "morning-blend", 1),), consent="stopped"),
    _Person("Iris", "+15035550121", "en", ((9, "morning-blend", 2),)),
    _Person("Paolo", "+19195550122", "en", ((100, "night-tide-decaf", 1),), consent="none"),
)

_POOLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("percent-10", "TEN", {"percent": 10}),
    ("percent-20", "TWENTY", {"percent": 20}),
    ("amount-500", "FIVE", {"amount_cents": 500}),
    ("free-shipping", "SHIP", {"free_shipping": True}),
    ("points-200", "POINTS", {"points": 200}),
    ("gift-filters-100", "GIFT", {"gift": "filters-100"}),
)
"""Codes of every kind beside those of 15 percent: pool, how they begin, what each is worth."""

_FACTS = {
    "shipping": (
        "Orders leave within a day and take 2 to 4 days. Shipping is $5, and free from $40.",
        "Llega en 2 a 4 días. El envío cuesta $5, y desde $40 es gratis.",
        "how long does delivery take\nhow much is shipping\nwhen will it arrive\ndo you ship to my state",
        "cuánto tarda el envío\ncuánto cuesta el envío\ncuándo llega\nenvían a mi estado",
    ),
    "returns": (
        "If a bag isn't for you, tell us within 30 days and we refund it. No need to send it back.",
        "¿No te gusta? Avisa en 30 días y te devolvemos el dinero.",
        "can i return it\nwhat is your return policy\nhow do i get a refund\nwhat if i don't like it",
        "puedo devolverlo\ncómo pido un reembolso\ny si no me gusta",
    ),
    "hours": (
        "People are here Monday to Friday, 9 to 5 Eastern. The shop's site is open all the time.",
        "Atendemos de lunes a viernes, de 9 a 5, hora del Este.",
        "when are you open\nwhat are your hours\nare you open on weekends",
        "a qué hora abren\ncuál es el horario\nabren los fines de semana",
    ),
    "freshness": (
        "We roast on Mondays and Thursdays, so a bag is 1 to 4 days old when it leaves us.",
        "Tostamos lunes y jueves: la bolsa sale con 1 a 4 días.",
        "how fresh is the coffee\nwhen was it roasted\nwhat is the roast date",
        "qué tan fresco es el café\ncuándo lo tostaron\nfecha de tueste",
    ),
}


UNATTENDED = {"people_waiting": 100_000, "people_waiting_hours": 100_000.0, "order_data_days": None}
"""Settings for a shop where nobody sits at the inbox, and that no platform reports orders to: else openers would wait for
the people who never come, and for the orders."""


def load_demo(
    session: Session, keys: Keys, account: str, now: datetime, *, cart_address: str | None = None
) -> int:
    """Write the demo shop unless it is there; gives its id. `account`: the invented one, to which its number belongs.

    `cart_address`: where its filled carts are (bot.shops), or at its site, which does not exist, when left out.
    """
    there = session.scalar(select(Shop.id).where(Shop.slug == SLUG))
    if there is not None:
        return there
    shop = Shop(
        slug=SLUG,
        name="Tern & Tide Coffee",
        text_name="Tern & Tide",
        state="live",
        demo=True,
        site_url="https://tern-and-tide.example",
        contact="hello@tern-and-tide.example",
        settings=UNATTENDED | ({"cart_address": cart_address} if cart_address else {}),
        created_at=now - timedelta(days=400),
    )
    session.add(shop)
    session.flush()
    session.add(Sender(shop_id=shop.id, number=NUMBER, account=account))
    for key, (name, text_name, cents) in _PRODUCTS.items():
        session.add(
            Product(shop_id=shop.id, external_id=key, name=name, text_name=text_name, price_cents=cents)
        )
    for key, (english, spanish, asked_as, asked_in_spanish) in _FACTS.items():
        session.add(ShopFact(shop_id=shop.id, key=key, language="en", answer=english, asked_as=asked_as))
        session.add(
            ShopFact(shop_id=shop.id, key=key, language="es", answer=spanish, asked_as=asked_in_spanish)
        )
    session.flush()
    codes = make_codes(keys.secret, "BACK", CODES)
    add_codes(session, shop.id, "percent-15", codes, percent=15)
    for pool, prefix, worth in _POOLS:
        add_codes(session, shop.id, pool, make_codes(keys.secret, prefix, FEWER), **worth)
    for person in _PEOPLE:
        _add(session, keys, shop.id, person, now)
    publish_library(session, shop.id, now)
    return shop.id


def _add(session: Session, keys: Keys, shop_id: int, person: _Person, now: datetime) -> None:
    first = now - timedelta(days=max(days for days, _, _ in person.bought))
    customer = Customer(
        shop_id=shop_id,
        external_id=person.name.lower(),
        phone=person.phone,
        phone_key=keys.phone_key(shop_id, person.phone),
        first_name=person.name,
        language=person.language,
        country="US",
        created_at=first,
    )
    session.add(customer)
    session.flush()
    orders = [_order(person, at, product, count, now) for at, product, count in person.bought]
    record_orders(session, keys, shop_id, orders, source="demo", now=now)
    if person.consent == "none":
        return
    consent.opt_in(
        session,
        shop_id,
        customer.phone_key,
        kind="written",
        source="import",
        at=first,
        details={"where": "the checkout's own box for texts"},
        payload={},
    )
    if person.consent == "stopped":
        consent.opt_out(
            session,
            shop_id,
            customer.phone_key,
            source="carrier_word",
            at=now - timedelta(days=20),
            details={},
            payload={"words": "STOP"},
        )


def _order(person: _Person, days: int, product: str, count: int, now: datetime) -> OrderIn:
    name, _, cents = _PRODUCTS[product]
    return OrderIn(
        external_id=f"demo-{person.name.lower()}-{days}",
        placed_at=now - timedelta(days=days),
        total_cents=cents * count,
        currency="USD",
        customer=CustomerIn(phone=person.phone, external_id=person.name.lower()),
        status="paid",
        lines=(LineIn(name=name, quantity=count, price_cents=cents, variant_id=product),),
    )
