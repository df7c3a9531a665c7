"""The simulated shop: a small coffee roaster, its products and answers, and its people's hours.

Owns what texts may say of the shop, and when its staff work. A real shop's settings, name and zone may stand in for its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from bot.compliance.content import Own, own
from bot.shops import ShopSettings, person_by
from flows.facts import LinkFacts, ShopFacts
from flows.zones import zone_named

LINKS = "https://t.example"
PRODUCTS = (
    "Morning Blend",
    "Harbor Dark",
    "Night Tide Decaf",
    "Single Farm",
    "Ethiopia Yirgacheffe",
    None,
)
"""What the last order was of; None: nothing that has a name to say."""
ANSWERS = {
    "en": {
        "shipping": "Orders leave within a day and take 2 to 4 days. Shipping is $5, and free from $40.",
        "returns": "If a bag isn't for you, tell us within 30 days and we refund it. No need to send it back.",
        "hours": "People are here Monday to Friday, 9 to 5 Eastern.",
        "rating": "4.8 of 5 from 1,204 reviews",
    },
    "es": {
        "shipping": "Llega en 2 a 4 días. El envío cuesta $5, y desde $40 es gratis.",
        "returns": "¿No te gusta? Avisa en 30 días y te devolvemos el dinero.",
        "hours": "Atendemos de lunes a viernes, de 9 a 5, hora del Este.",
        "rating": "4.8 de 5 en 1,204 opiniones",
    },
}
WORDINGS = {
    "shipping": "how long does delivery take\nhow much is shipping\nwhen will it arrive\ncuánto tarda el envío\ncuánto cuesta el envío",
    "returns": "can i return it\nwhat is your return policy\npuedo devolverlo",
    "hours": "when are you open\nwhat are your hours\na qué hora abren",
}
"""What --nlu matches questions against."""


@dataclass(frozen=True, slots=True)
class SimulatedShop:
    """The shop that the people talk with."""

    name: str = "Tern & Tide Coffee"
    text_name: str = "Tern & Tide"
    site: str = "https://tern-and-tide.example"
    contact: str = "hello@tern-and-tide.example"
    zone: str = "America/New_York"
    settings: ShopSettings = field(default_factory=lambda: ShopSettings(order_data_days=None))
    """Nobody reports orders to it but the simulation, which knows them all."""

    @property
    def own(self) -> Own:
        """What its texts may hold."""
        return own((self.site, LINKS, *self.settings.link_hosts), self.settings.words_looked_at)


def shop_facts(shop: SimulatedShop, language: str, now: datetime) -> ShopFacts:
    """The shop as a text in that language sees it."""
    return ShopFacts(
        name=shop.name,
        text_name=shop.text_name,
        site=shop.site,
        contact=shop.contact,
        answers=ANSWERS.get(language, ANSWERS["en"]),
        person_by=person_by(shop.settings, shop.zone, language, now),
        texts_a_month=shop.settings.marketing_per_month,
    )


def link_facts(links: tuple[str, ...]) -> LinkFacts:
    """Links of the length that real ones have."""
    address = f"{LINKS}/l/"
    return LinkFacts(
        f"{address}7gk2mPq4x",
        f"{address}8hk3nQr5y",
        f"{address}9jm4pRs6z",
        to={each: f"{address}{number:09d}" for number, each in enumerate(links)},
    )


def worked_off(shop: SimulatedShop, since: datetime, minutes: float) -> datetime | None:
    """When people of the shop have had so many minutes of working time since then; None: nobody works there."""
    hours = shop.settings.hours
    if not hours.days or hours.to_hour <= hours.from_hour:
        return None
    zone = zone_named(shop.zone)
    left = timedelta(minutes=minutes)
    day = since.astimezone(zone).date()
    for ahead in range(370):
        today = day + timedelta(days=ahead)
        if today.weekday() not in hours.days:
            continue
        opens = datetime.combine(today, time(hours.from_hour), zone).astimezone(UTC)
        closes = opens + timedelta(hours=hours.to_hour - hours.from_hour)
        begins = max(opens, since)
        if begins + left <= closes:
            return begins + left
        left -= max(timedelta(), closes - begins)
    return None
