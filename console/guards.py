"""Before and after every request: whose it is, whether they may, whether a form is ours, and the headers of every page.

Owns the order of the questions. The Host check stops a foreign name that was pointed at this machine (DNS rebinding), the
form token and Origin stop a foreign page that posts here, the content policy stops a customer's text that would be a
script, and `console.access` says who may open which route. A session cookie is SameSite=Lax; nobody relies on that alone.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from urllib.parse import quote

from flask import Flask, Response, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.addresses import caller
from bot.compose import App
from bot.keys import Keys
from bot.staff.roles import may
from bot.staff.sessions import AT_MOST, whose
from console.access import Access, at, declared, me
from console.demo_door import demo_open

COOKIE = "winback_console"
FIELD = "form_token"
HEADER = "X-Form-Token"
"""The same for requests that htmx makes without a form."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No inline script, no inline style, nothing from elsewhere."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # with no-referrer, browsers would send `Origin: null` with our own forms
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
A_YEAR = int(timedelta(days=365).total_seconds())


def guard(flask: Flask, app: App) -> None:
    """Put the guards before and after every request."""
    console = app.settings.console
    names = LOOPBACK | ({hostname(console.url.partition("//")[2])} if console.url else set())
    session_cookie = "__Host-winback_session" if console.https else "winback_session"

    @flask.before_request
    def _before() -> AnyResponse | None:
        if hostname(request.host) not in names:
            abort(421)
        if "\x00" in request.path or any("\x00" in value for value in request.args.values()):
            abort(404)  # PostgreSQL would not even compare it
        if request.endpoint in ("static", "pages.health"):
            return None
        g.visitor = request.cookies.get(COOKIE) or secrets.token_hex(16)
        g.address = caller(
            request.remote_addr or "",
            request.headers.get("X-Forwarded-For", ""),
            app.settings.web.trusted_proxies,
        )
        token = request.cookies.get(session_cookie, "")
        slug = (request.view_args or {}).get("slug")
        g.signed_in = whose(app.database, token, app.real_now(), slug) if token else None
        if g.signed_in is not None and g.signed_in.demo and not demo_open(app.settings):
            g.signed_in = None
        g.binding = f"session {g.signed_in.session_id}" if g.signed_in is not None else g.visitor
        if request.method not in ("GET", "HEAD", "OPTIONS") and not _meant(app):
            abort(403)
        if g.signed_in is not None and g.signed_in.new_token:
            give_token(g.signed_in.new_token)
        if request.endpoint is None:
            return None  # no such page: Flask says so
        return _admit(app, declared(flask, request.endpoint))

    @flask.after_request
    def _after(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        if console.https:
            response.headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
            if "visitor" in g and COOKIE not in request.cookies:
                response.set_cookie(
                    COOKIE, g.visitor, httponly=True, samesite="Strict", path="/", secure=console.https
                )
        if (token := g.get("token_to_give")) is not None:
            response.set_cookie(
                session_cookie,
                token,
                max_age=int(AT_MOST.total_seconds()) if token else 0,
                httponly=True,
                samesite="Lax",
                path="/",
                secure=console.https,
            )
        return response


def give_token(token: str) -> None:
    """The browser gets this session token with the answer; an empty one takes away what it has."""
    g.token_to_give = token


def form_token(keys: Keys) -> str:
    """What a form of this visitor carries, bound to the session once there is one (not to its token, which changes while
    pages lie open). A neighbour on another port may plant a cookie; it can't make this."""
    return _token(keys, g.get("binding", ""))


def hostname(host: str) -> str:
    """The name in a Host header, without its port and an address's brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _admit(app: App, access: Access) -> AnyResponse | None:
    """None for who may open this route; else where they are sent. Aborts with 404 and 403."""
    if access.kind == "anyone":
        return None
    who = me()
    if access.kind == "demo" and demo_open(app.settings):
        if who is not None and who.here is not None:
            g.current = at(who, who.here, g.address)  # a member finds their way around as everywhere
        return None
    if who is None:
        return _to_sign_in()
    if access.permission is None:
        return None
    if who.here is None:
        abort(404)
    g.current = at(who, who.here, g.address)
    if not may(who.here.role, access.permission):
        abort(403, "role")
    return None


def _to_sign_in() -> AnyResponse:
    """To the sign-in page, and back here afterwards. What htmx asked for is answered with a header that moves the page."""
    back = request.full_path.rstrip("?") if request.method == "GET" else ""
    page = url_for("signin.page")
    if request.headers.get("HX-Request") == "true":
        return Response(status=401, headers={"HX-Redirect": page})
    return redirect(f"{page}?next={quote(back, safe='/')}" if back not in ("", "/") else page, 303)


def _meant(app: App) -> bool:
    """Whether this post came from a form of ours: same origin as far as the browser tells, and the right token."""
    origin = request.headers.get("Origin")
    if origin is not None and origin not in (request.host_url.rstrip("/"), app.settings.console.url):
        return False
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    given = request.form.get(FIELD) or request.headers.get(HEADER, "")
    if g.signed_in is None and COOKIE not in request.cookies:
        return False
    return hmac.compare_digest(given.encode(), _token(app.keys, g.binding).encode())


def _token(keys: Keys, binding: str) -> str:
    return hmac.new(keys.secret, f"console-form\x1f{binding}".encode(), hashlib.sha256).hexdigest()
