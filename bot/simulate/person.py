"""One scripted person: who they are, where they live, what they are inclined to. The same for the same seed and number.

Owns the drawing, so that somebody fits the flow's trigger and audience. What they do with a text is `habits`'s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from bot.audience.finding import arm_of
from bot.compliance.book import book
from bot.compliance.places import Place, place_of
from bot.simulate.people import People
from flows.conditions import holds
from flows.definition import Flow

ENROLLED_OVER = timedelta(days=7)
"""People enter over so many days; who enters in the last one is seen for a week less."""
TRIES = 20
"""Draws until somebody fits the flow's audience."""
_NAMES = {
    "en": "Ana Ben Cleo Dan Eve Frank Grace Hana Iris Jack Kim Leo Maya Nora Owen Priya Ruth Sam Theo Zoe Christopher".split(),
    "es": "Lucía José María Diego Sofía Mateo Valentina Camilo Alejandra Ramón Inés Andrés".split(),
}
SEGMENTS = ("champions", "loyal", "cooling", "at_risk", "hibernating", "lost")
_ATTRIBUTES = {"roast": ("light", "medium", "dark")}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody lives: the candidates that the shop has, and the one zone and state in which they truly are."""

    place: Place
    zone: str
    region: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody, as they stand when they are to be enrolled. Money in cents; times aware UTC."""

    number: int
    key: str
    first_name: str | None
    language: str
    home: Home
    next_home: tuple[datetime, Home] | None
    """Where they move, and when."""
    inclination: str
    patience: str
    consent: str
    consent_at: datetime
    arm: str
    begins_at: datetime
    last_order_at: datetime
    orders: int
    spent_cents: int
    points: int
    segment: str
    birthday: str
    roast: str
    product: int
    """Which of the shop's products they bought last."""
    basket_cents: int
    refunded: bool
    orders_at: datetime | None
    """When they order by themselves, text or no text."""
    out: str | None
    """Why they are not enrolled at all: consent or audience."""


def chance_of(seed: int, number: int, what: str = "life") -> Random:
    """The one source of chance of a customer: hash(seed, number), so that it is the same in whatever process."""
    digest = hashlib.sha256(f"{seed}/{number}/{what}".encode()).digest()
    return Random(int.from_bytes(digest[:8]))  # noqa: S311  nothing here is a secret


def draw(people: People, flow: Flow, seed: int, number: int, begins: datetime, ends: datetime) -> Person:
    """Person `number` of the population of `seed`, for that flow."""
    chance = chance_of(seed, number, "person")
    share = people.shares
    home = _home(people, chance, abroad=chance.random() < share["abroad"])
    spanish = chance.random() < share["spanish"] or home.place.country == "ES"
    language = "es" if spanish else "en"
    inclination = pick(chance, {name: each.weight for name, each in people.inclinations.items()})
    patience = pick(chance, {name: each.weight for name, each in people.patience.items()})
    begins_at = begins + chance.random() * min(ENROLLED_OVER, (ends - begins) / 2)
    consent = _consent(home.place.country, chance, share["out_of_consent"])
    key = hashlib.sha256(f"{seed}/{number}".encode()).hexdigest()[:16]
    moves = chance.random() < share["moves"]
    moved = (begins_at + chance.random() * (ends - begins_at), _home(people, chance, abroad=False))
    alone = begins_at + chance.random() * (ends - begins_at)
    anyway = chance.random() < share["orders_anyway"]
    refunded = chance.random() < share["refunded"]
    name = chance.choice(_NAMES[language]) if chance.random() < share["name_known"] else None
    basket = round(chance.uniform(people.basket.from_, people.basket.to) * 100)
    for _ in range(TRIES):
        days = _days(flow, chance)
        orders = 1 if flow.trigger.after_purchase == "first" else min(1 + int(chance.expovariate(0.45)), 40)
        points = chance.randrange(0, 500, 10)
        segment = chance.choice(flow.trigger.segments or SEGMENTS)
        roast = chance.choice(_ATTRIBUTES["roast"])
        spent = round(basket * orders * chance.uniform(0.8, 1.2))
        facts = {
            "orders": orders,
            "points": points,
            "spent": spent / 100,
            "days_since_order": days,
            "segment": segment,
            "country": home.place.country,
            "region": home.region,
            "language": language,
            "first_name": name,
            "attributes": {"roast": roast},
        }
        fits = all(holds(test, {**facts, "customer": facts}) for test in flow.audience)
        if fits:
            break
    profile = book().profiles.get(home.place.country or "")
    consented = profile is not None and consent in profile.marketing_consent
    last = begins_at - timedelta(days=days, hours=1)
    return Person(
        number=number,
        key=key,
        first_name=name,
        language=language,
        home=home,
        next_home=moved if moves else None,
        inclination=inclination,
        patience=patience,
        consent=consent,
        consent_at=last - timedelta(days=chance.randrange(0, 200)),
        arm=arm_of(seed, key, flow.name, flow.holdout_percent),
        begins_at=begins_at,
        last_order_at=last,
        orders=orders,
        spent_cents=spent,
        points=points,
        segment=segment,
        birthday=f"{begins_at + timedelta(seconds=flow.trigger.birthday * 86_400 if flow.trigger.birthday else 0):%m-%d}",
        roast=roast,
        product=chance.randrange(1_000),
        basket_cents=basket,
        refunded=refunded,
        orders_at=alone if anyway else None,
        out=None if fits and consented else "audience" if consented else "consent",
    )


def pick(chance: Random, weights: dict[str, float]) -> str:
    """One of the names, by weight."""
    return chance.choices(list(weights), list(weights.values()))[0]


def one_of(chance: Random, of: Sequence[T]) -> T:
    """One of them, each as likely."""
    return of[chance.randrange(len(of))]


def _home(people: People, chance: Random, *, abroad: bool) -> Home:
    rows = [each for each in people.places if (each[1] != "US") == abroad]
    weight = [each[0] for each in rows]
    _, country, state, first, number, zone = chance.choices(rows, weight)[0]
    postcode = (
        f"{first}{chance.randrange(100):02d}"[:5] if country != "AU" else f"{first}{chance.randrange(10)}"
    )
    known = chance.random() < people.shares["postcode_known"]
    phone = (
        f"+1{number}555{chance.randrange(10_000):04d}"
        if country == "US"
        else f"{number}{chance.randrange(10**6):06d}"
    )
    # abroad a number says nothing of the zone: whoever is texted there has given an address
    place = place_of(
        phone, country=country, region=None, postcode=postcode if known or country != "US" else None
    )
    return Home(place, zone, state)


def _consent(country: str | None, chance: Random, out: float) -> str:
    profile = book().profiles.get(country or "")
    accepted = profile.marketing_consent if profile else ()
    if not accepted or chance.random() < out:
        return "implied" if "implied" not in accepted else "none"
    return accepted[0] if chance.random() < 0.9 else accepted[-1]


def _days(flow: Flow, chance: Random) -> int:
    """Whole days since the last order, as the flow's trigger wants them."""
    trigger = flow.trigger
    if trigger.lapsed is not None:
        first, last = trigger.lapsed
        return chance.randint(first, max(first, min(last, 500)))
    if trigger.replenishment is not None:
        return chance.randint(18, 50)
    if trigger.after_purchase is not None:
        return max(0, trigger.delay_seconds // 86_400)
    return chance.randint(20, 300)
