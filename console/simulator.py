"""The phone simulator's routes: look at a phone, text from it, start the win-back, hand back, move the clock.

Owns what each button does. A text goes to the stand-in and comes back through the signed webhook of `winback web`;
nothing here writes an inbound row.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.audience.one import NotEnrolled, enrol_one
from bot.clock import domain_now
from bot.compose import App
from bot.inbox.deeds import lock
from bot.inbox.returning import give_back
from bot.timetravel import NotMovable, move_to, next_due, next_morning
from console.access import demo_or
from console.handset import Handset, NoNetwork
from console.people import Subject, subject
from console.scene import demo_shop, look, scene

FLOW = "winback_offer"
TEXT_LENGTH = 1600
"""Characters: a phone cuts longer texts (R70)."""


def simulator_blueprint(app: App, handset: Handset) -> Blueprint:
    """The routes under /shops/SLUG/simulator."""
    doors = Blueprint("simulator", __name__, url_prefix="/shops/<slug>/simulator")

    @doors.get("")
    @demo_or("simulator.play")
    def page(slug: str) -> str:
        view = scene(app, handset, slug, _customer(request.args.get("customer")))
        if view is None:
            abort(404)
        return render_template("simulator.html", view=view, notice="")

    @doors.get("/live")
    @demo_or("simulator.play", by_itself=True)
    def live(slug: str) -> AnyResponse:
        """204 while the page's mark is still the right one, else the parts of the page anew."""
        customer = _customer(request.args.get("customer"))
        seen = look(app, slug, customer)
        if seen is None:
            abort(404)
        if seen[1] == request.args.get("mark"):
            return Response(status=204)
        return _parts(slug, seen[0].customer_id, "")

    @doors.post("/text")
    @demo_or("simulator.play")
    def text(slug: str) -> AnyResponse:
        who = _posted(slug)
        body = request.form.get("body", "").replace("\x00", "").strip()[:TEXT_LENGTH]
        notice = ""
        if body:
            try:
                handset.text(who.phone, who.our_number, body)
            except NoNetwork as error:
                notice = str(error)
        return _after(slug, who, notice)

    @doors.post("/start")
    @demo_or("simulator.play")
    def start(slug: str) -> AnyResponse:
        who = _posted(slug)
        with app.database.write() as session:
            now = domain_now(session, app.real_now)
            made = enrol_one(session, who.shop_id, FLOW, who.customer_id, now)
        app.bell.ring("turns")
        return _after(slug, who, made.why if isinstance(made, NotEnrolled) else "")

    @doors.post("/hand-back")
    @demo_or("simulator.play")
    def hand_back(slug: str) -> AnyResponse:
        who = _posted(slug)
        with app.database.write() as session:
            held = lock(session, who.shop_id, who.conversation_id or 0)
            if held is not None and held.holder != "bot":
                give_back(session, held, domain_now(session, app.real_now))
        app.bell.ring("turns")
        return _after(slug, who, "")

    @doors.post("/clock")
    @demo_or("simulator.play")
    def clock(slug: str) -> AnyResponse:
        who = _posted(slug)
        with app.database.read() as session:
            now = domain_now(session, app.real_now)
            due = next_due(session, now, shop_id=who.shop_id, conversation_id=who.conversation_id or 0)
        moment = _jump(request.form.get("to", ""), now, who, due)
        if moment is None:
            return _after(slug, who, "Nothing is due for this customer.")
        try:
            move_to(app, moment)
        except NotMovable as error:
            return _after(slug, who, f"{error}.")
        return _after(slug, who, "")

    def _posted(slug: str) -> Subject:
        customer = _customer(request.form.get("customer"))
        with app.database.read() as session:
            shop = demo_shop(session, slug)
            who = subject(session, shop, customer) if shop and customer is not None else None
        if who is None:
            abort(404)
        return who

    def _after(slug: str, who: Subject, notice: str) -> AnyResponse:
        """The parts of the page for htmx; the page itself for a browser without scripts."""
        if request.headers.get("HX-Request") == "true":
            return _parts(slug, who.customer_id, notice)
        return redirect(url_for("simulator.page", slug=slug, customer=who.customer_id), 303)

    def _parts(slug: str, customer_id: int, notice: str) -> AnyResponse:
        view = scene(app, handset, slug, customer_id)
        if view is None:
            abort(404)
        return make_response(render_template("simulator_parts.html", view=view, notice=notice))

    return doors


def _jump(to: str, now: datetime, who: Subject, due: datetime | None) -> datetime | None:
    """Where a button leads; None when nothing is due there. Aborts with 404 for a button that there is not."""
    jumps = {
        "hour": now + timedelta(hours=1),
        "morning": next_morning(now, who.shop_zone),
        "days": now + timedelta(days=4),
        "next": due,
    }
    if to not in jumps:
        abort(404)
    return jumps[to]


def _customer(given: str | None) -> int | None:
    """The customer's id in the address; None when none is given. Aborts with 404 for what is no id."""
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 16):
        abort(404)
    return int(given)
