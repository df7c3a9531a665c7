"""The first page, and the way to the simulator. Reads only."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.compose import App
from console.overview import overview, shops


def pages_blueprint(app: App) -> Blueprint:
    """/, /simulator, /s/SLUG/ and /health."""
    doors = Blueprint("pages", __name__)

    @doors.get("/")
    def first() -> str | AnyResponse:
        there = shops(app)
        if len(there) == 1:
            return redirect(url_for("pages.shop", slug=there[0].slug))
        return render_template("shops.html", shops=there)

    @doors.get("/simulator")
    def simulator() -> AnyResponse:
        demo = next((shop for shop in shops(app) if shop.demo), None)
        if demo is None:
            abort(404)
        return redirect(url_for("simulator.page", slug=demo.slug))

    @doors.get("/s/<slug>/")
    def shop(slug: str) -> str:
        found = overview(app, slug)
        if found is None:
            abort(404)
        return render_template("shop.html", view=found, shop=found.shop)

    @doors.get("/health")
    def health() -> Response:
        return Response("ok\n", content_type="text/plain; charset=utf-8")

    return doors
