"""One e-mail through the operator's mail server, with the standard library.

Owns the talk with the server. What is said, and to whom, is bot.alerts.deliver's.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from bot.alerts.outcomes import Delivered, Delivery, Later, Never
from bot.settings import MailSettings

_FOR_GOOD = 500
"""SMTP answers from here on are final."""


class SmtpMailer:
    """A connection a mail: there are few of them."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    def send(self, to: str, subject: str, body: str) -> Delivery:
        """See Mailer."""
        mail = EmailMessage()
        try:
            mail["From"], mail["To"], mail["Subject"] = self._settings.sender, to, subject
        except ValueError:
            return Never("the address is none")
        mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain="winback.invalid")
        mail["Auto-Submitted"] = "auto-generated"  # no out-of-office answers (RFC 3834)
        mail.set_content(body)
        try:
            return self._hand_over(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            return Never(f"refused: {codes}") if min(codes) >= _FOR_GOOD else Later(f"not now: {codes}")
        except smtplib.SMTPResponseException as error:
            return Later(f"the server said {error.smtp_code}")
        except (smtplib.SMTPException, OSError) as error:
            return Later(type(error).__name__)

    def _hand_over(self, mail: EmailMessage) -> Delivery:
        its = self._settings
        assert its.host is not None
        context = ssl.create_default_context()
        if its.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                its.host, its.port, timeout=its.timeout_seconds, context=context
            )
        else:
            server = smtplib.SMTP(its.host, its.port, timeout=its.timeout_seconds)
        with server:
            if its.security == "starttls":
                server.starttls(context=context)
            if its.user and its.password:
                server.login(its.user, its.password.get_secret_value())
            server.send_message(mail)
        return Delivered()
