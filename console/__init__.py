"""Doors for people: sign-in, the first page, the inbox, people and audit of a shop, the phone simulator, and the demo shop's till.

Owns the Flask application. Pages are made of plain values that the view modules read; templates decide nothing, and no
GET changes anything. `console.guards` asks the questions before every request, `console.access` says who may open which
route. A new room of pages is one more line in `_rooms`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, render_template
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from bot.db_faults import everybodys

if TYPE_CHECKING:
    from bot.compose import App
    from console.handset import Handset

_log = logging.getLogger(__name__)

MAX_BODY = 64 * 1024
"""Bytes: a form with one text in it."""


def create_app(app: App, handset: Handset | None = None) -> Flask:
    """The server for people. `handset`: the customers' phones; without one, those at the stand-in."""
    from console.access import check_declared
    from console.frame import fill_frame
    from console.guards import guard
    from console.handset import StandinHandset
    from console.still import Still

    flask = Flask("console", static_folder="static", template_folder="templates", root_path=_root())
    flask.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    flask.jinja_env.trim_blocks = flask.jinja_env.lstrip_blocks = True
    guard(flask, app)
    fill_frame(flask, app)
    for room in _rooms(app, handset or StandinHandset(app.settings)):
        flask.register_blueprint(room)
    flask.register_error_handler(HTTPException, _said)
    flask.register_error_handler(SQLAlchemyError, _faulty)
    check_declared(flask)
    flask.wsgi_app = Still(flask.wsgi_app, app.recent, app.real_now)  # type: ignore[method-assign]
    return flask


def _rooms(app: App, handset: Handset) -> Iterator[Blueprint]:
    from console.account import account_blueprint
    from console.audit import audit_blueprint
    from console.cart import cart_blueprint
    from console.inbox import inbox_blueprint
    from console.pages import pages_blueprint
    from console.signin import signin_blueprint
    from console.signin_links import links_blueprint
    from console.simulator import simulator_blueprint
    from console.staff import staff_blueprint
    from console.work import work_blueprint

    yield pages_blueprint(app)
    yield signin_blueprint(app)
    yield links_blueprint(app)
    yield account_blueprint(app)
    yield staff_blueprint(app)
    yield audit_blueprint(app)
    yield inbox_blueprint(app)
    yield work_blueprint(app)
    yield cart_blueprint(app)
    yield simulator_blueprint(app, handset)


_EXPLAINED = {
    403: "This form is too old, or it did not come from this console. Go back, load the page again, and retry.",
    404: "There is no such page, or no such shop.",
    405: "This address takes no such request.",
    413: "That was too long.",
    421: "The console does not answer under this name; the setting console.url says under which.",
    429: "That was too often. Wait a quarter of an hour.",
    503: "The database is busy, or away. Nothing of this was done: go back, and try again in a moment.",
}
_NOT_YOUR_ROLE = "Your role at this shop does not include this. An owner of the shop can change that."


def _said(error: HTTPException) -> tuple[str, int, dict[str, str]]:
    code = error.code or 500
    role = code == 403 and error.description == "role"
    # a page whose form has grown too old loads itself anew, when htmx asked
    headers = {"HX-Refresh": "true"} if code == 403 and not role else {}
    explained = _EXPLAINED.get(code, "That did not work. The console's log says why.")
    page = render_template(
        "error.html",
        name="Not for your role" if role else error.name,
        explained=_NOT_YOUR_ROLE if role else explained,
    )
    return page, code, headers


def _faulty(error: SQLAlchemyError) -> tuple[str, int, dict[str, str]]:
    """A trouble of the whole database is nobody's bug: said as such. Any other is raised, for the log."""
    if not everybodys(error):
        raise error
    _log.warning("the console met a busy or absent database: %s", error.__class__.__name__)
    page, code, headers = _said(ServiceUnavailable())
    return page, code, headers | {"Retry-After": "2"}


def _root() -> str:
    return __path__[0]
