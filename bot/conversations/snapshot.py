"""The frozen facts of one customer at one moment: what the engine and the texts may look at.

Owns the reading of them out of the database. Decides nothing; the names are those of flows.facts.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from bot.audience import rfm
from bot.audience.birthdays import ATTRIBUTE as BIRTHDAY
from bot.audience.birthdays import birthday_of
from bot.conversations.subjects import CODES, LAST_LINES, Subject, answers_ahead
from bot.keys import Keys
from bot.offers.carts import link_address
from bot.offers.coupons import offer_end
from bot.offers.holding import held
from bot.offers.naming import short_name
from bot.offers.worth import covers
from bot.shops import person_by
from flows.definition import Offer
from flows.facts import CodeFacts, CustomerFacts, Facts, LinkFacts, OfferFacts, OrderFacts, ShopFacts
from flows.parser import courtesy
from nlu.contact_card import FACT as CARD

_OWN_LINKS = re.compile(r"link\.to\['([^']+)'\]")
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
    offers: Mapping[str, Offer] | None = None,
    spoken: str | None = None,
) -> Facts:
    """Everything a text of this enrolment's turn may say, as of `now`. `links`: the flow's own (Flow.links); `offers`:
    what it may offer, and calls by names of its own; `spoken`: the language of the text that is answered, in which the shop
    then speaks too (that the customer changed it, the engine says)."""
    shop, customer = subject.shop, subject.customer
    address = functools.partial(link_address, keys, link_url, shop.id, enrolment_id, turn)
    language = subject.conversation.language or customer.language or shop.language
    said_in = spoken or language
    last = customer.last_order_at
    codes = held_codes(session, subject, now, enrolment_id)
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
            birthday=birthday_of(customer.attributes.get(BIRTHDAY), customer.country),
            segment=_segment(session, subject),
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
            answers=_card(link_url, shop.slug, said_in) | _answers(session, subject, said_in),
            person_by=person_by(subject.settings, shop.zone, said_in, now),
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
        offer=_as_named(offer_among(codes, subject.zone, now), codes, offers or {}),
        code=code_facts(_codes(session, subject), now),
    )


def offer_of(session: Session, subject: Subject, now: datetime) -> OfferFacts | None:
    """The one code in the customer's hands, or else promised to a text that has not left yet."""
    return offer_among(held_codes(session, subject, now), subject.zone, now)


def live_offer(session: Session, customer_id: int, zone: str, now: datetime) -> OfferFacts | None:
    """The same, for somebody who is not the subject of anything."""
    return offer_among(held(codes_of(session, customer_id), now), zone, now)


def codes_of(session: Session, customer_id: int) -> Sequence[Any]:
    """Every code that this customer was ever given or promised, the newest first."""
    return session.execute(CODES, {"customers": [customer_id]}).all()


def held_codes(
    session: Session, subject: Subject, now: datetime, enrolment_id: int | None = None
) -> Sequence[Any]:
    """Codes in the customer's hands or promised to them, the one that a text of that passage speaks of first."""
    return held(_codes(session, subject), now, enrolment_id)


def code_facts(codes: Sequence[Any], now: datetime) -> CodeFacts | None:
    """The last of a customer's codes that a text brought them, as it stands; the one that still works before all others."""
    given = [each for each in codes if each.starts_at is not None and each.status != "reserved"]
    last = next((each for each in given if _state(each, now) == "live"), given[0] if given else None)
    return last and CodeFacts(last.code, _state(last, now), last.ends_at, last.used_at)


def _state(code: Any, now: datetime) -> Literal["live", "used", "ended", "void"]:
    if code.status in ("redeemed", "void"):
        return "used" if code.status == "redeemed" else "void"
    return "live" if code.status == "live" and (code.ends_at is None or code.ends_at > now) else "ended"


def _codes(session: Session, subject: Subject) -> Sequence[Any]:
    if subject.seen.codes is None:
        subject.seen.codes = codes_of(session, subject.customer.id)
    return subject.seen.codes


def offer_among(codes: Sequence[Any], zone: str, now: datetime) -> OfferFacts | None:
    """The first of the codes that somebody holds (`held`), as texts speak of it."""
    if not codes:
        return None
    code = codes[0]
    ends = code.ends_at or offer_end(now, code.valid_for_seconds or 0, zone)
    gift = (code.gift_text_name or short_name(code.gift_name or "")) if code.gift else None
    return OfferFacts(
        name=code.offer or code.pool,
        code=code.code,
        percent=code.percent,
        amount_cents=code.amount_cents,
        ends=ends,
        free_shipping=code.free_shipping,
        gift=gift or None,
        points=code.points,
    )


def _as_named(
    found: OfferFacts | None, codes: Sequence[Any], offers: Mapping[str, Offer]
) -> OfferFacts | None:
    """The offer by the name that the flow has for it: its own offers are told apart by name, and another flow's
    `comeback` may be something else."""
    if found is None or not offers:
        return found
    fitting = [name for name, each in offers.items() if covers(codes[0], each)]
    if found.name in fitting:
        return found
    return replace(found, name=fitting[0] if fitting else f"other:{codes[0].pool}")


def links_in(template: str) -> list[str]:
    """The keys of the flow's own links that a text carries (LinkTo.name), for one that is rendered without its flow."""
    return _OWN_LINKS.findall(template)


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
    # neither shipping nor a gift card has a name here (LAST_LINES), and what is private is not said
    named = next((line for line in lines if line.name and not line.private), None)
    return OrderFacts(
        product=(named.text_name or short_name(named.name) or None) if named else None,
        items=sum(line.quantity for line in lines if line.name) or 1,
        total_cents=lines[0].total_cents,
        placed_at=lines[0].placed_at,
    )


def _segment(session: Session, subject: Subject) -> str | None:
    """The customer's segment; the row with the cuts was read with the customer, so this asks nobody."""
    if subject.fifths is None:
        return None
    customer, shop = subject.customer, subject.shop
    cuts = rfm.kept(session, shop.id)
    return rfm.segment_of(
        cuts, customer.last_order_at, customer.orders_count, customer.spent_cents, shop.zone
    )


def _first_name(name: str | None) -> str | None:
    if not name or _RUBBISH.fullmatch(name.strip()) or len(name.strip()) < 2:
        return None
    name = name.strip().split()[0]
    return name[:20] if not name.isupper() and not name.islower() else name[:20].capitalize()
