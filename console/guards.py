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
from urllib.parse import quote, urlsplit

from flask import Flask, Response, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.addresses import caller
from bot.compose import App
from bot.keys import Keys
from bot.staff.devices import remember
from bot.staff.roles import may
from bot.staff.sessions import AT_MOST, SignedIn, token_hash, whose
from console.access import Access, at, declared, me
from console.demo_door import demo_open

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
LATELY = 30.0
"""Seconds for which a page that asks each second is taken to be whose it was: as long as it is told «nothing new», and no
further (`again`)."""
HIGHEST = 2**63 - 1
A_YEAR = int(timedelta(days=365).total_seconds())


def guard(flask: Flask, app: App) -> None:
    """Put the guards before and after every request."""
    console = app.settings.console
    names = LOOPBACK | ({hostname(console.url.partition("//")[2])} if console.url else set())
    session_cookie, device_cookie = cookie_name(app), cookie_name(app, "device")
    visitor_cookie = cookie_name(app, "console")

    @flask.before_request
    def _before() -> AnyResponse | None:
        if hostname(request.host) not in names:
            abort(421)
        if "\x00" in request.path or any("\x00" in value for value in request.args.values()):
            abort(404)  # PostgreSQL would not even compare it
        if any(isinstance(each, int) and each > HIGHEST for each in (request.view_args or {}).values()):
            abort(404)  # no row can have that number
        if request.endpoint in ("static", "pages.health"):
            return None
        g.visitor = request.cookies.get(visitor_cookie) or secrets.token_hex(16)
        g.address = caller(
            request.remote_addr or "",
            request.headers.get("X-Forwarded-For", ""),
            app.settings.web.trusted_proxies,
        )
        g.device = request.cookies.get(device_cookie, "")
        access = declared(flask, request.endpoint) if request.endpoint else None
        g.signed_in = _whose(app, access)
        g.binding = _binding(g.signed_in) if g.signed_in is not None else g.visitor
        if request.method not in ("GET", "HEAD", "OPTIONS") and not _meant(app):
            abort(403)
        if g.signed_in is not None and g.signed_in.new_token:
            give_token(g.signed_in.new_token)
        # no such page: Flask says so
        return None if access is None else _admit(app, access)

    @flask.after_request
    def _after(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        if console.https:
            response.headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
            if "visitor" in g and visitor_cookie not in request.cookies:
                response.set_cookie(
                    visitor_cookie,
                    g.visitor,
                    httponly=True,
                    samesite="Strict",
                    path="/",
                    secure=console.https,
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
        if (device := g.get("device_to_keep")) is not None:
            response.set_cookie(
                device_cookie,
                device,
                max_age=A_YEAR,
                httponly=True,
                samesite="Strict",
                path="/",
                secure=console.https,
            )
        return response


def cookie_name(app: App, what: str = "session") -> str:
    """Of the session's token, the `device`'s mark or the visitor. With https no neighbour under the same domain can plant it."""
    return f"__Host-winback_{what}" if app.settings.console.https else f"winback_{what}"


def again(app: App, access: Access) -> AnyResponse | None:
    """As before the request: who asks now, looked up anew, and whether they may. None, or where they are sent."""
    g.signed_in = _whose(app, access, lately=False)
    return _admit(app, access)


def give_token(token: str) -> None:
    """The browser gets this session token with the answer; an empty one takes away what it has."""
    g.token_to_give = token


def know_browser(keys: Keys, email: str) -> None:
    """From now on the account of this address knows the browser: strangers' tries don't shut it out (bot.staff.devices)."""
    g.device_to_keep = remember(keys, email, g.device)


def form_token(keys: Keys) -> str:
    """What a form of this visitor carries, bound to the session once there is one (not to its token, which changes while
    pages lie open). A neighbour on another port may plant a cookie; it can't make this."""
    return _token(keys, g.get("binding", ""))


def _binding(who: SignedIn) -> str:
    """The session, and whose it is: SQLite gives the number of one that has ended to the next."""
    return f"session {who.session_id} of {who.account_id}"


def hostname(host: str) -> str:
    """The name in a Host header, without its port and an address's brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _whose(app: App, access: Access | None, *, lately: bool = True) -> SignedIn | None:
    """Whose session the browser's token belongs to; as it was a few seconds ago, where a shop's page asks by itself whether
    there is news, and `lately` is enough."""
    token = request.cookies.get(cookie_name(app), "")
    if not token:
        return None
    slug = (request.view_args or {}).get("slug")
    by_itself = access is not None and access.by_itself

    def ask() -> SignedIn | None:
        return whose(app.database, token, app.real_now(), slug, present=not by_itself)

    if lately and by_itself and access is not None and access.kind == "shop" and request.method == "GET":
        found = app.recent.of(("whose", token_hash(token), slug), ask, LATELY)
    else:
        found = ask()
    return None if found is not None and found.demo and not demo_open(app.settings) else found


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
    by_htmx = request.headers.get("HX-Request") == "true"
    back = request.full_path.rstrip("?") if request.method == "GET" else ""
    if by_htmx:  # the page that asked, not the part of it that was asked for
        there = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = f"{there.path}?{there.query}".rstrip("?") if there.netloc == request.host else ""
    page = url_for("signin.page")
    where = f"{page}?next={quote(back, safe='/')}" if back not in ("", "/") else page
    return Response(status=401, headers={"HX-Redirect": where}) if by_htmx else redirect(where, 303)


def _meant(app: App) -> bool:
    """Whether this post came from a form of ours: same origin as far as the browser tells, and the right token."""
    origin = request.headers.get("Origin")
    if origin is not None and origin not in (request.host_url.rstrip("/"), app.settings.console.url):
        return False
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    given = request.form.get(FIELD) or request.headers.get(HEADER, "")
    if g.signed_in is None and cookie_name(app, "console") not in request.cookies:
        return False
    return hmac.compare_digest(given.encode(), _token(app.keys, g.binding).encode())


def _token(keys: Keys, binding: str) -> str:
    return hmac.new(keys.secret, f"console-form\x1f{binding}".encode(), hashlib.sha256).hexdigest()
