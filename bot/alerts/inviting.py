"""The link of an invitation, or of a new password, by e-mail to whom it is for, where the operator has a mail server.

Owns the words. What a link gives is bot.staff.links'; whoever makes one shows it to be copied when it was not mailed.
"""

from __future__ import annotations

from datetime import timedelta

from bot.alerts.mail import SmtpMailer
from bot.alerts.outcomes import Delivery, Later, Mailer, Never
from bot.settings import MailSettings
from bot.staff.links import LASTS, Kind


def mail_link(
    settings: MailSettings, to: str, kind: Kind, link: str, shop: str, mailer: Mailer | None = None
) -> Delivery | None:
    """Try once to mail it; None: no mail server is set. No transaction may be open (the server may take its time)."""
    if mailer is None:
        if settings.host is None:
            return None
        mailer = SmtpMailer(settings)
    name = " ".join(shop.split())
    if kind == "invite":
        subject, opens = f"{name}: your invitation", f"You are invited to work for {name} in Winback."
    else:
        subject, opens = f"{name}: a new password", "With this you set a new password for Winback."
    hours = LASTS[kind] // timedelta(hours=1)
    lasts = f"{hours // 24} days" if hours > 24 else f"{hours} hours"
    body = f"{opens} The link works once, for {lasts}:\n{link}\nIf you expected none, do nothing.\n"
    return mailer.send(to, subject, body)


def said(outcome: Delivery | None) -> str:
    """Why the link has to be given by hand, for whoever made it; empty where no mail was to be sent, or it was."""
    return f"It could not be mailed ({outcome.why})." if isinstance(outcome, Later | Never) else ""
