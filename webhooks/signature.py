"""Is this request Twilio's? The account named in the form picks the tokens; one of them must have signed it.

Owns the check (R74-R80). The URL that was signed is rebuilt from our configured address, never from the request's
headers, which anybody may write (R77). Whatever the request looks like, the answer is yes or no, never an exception.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Request
from twilio.request_validator import RequestValidator

FORM = "application/x-www-form-urlencoded"


class Signatures:
    """Checks requests to one public address against the tokens of several accounts."""

    def __init__(self, public_url: str, tokens: Mapping[str, tuple[str, ...]]) -> None:
        self._base = public_url.split("#", 1)[0].rstrip("/")
        self._validators = {
            account: tuple(RequestValidator(token) for token in several)
            for account, several in tokens.items()
        }

    def account_of(self, request: Request) -> str | None:
        """The account whose webhook this is, or None: unknown account, no signature, a wrong one, not a form.

        Only forms: for a JSON body the signature would cover the address alone, and texts never come as JSON.
        """
        signature = request.headers.get("X-Twilio-Signature")
        if not signature or request.mimetype != FORM:
            return None  # the validator raises TypeError without a signature (R76)
        account = request.form.get("AccountSid", "")
        validators = self._validators.get(account)
        if validators is None:
            return None
        url = self._base + request.path
        if request.query_string:
            url += "?" + request.query_string.decode("latin-1")
        # bodySHA256 among the query belongs to JSON bodies; with a form it is just part of the address.
        if any(validator.validate(url, request.form, signature) for validator in validators):
            return account
        return None
