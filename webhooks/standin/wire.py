"""How the stand-in speaks: JSON answers in one piece, Twilio's error bodies, basic auth.

Owns the shape of an answer. Must not hold state.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

from flask import Response, request


def answer(document: Any, status: int = 200) -> Response:
    """A JSON answer whose length is known."""
    return Response(json.dumps(document), status, mimetype="application/json")


def refusal(status: int, code: int, message: str) -> Response:
    """An error as Twilio's REST API words it."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return answer({"code": code, "message": message, "more_info": more, "status": status}, status)


def unauthorised(accounts: Mapping[str, str], account: str | None = None) -> Response | None:
    """None when the request carries the sid and token of a known account (of this one, when it is named)."""
    given = request.authorization
    if given is not None and given.type == "basic":
        sid, token = given.username or "", given.password or ""
        right = accounts.get(sid)
        if (
            right is not None
            and account in (None, sid)
            and hmac.compare_digest(right.encode(), token.encode())
        ):
            return None
    return refusal(401, 20003, "Authenticate")
