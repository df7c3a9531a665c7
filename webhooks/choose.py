"""The page of a `choose` link: a few products, each a plain link to its own filled cart. No account, no cookie, no script.

Owns how it looks. What is on it is bot.offers.choosing's; that a visit is noted, webhooks.links's. It says nothing of who
the customer is: whoever holds the phone may see it.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from flask import Response, render_template

from bot.offers.choosing import Choosing
from flows.names import money_words, offer_words
from flows.render import day_words
from webhooks.choose_words import SAY


def choose_page(found: Choosing, token: str, now: datetime) -> Response:
    """The page. Its links are relative, so that it works under any path."""
    shop, say = found.shop, SAY[found.language]
    nonce = secrets.token_urlsafe(12)
    body = render_template(
        "choose.html",
        language=found.language,
        shop=shop,
        say=say,
        how=say["how"].format(shop=shop.name),
        notice=_notice(found, now),
        choices=[
            {
                "href": f"{token}/{each.place}",
                "name": each.name,
                "price": _money(each.price_cents, shop.currency),
                "special": _money(each.special_cents, shop.currency),
            }
            for each in found.choices
        ],
        nonce=nonce,
    )
    response = Response(body, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    )
    response.headers["Content-Language"] = found.language
    return response


def _notice(found: Choosing, now: datetime) -> str | None:
    """What there is to know of the code: what it is and till when, or why these are the ordinary prices."""
    say, offer, code = SAY[found.language], found.offer, found.code
    if offer is not None:
        what = offer_words(offer, found.language, found.shop.currency)
        if what is None:
            return None
        priced = any(each.special_cents is not None for each in found.choices)
        day = day_words(offer.ends, now, found.zone, found.language)
        return say["live_priced" if priced else "live"].format(what=what[:1].upper() + what[1:], day=day)
    if code is None or code.state == "live":
        return None
    at = code.used_at if code.state == "used" else code.ends
    if code.state == "void" or at is None:
        return say["void"]
    return say[code.state].format(day=day_words(at, now, found.zone, found.language))


def _money(cents: int | None, currency: str) -> str | None:
    return None if cents is None else money_words(cents, currency)
