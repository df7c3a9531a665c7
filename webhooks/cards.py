"""The contact card's door: a shop's name, numbers and site, for the phone's address book.

Owns the vCard (RFC 6350's older sister 3.0, which every phone reads). It says what stands on the shop's site anyway, and
nothing of any customer; nobody's visit is noted.
"""

from __future__ import annotations

import re

from flask import Blueprint, Response
from sqlalchemy import select

from bot.compose import App
from bot.models import Sender, Shop
from webhooks.answers import plain_error

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_PHONE = re.compile(r"\+?[\d\s().-]{6,24}")
NOTE = "Text messages; a bot answers first. Text STOP to opt out, HELP for help."


def cards_blueprint(app: App) -> Blueprint:
    """GET and HEAD of /card/SHOP."""
    doors = Blueprint("cards", __name__)

    @doors.get("/card/<slug>")
    def card(slug: str) -> Response:
        if not _SLUG.fullmatch(slug):
            return plain_error(404, "Not Found")
        with app.database.read() as session:
            rows = session.execute(
                select(Shop.name, Shop.site_url, Shop.contact, Sender.number)
                .join(Sender, Sender.shop_id == Shop.id)
                .where(Shop.slug == slug, Sender.active.is_(True))
                .order_by(Sender.id)
            ).all()
        if not rows:
            return plain_error(404, "Not Found")
        first = rows[0]
        body = vcard(first.name, first.site_url, first.contact, [row.number for row in rows])
        disposition = f'inline; filename="{slug}.vcf"'
        return Response(
            body, content_type="text/vcard; charset=utf-8", headers={"Content-Disposition": disposition}
        )

    return doors


def vcard(name: str, site: str, contact: str, numbers: list[str]) -> str:
    """The card. `contact` is an e-mail address or a phone number for people (anything else is left out)."""
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"N:{_said(name)};;;;", f"FN:{_said(name)}", f"ORG:{_said(name)}"]
    lines += [f"TEL;TYPE=CELL,TEXT:{_said(number)}" for number in numbers]
    if "@" in contact:
        lines.append(f"EMAIL:{_said(contact)}")
    elif _PHONE.fullmatch(contact):
        lines.append(f"TEL;TYPE=WORK,VOICE:{_said(contact)}")
    lines += [f"URL:{_said(site)}", f"NOTE:{_said(NOTE)}", "END:VCARD"]
    return "\r\n".join(lines) + "\r\n"


def _said(value: str) -> str:
    """A value in which nothing can end the line or the field."""
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return " ".join(escaped.split())
