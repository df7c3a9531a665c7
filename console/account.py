"""My account: name, password, the second step, and the browsers that are signed in.

Owns these pages. They are one's own, whatever the shops. What can't be undone asks for the password again.
"""

from __future__ import annotations

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from bot.clock import domain_now
from bot.compose import App
from bot.inbox.shift import sign_off_everywhere
from bot.models import Account
from bot.staff import passwords, second_step, sessions
from bot.staff.accounts import faults, rename, set_password, tidy_name
from bot.staff.audit import record_of_account
from bot.staff.signing_in import proved
from console import words
from console.access import account as signed
from console.access import signed_in

NOT_PROVED = "That is not your password, or there were too many tries."
NOT_DEMO = "The demo's people have neither password nor second step."


def account_blueprint(app: App) -> Blueprint:
    """Everything under /account."""
    doors = Blueprint("account", __name__, url_prefix="/account")

    @doors.get("")
    @signed_in
    def page() -> AnyResponse:
        return _page()

    @doors.post("/name")
    @signed_in
    def name() -> AnyResponse:
        wanted = tidy_name(request.form.get("name", ""))
        if not wanted:
            return _page("name", "A name is needed: colleagues see it.")
        with app.database.write() as session:
            account = session.get_one(Account, signed().account_id)
            rename(session, account, wanted)
            _note(session, account, "renamed")
        return _back("name")

    @doors.post("/password")
    @signed_in
    def password() -> AnyResponse:
        if not _proved():
            return _page("password", NOT_PROVED)
        new = request.form.get("new", "")
        with app.database.read() as session:
            wrong = faults(session, session.get_one(Account, signed().account_id), new)
        if not wrong and new != request.form.get("again", ""):
            wrong = ["The two are not the same."]
        if wrong:
            return _page("password", wrong[0])
        hashed = passwords.hashed(new)
        with app.database.write() as session:
            account = _mine(session)
            set_password(session, account, hashed, but=signed().session_id)
            _note(session, account, "password changed")
        return _back("password")

    @doors.post("/second-step/begin")
    @signed_in
    def begin_second() -> AnyResponse:
        if not _proved():
            return _page("second", NOT_PROVED)
        with app.database.write() as session:
            account = _mine(session)
            second_step.offer(app.keys, account)
            _note(session, account, "second step begun")
        return redirect(url_for("account.second"), 303)

    @doors.get("/second-step")
    @signed_in
    def second() -> AnyResponse:
        return _offered("")

    @doors.post("/second-step")
    @signed_in
    def confirm_second() -> AnyResponse:
        with app.database.write() as session:
            account = _mine(session)
            codes = second_step.confirm(
                session, app.keys, account, request.form.get("code", "")[:40], app.real_now()
            )
            if codes is not None:
                sessions.end_all(session, account, but=signed().session_id)
                _note(session, account, "second step switched on")
        if codes is None:
            return _offered("That code is not right. Is the phone's clock?")
        return make_response(render_template("recovery_codes.html", codes=codes))

    @doors.post("/second-step/off")
    @signed_in
    def end_second() -> AnyResponse:
        if not _proved():
            return _page("second", NOT_PROVED)
        with app.database.write() as session:
            account = _mine(session)
            second_step.switch_off(session, account)
            _note(session, account, "second step switched off")
        return _back("second")

    @doors.post("/recovery-codes")
    @signed_in
    def recovery_codes() -> AnyResponse:
        if not _proved():
            return _page("second", NOT_PROVED)
        with app.database.write() as session:
            account = _mine(session)
            if account.totp_secret is None:
                abort(404)
            codes = second_step.new_recovery_codes(session, account)
            _note(session, account, "recovery codes made anew")
        return make_response(render_template("recovery_codes.html", codes=codes))

    @doors.post("/sessions/<int:session_id>/end")
    @signed_in
    def end_session(session_id: int) -> AnyResponse:
        with app.database.write() as session:
            if not sessions.end(session, signed().account_id, session_id):
                abort(404)
            account = session.get_one(Account, signed().account_id)
            _note(session, account, "session ended")
        if session_id == signed().session_id:
            sign_off_everywhere(app, signed().account_id)
        return _back("sessions")

    @doors.post("/sessions/end-others")
    @signed_in
    def end_others() -> AnyResponse:
        with app.database.write() as session:
            account = _mine(session)
            sessions.end_all(session, account, but=signed().session_id)
            _note(session, account, "signed out elsewhere")
        return _back("sessions")

    def _mine(session: Session) -> Account:
        """The account, locked. Aborts with 403 for one of the demo's people, who are everybody's."""
        account = session.get_one(Account, signed().account_id, with_for_update=True)
        if account.demo:
            abort(403)
        return account

    def _proved() -> bool:
        password = request.form.get("password", "")
        return proved(
            app.database, app.keys, app.real_now, signed(), password, address=g.address, device=g.device
        )

    def _note(session: Session, account: Account, action: str) -> None:
        record_of_account(session, account, action, domain_now(session, app.real_now), address=g.address)

    def _page(where: str = "", problem: str = "") -> AnyResponse:
        who, now = signed(), app.real_now()
        with app.database.read() as session:
            account = session.get_one(Account, who.account_id)
            seen = sessions.seen(session, who.account_id, who.session_id, now)
            codes_left = second_step.recovery_codes_left(session, who.account_id)
            works_for = sessions.memberships(session, who.account_id)
        page = render_template(
            "account.html",
            account=account,
            sessions=[(each, words.ago((now - each.seen_at).total_seconds())) for each in seen],
            codes_left=codes_left,
            works_for=works_for,
            where=where,
            problem=problem,
            done=request.args.get("done", "") if not problem else "",
            at_least=passwords.AT_LEAST,
        )
        return make_response(page, 422 if problem else 200)

    def _offered(problem: str) -> AnyResponse:
        with app.database.read() as session:
            account = session.get_one(Account, signed().account_id)
            secret = second_step.offered(app.keys, account)
        if secret is None:
            return redirect(url_for("account.page"), 303)
        page = render_template(
            "second_step_offer.html",
            picture=Markup(second_step.picture(secret, account.email)),  # noqa: S704  an SVG of ours
            secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
            problem=problem,
        )
        return make_response(page, 422 if problem else 200)

    def _back(done: str) -> AnyResponse:
        return redirect(url_for("account.page", done=done), 303)

    return doors
