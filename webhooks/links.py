"""The short links' door: find the link, note the visit, send the visitor on.

Owns the redirect. Where it leads is in the row and nowhere else, so this is no open redirect. A visit that could not be
noted still gets its cart: the customer comes first.
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, request
from sqlalchemy import select, update

from bot.clock import domain_now
from bot.compose import App
from bot.models import Click, Customer, Link
from webhooks.answers import note
from webhooks.visitors import machine_reason

AGENT_LENGTH = 300
_TOKEN = re.compile(r"[A-Za-z0-9]{1,16}")

NOT_FOUND = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>Link not found</title>
<h1>This link leads nowhere</h1>
<p>It may be mistyped or cut off. Just answer the text that it came in, and you will get a fresh one.</p></html>
"""


def links_blueprint(app: App) -> Blueprint:
    """GET and HEAD of /l/TOKEN."""
    doors = Blueprint("links", __name__)

    @doors.get("/l/<token>")
    def follow(token: str) -> Response:
        if not _TOKEN.fullmatch(token):  # a NUL, too, which PostgreSQL would not even compare
            return _nowhere()
        with app.database.read() as session:
            link = session.execute(
                select(Link.id, Link.shop_id, Link.customer_id, Link.target).where(Link.token == token)
            ).first()
        if link is None or not link.target.startswith(("https://", "http://")):
            return _nowhere()
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
        return Response(status=302, headers={"Location": link.target})

    return doors


def _nowhere() -> Response:
    return Response(NOT_FOUND, 404, content_type="text/html; charset=utf-8")
