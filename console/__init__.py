"""Doors for people: the first page, the phone simulator, and the demo shop's till.

Owns the Flask application. Pages are made of plain values that the view modules read; templates decide nothing, and no
GET changes anything. There is no sign-in yet, so it listens on loopback only (bot.cli.processes refuses anything else)
and `console.guards` keeps other sites in the same browser out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, render_template
from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from bot.compose import App
    from console.handset import Handset

MAX_BODY = 64 * 1024
"""Bytes: a form with one text in it."""


def create_app(app: App, handset: Handset | None = None) -> Flask:
    """The server for people. `handset`: the customers' phones; without one, those at the stand-in."""
    from console.cart import cart_blueprint
    from console.guards import form_token, guard
    from console.handset import StandinHandset
    from console.pages import pages_blueprint
    from console.simulator import simulator_blueprint

    flask = Flask("console", static_folder="static", template_folder="templates", root_path=_root())
    flask.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    flask.jinja_env.trim_blocks = flask.jinja_env.lstrip_blocks = True
    guard(flask, app.keys)
    flask.context_processor(lambda: {"form_token": lambda: form_token(app.keys)})
    flask.register_blueprint(pages_blueprint(app))
    flask.register_blueprint(cart_blueprint(app))
    flask.register_blueprint(simulator_blueprint(app, handset or StandinHandset(app.settings)))
    flask.register_error_handler(HTTPException, _said)
    return flask


_EXPLAINED = {
    403: "This form is too old, or it did not come from this console. Go back, load the page again, and retry.",
    404: "There is no such page, or no such shop.",
    405: "This address takes no such request.",
    413: "That was too long.",
    421: "The console answers only under the name 127.0.0.1 or localhost.",
}


def _said(error: HTTPException) -> tuple[str, int, dict[str, str]]:
    code = error.code or 500
    # a page whose form has grown too old loads itself anew, when htmx asked
    headers = {"HX-Refresh": "true"} if code == 403 else {}
    explained = _EXPLAINED.get(code, "That did not work. The console's log says why.")
    return render_template("error.html", name=error.name, explained=explained), code, headers


def _root() -> str:
    return __path__[0]
