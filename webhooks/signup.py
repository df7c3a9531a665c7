"""The sign-up page: /join/SHOP, where a consent is won (R20). No account, no cookie, no script.

Owns the form: what it shows, what it takes, and what keeps scripts from typing in other people's numbers. What a sign-up is
worth is bot.compliance.signups'. The page says the same whoever's number was typed, so that it tells nobody who is a
customer, or who opted out.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template, request
from sqlalchemy import select

from bot.addresses import caller
from bot.clock import domain_now
from bot.compliance.book import book
from bot.compliance.proof import Proof
from bot.compliance.signups import NewSignup
from bot.compliance.wordings import LANGUAGES, Seller, Wording, current, join_word, seller_of, wording
from bot.compose import App
from bot.conversations.joining import join
from bot.models import Shop
from bot.phones import BadPhone, country_of, parse_phone
from webhooks.answers import plain_error
from webhooks.limits import Limiter
from webhooks.signup_words import say

STALE = timedelta(hours=12)
"""How long a form may lie open."""
TOO_QUICK = timedelta(seconds=1)
"""Nobody types a number and ticks a box sooner."""
AN_HOUR = timedelta(hours=1)
FROM_ONE_ADDRESS = 10
"""Sign-ups an hour from one address: a shop's own tablet at the till has a queue behind it."""
FROM_ALL = 600
_EXAMPLES = {"US": "(415) 555-0123", "CA": "(416) 555-0123", "GB": "07400 123456"}


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a form that came back had shown, by its stamp."""

    version: str
    language: str
    at: datetime
    words: str
    """A hash of the very words: a shop may be renamed while the form lies open."""


def signup_blueprint(app: App) -> Blueprint:
    """GET and POST of /join/SHOP."""
    doors = Blueprint("signup", __name__, template_folder="templates")
    by_address, by_all = Limiter(FROM_ONE_ADDRESS, AN_HOUR), Limiter(FROM_ALL, AN_HOUR)

    @doors.get("/join/<slug>")
    def form(slug: str) -> Response:
        seller = _seller(app, slug)
        if seller is None:
            return plain_error(404, "Not Found")
        language = _language()
        if request.args.get("done") == "1":
            return _page(app, seller, language, done=True)
        return _page(app, seller, language)

    @doors.post("/join/<slug>")
    def sign_up(slug: str) -> Response:
        seller = _seller(app, slug)
        if seller is None:
            return plain_error(404, "Not Found")
        if not _from_here(app):
            return plain_error(403, "the form was sent from another site")
        now, address = app.real_now(), _address(app)
        shown = _shown(app, seller, request.form.get("stamp", ""))
        language = shown.language if shown else _language()
        done = Response(status=303, headers={"Location": f"{request.path}?done=1&lang={language}"})
        if request.form.get("website") or (shown and now - shown.at < TOO_QUICK):
            return done  # a script: it learns nothing, and nothing happens
        phone = request.form.get("phone", "")[:40]
        phrases = _phrases(seller, language)
        if shown is None or now - shown.at > STALE:
            return _page(app, seller, language, problem=phrases["stale"], phone=phone)
        words = wording(shown.version, shown.language, seller)
        if _hash(words) != shown.words:  # what they read is not what would be written down (R22)
            return _page(app, seller, language, problem=phrases["stale"], phone=phone)
        ticked = request.form.get("agree") == "yes"
        try:
            number = parse_phone(phone, seller.country)
        except BadPhone:
            return _page(app, seller, language, problem=phrases["bad_phone"], phone=phone, ticked=ticked)
        if country_of(number) not in book().profiles:
            return _page(app, seller, language, problem=phrases["no_country"], phone=phone, ticked=ticked)
        if not ticked:
            return _page(app, seller, language, problem=phrases["not_agreed"], phone=phone)
        if not by_address.allows(address, now) or not by_all.allows(seller.slug, now):
            return _page(app, seller, language, problem=phrases["often"], phone=phone, status=429)
        proof = Proof(
            medium="web",
            wording=words.text,
            wording_version=words.version,
            language=words.language,
            address=address,
            agent=request.headers.get("User-Agent"),
            phone=number,
        )
        with app.database.write() as session:
            join(
                session,
                app.keys,
                seller.shop_id,
                number,
                NewSignup("written", "signup", proof),
                seller.settings,
                domain_now(session, app.real_now),
                language=language,
            )
        app.bell.ring("turns")
        return done

    return doors


def _seller(app: App, slug: str) -> Seller | None:
    if len(slug) > 64 or "\x00" in slug:
        return None
    with app.database.read() as session:
        shop_id = session.execute(select(Shop.id).where(Shop.slug == slug)).scalar_one_or_none()
        return seller_of(session, shop_id) if shop_id is not None else None


def _page(
    app: App,
    seller: Seller,
    language: str,
    *,
    done: bool = False,
    problem: str | None = None,
    phone: str = "",
    ticked: bool = False,
    status: int | None = None,
) -> Response:
    words = wording(current("page"), language, seller)
    nonce = secrets.token_urlsafe(12)
    body = render_template(
        "join.html",
        seller=seller,
        say=_phrases(seller, language),
        words=words,
        done=done,
        double=seller.settings.double_opt_in,
        problem=problem,
        phone=phone,
        ticked=ticked,  # what they ticked themselves, before they mend a number
        nonce=nonce,
        action=request.path,
        stamp=_stamp(app, seller, words),
        sms_join=f"sms:{seller.number}?&body={join_word(language)}",
        sms_start=f"sms:{seller.number}?&body=START",
    )
    response = Response(body, status or (422 if problem else 200), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    response.headers["Content-Language"] = language
    return response


def _phrases(seller: Seller, language: str) -> dict[str, Any]:
    return say(language, seller.spoken, _EXAMPLES.get(seller.country, "+" + seller.number.lstrip("+")))


def _language() -> str:
    wanted = request.args.get("lang")
    if wanted in LANGUAGES:
        return wanted
    return request.accept_languages.best_match(LANGUAGES) or "en"


def _stamp(app: App, seller: Seller, words: Wording) -> str:
    """What was shown, and when: it comes back with the form, and cannot have been changed."""
    parts = (words.version, words.language, str(int(app.real_now().timestamp())), _hash(words))
    return ".".join((*parts, app.keys.stamp(seller.shop_id, *parts)))


def _hash(words: Wording) -> str:
    return hashlib.sha256(words.text.encode()).hexdigest()[:32]


def _shown(app: App, seller: Seller, stamp: str) -> _Shown | None:
    parts = stamp[:200].split(".")
    if len(parts) != 5 or not parts[2].isascii() or not parts[2].isdigit():
        return None
    version, language, at, words, given = parts
    right = app.keys.stamp(seller.shop_id, version, language, at, words)
    if not secrets.compare_digest(given.encode(), right.encode()):
        return None
    return _Shown(version, language, datetime.fromtimestamp(int(at), UTC), words)


def _from_here(app: App) -> bool:
    """Whether the form was sent from our own page. Browsers say so; whoever says nothing is no browser of a victim."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    if origin in (None, "null"):  # our pages send no referrer, and some browsers then call the origin null
        return True
    return urlsplit(str(origin)).netloc in (urlsplit(app.settings.public_url).netloc, request.host)


def _address(app: App) -> str:
    """Who signed up, for the proof (R22): the last address, seen from here, that is none of the shop's own proxies."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    return caller(request.remote_addr or "", forwarded, app.settings.web.trusted_proxies)
