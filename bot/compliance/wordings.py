"""The words that people are shown when they consent, by version (R20, R22).

Owns their reading and filling in. The words are data (wordings.yml); a version never changes once somebody agreed to it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import quote

import phonenumbers
from ruamel.yaml import YAML
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models import Sender, Shop
from bot.shops import ShopSettings

Place: TypeAlias = Literal["page", "checkout", "keyword"]
"""Where they are shown: our sign-up page, the shop's checkout, beside a word to text."""
LANGUAGES = ("en", "es")


@dataclass(frozen=True, slots=True)
class Seller:
    """Who asks: what the words have to name."""

    shop_id: int
    slug: str
    name: str
    site: str
    country: str
    number: str
    """E.164; what texts are sent from."""
    settings: ShopSettings

    @property
    def site_shown(self) -> str:
        """The site's address as people write it."""
        return self.site.removeprefix("https://").removeprefix("http://").rstrip("/")

    @property
    def spoken(self) -> str:
        """The number as people write it there."""
        return spoken(self.number)


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one version in one language, filled in for a shop."""

    version: str
    language: str
    text: str


def seller_of(session: Session, shop_id: int) -> Seller | None:
    """The shop and the first of its active numbers; None when it has none: whoever can't stop us by text can't consent."""
    row = session.execute(
        select(Shop.slug, Shop.name, Shop.site_url, Shop.country, Shop.settings, Sender.number)
        .join(Sender, (Sender.shop_id == Shop.id) & Sender.active.is_(True))
        .where(Shop.id == shop_id)
        .order_by(Sender.id)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    settings = ShopSettings.model_validate(row.settings)
    return Seller(shop_id, row.slug, row.name, row.site_url, row.country, row.number, settings)


def current(place: Place) -> str:
    """The newest version for this place."""
    return next(version for version, words in _all().items() if words["for"] == place)


def wording(version: str, language: str, seller: Seller) -> Wording:
    """The words of a version, filled in; in English where there are none in that language. Raises KeyError for an unknown
    version."""
    words = _all()[version]
    known = language if language in words else "en"
    text = words[known].format(
        shop=seller.name, number=seller.spoken, per_month=seller.settings.marketing_per_month
    )
    return Wording(version, known, text)


def join_word(language: str) -> str:
    """What is texted to consent (bot.conversations.obeying.JOINS)."""
    return "ALTA" if language == "es" else "JOIN"


def page_address(base: str, slug: str) -> str:
    """The sign-up page's address under the public URL."""
    return f"{base.rstrip('/')}/join/{quote(slug)}"


def spoken(number: str) -> str:
    """`+12125550100` as (212) 555-0100; short codes and what can't be read as they are."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    own = parsed.country_code == 1
    form = phonenumbers.PhoneNumberFormat.NATIONAL if own else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


@functools.cache
def _all() -> Mapping[str, Mapping[str, str]]:
    rows = YAML(typ="safe").load((Path(__file__).parent / "wordings.yml").read_text("utf-8"))
    return {row["version"]: row for row in rows}
