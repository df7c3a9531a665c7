"""Making a shop: the rows behind `winback init`.

Owns what a new shop starts with: in test, one number, the shipped flows, one API key. Says what is wrong with an
answer, all at once.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.flows_store import publish_library
from bot.keys import api_key_hash
from bot.models import ApiKey, Audit, Sender, Shop
from bot.phones import BadPhone, country_of, parse_phone
from flows.zones import zone_named

TEXT_NAME = 24


class BadShop(ValueError):
    """One or more answers can't be used; the message has a line for each."""


@dataclass(frozen=True, slots=True)
class NewShop:
    """The five answers, and the Twilio account that the number belongs to."""

    name: str
    site: str
    contact: str
    number: str
    zone: str
    account: str


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it. `api_key` is stored only hashed: this is the one time that it is known."""

    shop_id: int
    slug: str
    api_key: str


def make_shop(session: Session, new: NewShop, now: datetime) -> Made:
    """Write the shop. Raises BadShop with everything that is wrong."""
    number, problems = _look_at(session, new)
    slug = _slug(new.name)
    if slug and session.scalar(select(Shop.id).where(Shop.slug == slug)):
        problems.append(f"name: there is a shop {slug} already")
    if problems:
        raise BadShop("\n".join(problems))
    shop = Shop(
        slug=slug,
        name=new.name.strip(),
        text_name=text_name(new.name),
        country=country_of(number) or "US",
        zone=new.zone,
        site_url=new.site.rstrip("/"),
        contact=new.contact.strip(),
        created_at=now,
    )
    session.add(shop)
    session.flush()
    session.add(Sender(shop_id=shop.id, number=number, account=new.account))
    api_key = f"wb_{secrets.token_urlsafe(32)}"
    session.add(ApiKey(shop_id=shop.id, key_hash=api_key_hash(api_key), label="winback init", created_at=now))
    session.add(Audit(shop_id=shop.id, actor="command line", action="shop.made", at=now))
    publish_library(session, shop.id, now)
    return Made(shop.id, slug, api_key)


def text_name(name: str) -> str:
    """The name as texts say it: as many whole words as fit, no company form."""
    words = [
        word for word in name.split() if word.lower().strip(".,") not in {"inc", "llc", "ltd", "co", "gmbh"}
    ]
    short = ""
    for word in words:
        if len(f"{short} {word}".strip()) > TEXT_NAME:
            break
        short = f"{short} {word}".strip()
    return (short or name.strip()[:TEXT_NAME]).rstrip(" &,-")


def suggest_contact(site: str) -> str:
    """A likely address for customers: help@ the shop's own domain."""
    host = urlsplit(site if "//" in site else f"https://{site}").hostname or "shop.example"
    return f"help@{host.removeprefix('www.')}"


def _look_at(session: Session, new: NewShop) -> tuple[str, list[str]]:
    """The number in E.164, and what is wrong with the answers."""
    problems = []
    if not _slug(new.name):
        problems.append("name: needs a letter or a digit")
    site = urlsplit(new.site)
    if site.scheme not in ("http", "https") or "." not in (site.hostname or ""):
        problems.append("site: an address such as https://shop.example is needed")
    if not new.contact.strip():
        problems.append(
            "contact: customers must find a person somewhere (an e-mail address, or a toll-free number)"
        )
    try:
        zone_named(new.zone)
    except (ValueError, KeyError, OSError):
        problems.append(f"zone: {new.zone} is no time zone; America/New_York is one")
    number = ""
    try:
        number = parse_phone(new.number, "US")
    except BadPhone as error:
        problems.append(f"number: {error}")
    if number and session.scalar(select(Sender.id).where(Sender.number == number)):
        problems.append(f"number: {number} belongs to a shop already")
    return number, problems


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:64]
