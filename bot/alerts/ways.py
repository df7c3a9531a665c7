"""The ways on which somebody is told, and what is said on each: webhook, e-mail, a text to their own phone.

Owns the words of a mail and the document of a webhook. When it is tried, and how often, is bot.alerts.deliver's and
bot.alerts.claims'; no transaction may be open.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from bot.alerts import own_phone
from bot.alerts.claims import Claimed
from bot.alerts.mail import SmtpMailer
from bot.alerts.outcomes import Delivery, Mailer, Never, Poster
from bot.alerts.webhook import HEADER, HttpPoster, secret_of, signature
from bot.compose import App
from bot.inbox.matters import TEST


@dataclass(frozen=True, slots=True)
class Ways:
    """What leads out of the house. `mailer`: None where the operator has no mail server."""

    mailer: Mailer | None
    poster: Poster


def ways_of(app: App, mailer: Mailer | None = None, poster: Poster | None = None) -> Ways:
    """As the operator set them, but for those that are given."""
    return Ways(
        mailer or (SmtpMailer(app.settings.mail) if app.settings.mail.host else None),
        poster or HttpPoster(private=app.settings.notify.private_webhooks),
    )


def try_to_tell(app: App, notice: Claimed, ways: Ways) -> Delivery:
    """Try it once."""
    if notice.channel == "answer":
        return own_phone.hand_on(app, notice.shop_id, int(notice.address))
    if not notice.open:
        return Never("it was seen to before")
    match notice.channel:
        case "webhook":
            body = json.dumps(_document(notice), separators=(",", ":")).encode()
            seconds = int(app.real_now().timestamp())
            signed = signature(secret_of(app.keys, notice.shop_id), seconds, body)
            headers = {"Content-Type": "application/json", HEADER: signed, "User-Agent": "Winback"}
            return ways.poster.post(notice.address, body, headers)
        case "email":
            if ways.mailer is None:
                return Never("no mail server is set")
            return ways.mailer.send(notice.address, *_mail(app, notice))
        case "text":
            return own_phone.tell(app, notice.shop_id, notice.id, int(notice.address))
        case _:
            return Never("no such way")


def _mail(app: App, notice: Claimed) -> tuple[str, str]:
    """Subject and body."""
    subject = " ".join(f"{notice.shop}: {notice.line[:80]}".split())
    said = "Notifications reach you here" if notice.matter == TEST else f"{notice.who} {notice.line}"
    return subject, f"{said}.\n{_address(app, notice)}\n"


def _document(notice: Claimed) -> dict[str, Any]:
    """What a webhook gets: no name and no words of a customer's."""
    return {
        "type": f"inbox.{notice.matter}",
        "id": notice.id,
        "conversation": notice.conversation_id,
        "line": notice.line,
        "at": notice.at.isoformat(),
    }


def _address(app: App, notice: Claimed) -> str:
    """The conversation in the console, or the shop's inbox."""
    console = app.settings.console
    base = (console.url or f"http://{console.host}:{console.port}").rstrip("/")
    inbox = f"{base}/shops/{notice.slug}/inbox"
    return f"{inbox}/{notice.conversation_id}" if notice.conversation_id else inbox
