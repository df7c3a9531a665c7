"""Signing in and out: e-mail and password, the second step, and the demo's two people by one click.

Owns these pages. Whether somebody gets in is bot.staff.signing_in's; what a session is, bot.staff.sessions'.
"""

from __future__ import annotations

from typing import assert_never

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.clock import domain_now
from bot.compose import App
from bot.staff import sessions
from bot.staff.accounts import anybody
from bot.staff.audit import record_of_account
from bot.staff.demo_people import DEMO_ROLES, demo_account
from bot.staff.roles import role_named
from bot.staff.sessions import SignedIn
from bot.staff.signing_in import Begun, NotIn, OneStepMore, second, sign_in
from console.access import anyone, me
from console.demo_door import demo_open
from console.guards import give_token, know_browser
from console.leaving import end_session

WRONG = "That did not work. Look at the address and the password once more. After ten wrong tries, wait a quarter of an hour."
WRONG_CODE = "That code is not right, or it was used before. Take the next one."


def signin_blueprint(app: App) -> Blueprint:
    """/sign-in, /sign-in/second, /sign-in/demo and /sign-out."""
    doors = Blueprint("signin", __name__)

    @doors.get("/sign-in")
    @anyone
    def page() -> AnyResponse:
        back = way_back(request.args.get("next", ""))
        if me() is not None:
            return redirect(back)
        return _page(back)

    @doors.post("/sign-in")
    @anyone
    def enter() -> AnyResponse:
        back = way_back(request.form.get("next", ""))
        outcome = sign_in(
            app.database,
            app.keys,
            app.real_now,
            request.form.get("email", "")[:300],
            request.form.get("password", ""),
            address=g.address,
            agent=_agent(),
            device=g.device,
        )
        match outcome:
            case Begun():
                end_session(app)  # nobody could sign out of that one any more
                return _in(outcome, back)
            case OneStepMore(token):
                end_session(app)
                give_token(token)
                return redirect(url_for("signin.second_page", next=back), 303)
            case NotIn():
                return _page(back, problem=WRONG, email=request.form.get("email", "")[:300])
            case _:
                assert_never(outcome)

    @doors.get("/sign-in/second")
    @anyone
    def second_page() -> AnyResponse:
        back = way_back(request.args.get("next", ""))
        if _waiting() is None:
            return redirect(back if me() else url_for("signin.page", next=back))
        return make_response(render_template("second_step.html", back=back, problem=""))

    @doors.post("/sign-in/second")
    @anyone
    def enter_second() -> AnyResponse:
        back = way_back(request.form.get("next", ""))
        who = _waiting()
        if who is None:
            return redirect(back if me() else url_for("signin.page", next=back), 303)
        code = request.form.get("code", "")[:40]
        outcome = second(
            app.database,
            app.keys,
            app.real_now,
            who,
            code,
            address=g.address,
            agent=_agent(),
            device=g.device,
        )
        match outcome:
            case Begun():
                return _in(outcome, back)
            case NotIn(over=True):
                give_token("")
                return _page(back, problem=WRONG)
            case NotIn() | OneStepMore():
                page = render_template("second_step.html", back=back, problem=WRONG_CODE)
                return make_response(page, 401)
            case _:
                assert_never(outcome)

    @doors.post("/sign-in/demo")
    @anyone
    def enter_demo() -> AnyResponse:
        role = role_named(request.form.get("role", ""))
        now = app.real_now()
        if role is None or not demo_open(app.settings):
            return _page(way_back(""), problem="The demo is open on the machine itself alone.", status=403)
        with app.database.write() as session:
            account = demo_account(session, role, domain_now(session, app.real_now))
            if account is None:
                return _page(way_back(""), problem="There is no demo shop here.", status=403)
            token = sessions.begin(session, account, "done", now, address=g.address, agent=_agent())
            record_of_account(
                session, account, "signed in", domain_now(session, app.real_now), address=g.address
            )
        end_session(app)
        give_token(token)
        return redirect(way_back(request.form.get("next", "")), 303)

    @doors.post("/sign-out")
    @anyone
    def leave() -> AnyResponse:
        end_session(app)
        give_token("")
        return redirect(url_for("signin.page"), 303)

    def _in(begun: Begun, back: str) -> AnyResponse:
        give_token(begun.token)
        know_browser(app.keys, begun.email)
        return redirect(back, 303)

    def _page(back: str, *, problem: str = "", email: str = "", status: int = 200) -> AnyResponse:
        with app.database.read() as session:
            nobody = not anybody(session)
        demo = DEMO_ROLES if demo_open(app.settings) else ()
        page = render_template(
            "sign_in.html", back=back, problem=problem, email=email, nobody=nobody, demo=demo
        )
        return make_response(page, 401 if problem and status == 200 else status)

    return doors


def way_back(wanted: str) -> str:
    """A path of this console, to go to after signing in; the first page for anything else. Another site's is none, whatever
    a browser makes of backslashes and blanks."""
    if wanted.startswith("/") and not wanted.startswith(("//", "/sign-", "/link/")) and wanted.isprintable():
        return "/" if "\\" in wanted else wanted[:500]
    return "/"


def _waiting() -> SignedIn | None:
    """Whose password was right, and who has the second step before them."""
    who: SignedIn | None = g.signed_in
    return who if who is not None and who.step == "second" else None


def _agent() -> str:
    return request.headers.get("User-Agent", "")
