"""The first page, a shop's first page, and the way to the simulator. Reads only."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.compose import App
from bot.staff.sessions import memberships
from console.access import account, anyone, needs, signed_in
from console.overview import overview, shops


def pages_blueprint(app: App) -> Blueprint:
    """/, /shops/SLUG/, /simulator and /health; and /s/..., where shops were before."""
    doors = Blueprint("pages", __name__)

    @doors.get("/")
    @signed_in
    def first() -> str | AnyResponse:
        with app.database.read() as session:
            mine = {each.slug: each.role for each in memberships(session, account().account_id)}
        there = [shop for shop in shops(app) if shop.slug in mine]
        if len(there) == 1:
            return redirect(url_for("pages.shop", slug=there[0].slug))
        return render_template("shops.html", shops=there, roles=mine)

    @doors.get("/shops/<slug>/")
    @needs("shop.look")
    def shop(slug: str) -> str:
        found = overview(app, slug)
        if found is None:
            abort(404)
        return render_template("shop.html", view=found, shop=found.shop)

    @doors.get("/simulator")
    @anyone
    def simulator() -> AnyResponse:
        demo = next((shop for shop in shops(app) if shop.demo), None)
        if demo is None:
            abort(404)
        return redirect(url_for("simulator.page", slug=demo.slug))

    @doors.get("/s/<path:rest>")
    @anyone
    def before(rest: str) -> AnyResponse:
        """Texts that are out there lead here: the demo's till was at this address."""
        query = request.query_string.decode("utf-8", "replace")
        return redirect(f"/shops/{rest}" + (f"?{query}" if query else ""), 308)

    @doors.get("/health")
    @anyone
    def health() -> Response:
        return Response("ok\n", content_type="text/plain; charset=utf-8")

    return doors
