"""People and roles of a shop: who works here, who was invited, and links for them.

Owns the page. What may be done to whom is bot.staff.members'. A link is mailed, or else shown once, in the answer to the form
that made it: only its hash is kept.
"""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.alerts.inviting import mail_link, said
from bot.alerts.outcomes import Delivered
from bot.clock import domain_now
from bot.compose import App
from bot.inbox.shift import sign_off_who_may_not
from bot.staff import links, members
from bot.staff.audit import Subject, record
from bot.staff.members import Refused
from bot.staff.roles import MEANING, ROLES, role_named
from console import words
from console.access import current, needs


def staff_blueprint(app: App) -> Blueprint:
    """Everything under /shops/SLUG/people."""
    doors = Blueprint("staff", __name__, url_prefix="/shops/<slug>/people")

    @doors.get("")
    @needs("people.change")
    def page(slug: str) -> AnyResponse:
        return _page()

    @doors.post("/invite")
    @needs("people.change")
    def invite(slug: str) -> AnyResponse:
        who, email = current(), request.form.get("email", "")[:300]
        role = role_named(request.form.get("role", ""))
        if role is None:
            return _page(problem="Say which role.", email=email)
        with app.database.write() as session:
            invited = members.invite(session, who.shop_id, email, role, app.real_now())
            if not isinstance(invited, Refused):
                record(
                    session,
                    who.by,
                    "invited",
                    shop_id=who.shop_id,
                    at=domain_now(session, app.real_now),
                    subject=Subject("staff", invited.staff_id),
                    details={"email": invited.email, "role": role},
                )
        if isinstance(invited, Refused):
            return _page(problem=invited.why, email=email)
        return _link(invited.token, invited.email, "invite")

    @doors.post("/<int:staff_id>/role")
    @needs("people.change")
    def role(slug: str, staff_id: int) -> AnyResponse:
        who, wanted = current(), request.form.get("role", "")
        with app.database.write() as session:
            changed = members.change_role(session, who.shop_id, staff_id, wanted)
            if not isinstance(changed, Refused):
                record(
                    session,
                    who.by,
                    "role changed",
                    shop_id=who.shop_id,
                    at=domain_now(session, app.real_now),
                    subject=Subject("staff", staff_id),
                    details={"email": changed.email, "role": wanted},
                )
        sign_off_who_may_not(app, who.shop_id, staff_id, who.by)
        return _page(problem=changed.why) if isinstance(changed, Refused) else _back()

    @doors.post("/<int:staff_id>/remove")
    @needs("people.change")
    def remove(slug: str, staff_id: int) -> AnyResponse:
        who = current()
        with app.database.write() as session:
            gone = members.remove(session, who.shop_id, staff_id, app.real_now())
            if not isinstance(gone, Refused):
                record(
                    session,
                    who.by,
                    "removed",
                    shop_id=who.shop_id,
                    at=domain_now(session, app.real_now),
                    subject=Subject("staff", staff_id),
                    details={"email": gone.email},
                )
        sign_off_who_may_not(app, who.shop_id, staff_id, who.by)
        if isinstance(gone, Refused):
            return _page(problem=gone.why)
        return redirect(url_for("pages.first"), 303) if staff_id == who.staff_id else _back()

    @doors.post("/<int:staff_id>/reset")
    @needs("people.change")
    def reset(slug: str, staff_id: int) -> AnyResponse:
        who, both = current(), request.form.get("both") == "yes"
        with app.database.write() as session:
            made = members.reset(session, who.shop_id, staff_id, who.account_id, app.real_now(), both=both)
            if not isinstance(made, Refused):
                record(
                    session,
                    who.by,
                    "reset link made",
                    shop_id=who.shop_id,
                    at=domain_now(session, app.real_now),
                    subject=Subject("staff", staff_id),
                    details={"email": made.email, "second_step": "off" if both else "kept"},
                )
        if isinstance(made, Refused):
            return _page(problem=made.why)
        return _link(made.token, made.email, "reset_both" if both else "reset")

    def _link(token: str, email: str, kind: links.Kind) -> AnyResponse:
        """The link by mail where there is a mail server; else, and where that did not work, to be copied."""
        link = links.address(app.settings.console, token)
        outcome = mail_link(app.settings.mail, email, kind, link, current().shop_name)
        mailed = isinstance(outcome, Delivered)
        return _page(
            link="" if mailed else link,
            link_for=email,
            reset=kind != "invite",
            problem=said(outcome),
            mailed=mailed,
        )

    def _page(
        *,
        problem: str = "",
        email: str = "",
        link: str = "",
        link_for: str = "",
        reset: bool = False,
        mailed: bool = False,
    ) -> AnyResponse:
        who, now = current(), app.real_now()
        with app.database.read() as session:
            people = members.people(session, who.shop_id)
        page = render_template(
            "people.html",
            people=[(each, _seen(each, now)) for each in people],
            roles=ROLES,
            meaning=MEANING,
            problem=problem,
            email=email,
            link=link,
            link_for=link_for,
            reset=reset,
            mailed=mailed,
        )
        return make_response(page, 422 if problem and not link else 200)

    def _back() -> AnyResponse:
        return redirect(url_for("staff.page", slug=current().slug), 303)

    return doors


def _seen(person: members.Person, now: datetime) -> str:
    """When this person was here last, or that they have not come yet."""
    if person.state == "invited":
        return f"invited {words.ago((now - person.since).total_seconds())}"
    if person.seen_at is None:
        return "not signed in"
    return f"seen {words.ago((now - person.seen_at).total_seconds())}"
