"""The page behind a link: an invitation to a shop, or a new password.

Owns the page. What a link gives is bot.staff.links'. Opening it changes nothing (mail programs open links by themselves);
only its form does. An account that has a password joins a shop by signing in with it, never by the link alone.
"""

from __future__ import annotations

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.clock import domain_now
from bot.compose import App
from bot.inbox.shift import sign_off_everywhere
from bot.models import Account
from bot.staff import links, passwords, sessions
from bot.staff.accounts import faults, tidy_name
from bot.staff.audit import record_of_account
from bot.staff.links import OpenLink
from console.access import anyone, me
from console.guards import give_token, know_browser
from console.leaving import end_session

GONE = "This link was used before, or it is too old. Whoever gave it to you can make a new one."


def links_blueprint(app: App) -> Blueprint:
    """/link/TOKEN."""
    doors = Blueprint("links", __name__)

    @doors.get("/link/<token>")
    @anyone
    def page(token: str) -> AnyResponse:
        return _page(token, _look(token))

    @doors.post("/link/<token>")
    @anyone
    def use(token: str) -> AnyResponse:
        link = _look(token)
        if link is None:
            return _page(token, None)
        if link.kind == "invite" and link.has_password:
            return _join(token, link)
        return _set_password(token, link)

    def _join(token: str, link: OpenLink) -> AnyResponse:
        who = me()
        if who is None or who.account_id != link.account_id:
            abort(403)
        with app.database.write() as session:
            joined = links.join(session, link, app.real_now())
            if joined:
                account = session.get_one(Account, link.account_id)
                record_of_account(
                    session, account, "joined", domain_now(session, app.real_now), address=g.address
                )
        return redirect(url_for("pages.shop", slug=link.slug), 303) if joined else _page(token, None)

    def _set_password(token: str, link: OpenLink) -> AnyResponse:
        password = request.form.get("password", "")
        name = tidy_name(request.form.get("name", "")) or link.name
        with app.database.read() as session:
            account = session.get_one(Account, link.account_id)
            wrong = faults(session, account, password)
        if password != request.form.get("again", ""):
            wrong.append("The two are not the same.")
        if link.kind == "invite" and not name:
            wrong.append("Say your name: colleagues see it.")
        if wrong:
            return _page(token, link, problems=wrong, name=name)
        hashed = passwords.hashed(password)  # takes a while: no transaction is open
        now = app.real_now()
        with app.database.write() as session:
            done = (
                links.join(session, link, now, name=name, hashed=hashed)
                if link.kind == "invite"
                else links.reset(session, link, hashed, now)
            )
            if not done:
                return _page(token, None)
            account = session.get_one(Account, link.account_id)
            at = domain_now(session, app.real_now)
            did = "joined" if link.kind == "invite" else "password set anew"
            record_of_account(session, account, did, at, address=g.address)
            given = ""
            if link.kind == "invite":
                agent = request.headers.get("User-Agent", "")
                given = sessions.begin(session, account, "done", now, address=g.address, agent=agent)
        if link.kind != "invite":
            end_session(app)
            sign_off_everywhere(app, link.account_id)  # it signed out everywhere
            give_token("")
            know_browser(app.keys, link.email)
            return redirect(url_for("signin.page"), 303)
        end_session(app)
        give_token(given)
        know_browser(app.keys, link.email)
        return redirect(url_for("pages.shop", slug=link.slug), 303)

    def _look(token: str) -> OpenLink | None:
        with app.database.read() as session:
            return links.look(session, token, app.real_now())

    def _page(
        token: str, link: OpenLink | None, *, problems: list[str] | None = None, name: str = ""
    ) -> AnyResponse:
        page = render_template(
            "link.html",
            token=token,
            link=link,
            problems=problems or [],
            name=name or (link.name if link else ""),
            gone=GONE,
            at_least=passwords.AT_LEAST,
        )
        return make_response(page, 404 if link is None else 422 if problems else 200)

    return doors
