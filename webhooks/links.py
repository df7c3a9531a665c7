"""The short links' door: find the link, note the visit, send the visitor on, or show what there is to choose from.

Owns the redirect. Where it leads is in the row, or in the shop's products, and nowhere else, so this is no open redirect. A
visit that could not be noted still gets its cart: the customer comes first.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import select, update

from bot.clock import domain_now
from bot.compose import App
from bot.models import Click, Customer, Link
from bot.offers.choosing import choosing, chosen
from webhooks.answers import note
from webhooks.choose import choose_page
from webhooks.visitors import machine_reason

AGENT_LENGTH = 300
_TOKEN = re.compile(r"[A-Za-z0-9]{1,16}")

NOT_FOUND = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>Link not found</title>
<h1>This link leads nowhere</h1>
<p>It may be mistyped or cut off. Just answer the text that it came in, and you will get a fresh one.</p></html>
"""


def links_blueprint(app: App) -> Blueprint:
    """GET and HEAD of /l/TOKEN, and of /l/TOKEN/NUMBER for what was chosen on its page."""
    doors = Blueprint("links", __name__, template_folder="templates")

    @doors.get("/l/<token>")
    def follow(token: str) -> Response:
        link = _link(app, token)
        if link is None:
            return _nowhere()
        _note(app, link, None)
        if link.purpose == "choose" and link.products:
            return _page(app, link, token)
        return _to(link.target)

    @doors.get("/l/<token>/<int:place>")
    def choose(token: str, place: int) -> Response:
        link = _link(app, token)
        if link is None or link.purpose != "choose" or not 1 <= place <= len(link.products or ()):
            return _nowhere()
        product = link.products[place - 1]
        with app.database.read() as session:
            now = domain_now(session, app.real_now)
            target = chosen(session, link.shop_id, link.customer_id, product, now)
        if target is None:  # sold out since the page was shown, which now says so
            return _to(f"../{token}")
        _note(app, link, product)
        return _to(target)

    return doors


def _link(app: App, token: str) -> Any:
    if not _TOKEN.fullmatch(token):  # a NUL, too, which PostgreSQL would not even compare
        return None
    with app.database.read() as session:
        link = session.execute(
            select(Link.id, Link.shop_id, Link.customer_id, Link.target, Link.purpose, Link.products).where(
                Link.token == token
            )
        ).first()
    return link if link is not None and link.target.startswith(("https://", "http://")) else None


def _note(app: App, link: Any, choice: str | None) -> None:
    reason = machine_reason(request.method, request.headers)
    agent = request.headers.get("User-Agent", "").replace("\x00", "\ufffd")[:AGENT_LENGTH]
    try:
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            session.add(
                Click(
                    shop_id=link.shop_id,
                    link_id=link.id,
                    at=now,
                    by_machine=reason is not None,
                    reason=reason,
                    agent=agent,
                    choice=choice,
                )
            )
            if reason is None:  # a sign of life: the row of texts that met silence ends (rule let_go)
                session.execute(
                    update(Customer)
                    .where(Customer.shop_id == link.shop_id, Customer.id == link.customer_id)
                    .values(clicked_at=now)
                )
    except Exception as error:
        note("a click was not noted", error)


def _page(app: App, link: Any, token: str) -> Response:
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        found = choosing(session, link.shop_id, link.customer_id, list(link.products), now)
        return choose_page(found, token, now)


def _to(target: str) -> Response:
    return Response(status=302, headers={"Location": target})


def _nowhere() -> Response:
    return Response(NOT_FOUND, 404, content_type="text/html; charset=utf-8")
