"""The frozen facts of one customer at one moment: what the engine and the texts may look at.

Owns the reading of them out of the database. Decides nothing; the names are those of flows.facts.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from bot.conversations.rows import some
from bot.conversations.subjects import HELD_CODES, LAST_LINES, Subject, answers_ahead
from bot.keys import Keys
from bot.models import ShopFact
from bot.offers.carts import link_address
from bot.offers.coupons import offer_end
from bot.shops import person_by
from flows.facts import CustomerFacts, Facts, LinkFacts, OfferFacts, OrderFacts, ShopFacts
from flows.parser import courtesy
from nlu.contact_card import FACT as CARD

PURPOSES = ("reorder", "checkout", "shop")
_RUBBISH = re.compile(r"(n/?a|test.*|none|null|unknown|customer|guest|-+|\.+|x+|.*[\d@].*)", re.IGNORECASE)


def facts_of(
    session: Session,
    keys: Keys,
    link_url: str,
    subject: Subject,
    *,
    enrolment_id: int,
    turn: int,
    now: datetime,
    links: Sequence[str] = (),
) -> Facts:
    """Everything a text of this enrolment's turn may say, as of `now`. `links`: the flow's own (Flow.links)."""
    shop, customer = subject.shop, subject.customer
    address = functools.partial(link_address, keys, link_url, shop.id, enrolment_id, turn)
    language = subject.conversation.language or customer.language or shop.language
    last = customer.last_order_at
    return Facts(
        customer=CustomerFacts(
            key=customer.phone_key[:16],
            first_name=_first_name(customer.first_name),
            language=language,
            country=customer.country,
            orders=customer.orders_count,
            spent_cents=customer.spent_cents,
            days_since_order=(now - last).days if last else None,
            points=customer.points,
            rhythm=(customer.rhythm or {}).get("wish"),
            attributes={
                name: value
                for name, value in customer.attributes.items()
                if not isinstance(value, (list, dict))
            },
        ),
        shop=ShopFacts(
            name=shop.name,
            text_name=shop.text_name,
            site=shop.site_url,
            contact=shop.contact,
            currency=shop.currency,
            answers=_card(link_url, shop.slug, language) | _answers(session, subject, language),
            person_by=person_by(subject.settings, shop.zone, language, now),
            texts_a_month=subject.settings.marketing_per_month,
        ),
        link=LinkFacts(
            reorder=address("reorder"),
            checkout=address("checkout"),
            shop=address("shop"),
            to={each: address(each) for each in links},
        ),
        zone=subject.zone,
        last_order=_last_order(last_lines(session, subject)),
        offer=offer_of(session, subject, now),
    )


def offer_of(session: Session, subject: Subject, now: datetime) -> OfferFacts | None:
    """The one code in the customer's hands, or promised to a text that has not left yet."""
    return _offer(held_codes(session, subject, now), subject.zone, now)


def live_offer(session: Session, customer_id: int, zone: str, now: datetime) -> OfferFacts | None:
    """The same, for somebody who is not the subject of anything."""
    return _offer(session.execute(HELD_CODES, {"customers": [customer_id], "now": now}).all(), zone, now)


def held_codes(session: Session, subject: Subject, now: datetime) -> Sequence[Any]:
    """Codes in the customer's hands or promised to them, the newest first."""
    if subject.seen.codes is None:
        whose = {"customers": [subject.customer.id], "now": now}
        subject.seen.codes = session.execute(HELD_CODES, whose).all()
    return subject.seen.codes


def _offer(codes: Sequence[Any], zone: str, now: datetime) -> OfferFacts | None:
    if not codes:
        return None
    coupon = codes[0]
    ends = coupon.ends_at or offer_end(now, coupon.valid_for_seconds or 0, zone)
    return OfferFacts(coupon.offer or coupon.pool, coupon.code, coupon.percent, coupon.amount_cents, ends)


def wordings_of(session: Session, shop_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """What the reader matches questions against, by shop: each fact's other wordings and its answer, one a line."""
    found: dict[int, dict[str, str]] = {shop: {} for shop in shop_ids}
    for row in session.execute(_WORDINGS, {"shops": some(found)}).all():
        known = found[row.shop_id]
        known[row.key] = "\n".join(part for part in (known.get(row.key), row.asked_as, row.answer) if part)
    return found


def last_lines(session: Session, subject: Subject) -> Sequence[Any]:
    """The last order that counts, a row a product in it, the dearest first; a single row without one if it has none."""
    if subject.seen.lines is None:
        subject.seen.lines = session.execute(LAST_LINES, {"customers": [subject.customer.id]}).all()
    return subject.seen.lines


def _answers(session: Session, subject: Subject, language: str) -> dict[str, str]:
    """The shop's facts in that language, in English where that is missing."""
    answers_ahead(session, [subject])
    rows = subject.seen.answers[subject.shop.id]
    found = {row.key: row.answer for row in rows if row.language == "en"}
    return found | {row.key: row.answer for row in rows if row.language == language}


def _card(link_url: str, slug: str, language: str) -> dict[str, str]:
    """What is said to whoever wants to save our number, unless the shop has an answer of its own."""
    words = courtesy().contact_card
    address = f"{link_url.rstrip('/')}/card/{slug}"
    return {CARD: f"{words.get(language, words['en'])} {address}"}


def _last_order(lines: Sequence[Any]) -> OrderFacts | None:
    if not lines:
        return None
    named = next((line for line in lines if line.name and not line.private), None)
    return OrderFacts(
        product=(named.text_name or short_name(named.name)) if named else None,
        items=sum(line.quantity for line in lines if line.name) or 1,
        total_cents=lines[0].total_cents,
        placed_at=lines[0].placed_at,
    )


def short_name(name: str) -> str:
    """A product's name cut to 24 characters at a word's end, without pack sizes in brackets."""
    name = re.sub(r"\s*[(\[].*", "", name).strip() or name
    if len(name) <= 24:
        return name
    cut = name[:25].rsplit(" ", 1)[0]
    return cut if 8 <= len(cut) <= 24 else name[:24].rstrip()


def _first_name(name: str | None) -> str | None:
    if not name or _RUBBISH.fullmatch(name.strip()) or len(name.strip()) < 2:
        return None
    name = name.strip().split()[0]
    return name[:20] if not name.isupper() and not name.islower() else name[:20].capitalize()


# Built once: building a statement costs SQLAlchemy about as much as running it.
_WORDINGS = select(ShopFact.shop_id, ShopFact.key, ShopFact.asked_as, ShopFact.answer).where(
    ShopFact.shop_id.in_(bindparam("shops", expanding=True))
)
