"""Who may ask what: the Host header, forms, and the headers of every page.

Owns the console's defence while it has no sign-in. It listens on loopback only, but a browser on this machine visits
other sites too, and each of the three guards stops what the others let through: the Host check stops a foreign name
that was pointed at 127.0.0.1 (DNS rebinding), the form token and Origin stop a foreign page that posts here, and the
content policy stops a customer's text that would be a script.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from flask import Flask, Response, abort, g, request

from bot.keys import Keys

COOKIE = "winback_console"
FIELD = "form_token"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No inline script, no inline style, nothing from elsewhere."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # with no-referrer, browsers would send `Origin: null` with our own forms
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def guard(flask: Flask, keys: Keys) -> None:
    """Put the guards before and after every request."""

    @flask.before_request
    def _before() -> None:
        if hostname(request.host) not in LOOPBACK:
            abort(421)
        if "\x00" in request.path or any("\x00" in value for value in request.args.values()):
            abort(404)  # PostgreSQL would not even compare it
        g.visitor = request.cookies.get(COOKIE) or secrets.token_hex(16)
        if request.method not in ("GET", "HEAD", "OPTIONS") and not _meant(keys):
            abort(403)

    @flask.after_request
    def _after(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
            if "visitor" in g and COOKIE not in request.cookies:
                response.set_cookie(COOKIE, g.visitor, httponly=True, samesite="Strict", path="/")
        return response


def form_token(keys: Keys) -> str:
    """What a form of this visitor carries. A neighbour on another port may plant the cookie; it can't make the token."""
    return _token(keys, g.visitor)


def hostname(host: str) -> str:
    """The name in a Host header, without its port and an address's brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _meant(keys: Keys) -> bool:
    """Whether this post came from a form of ours: same origin as far as the browser tells, and the right token."""
    origin = request.headers.get("Origin")
    if origin is not None and origin != request.host_url.rstrip("/"):
        return False
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    given = request.form.get(FIELD, "")
    return COOKIE in request.cookies and hmac.compare_digest(given.encode(), _token(keys, g.visitor).encode())


def _token(keys: Keys, visitor: str) -> str:
    return hmac.new(keys.secret, f"console-form\x1f{visitor}".encode(), hashlib.sha256).hexdigest()
