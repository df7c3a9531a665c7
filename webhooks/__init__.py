"""Doors for machines: Twilio, short links, the JSON API, health, metrics; and the one page for customers, to sign up.

Owns the Flask application: limits, headers, and errors that tell nobody anything. Must not decide: a door turns a
request into plain values, calls the core, and turns what comes back into an answer. No cookies, no sessions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from webhooks.answers import apply_headers, note, plain_error

if TYPE_CHECKING:
    from bot.compose import App

MAX_BODY = 256 * 1024
"""Bytes. Twilio's longest form is some 20 kB; whatever is larger gets 413."""


def create_app(app: App) -> Flask:
    """The server for machines. Opens no connection; the database is first touched by the first request."""
    from prometheus_client import CollectorRegistry

    # Imported here, so that the stand-in (a room of this package, a process of its own) does not load the core.
    from webhooks.api import api_blueprint
    from webhooks.cards import cards_blueprint
    from webhooks.health import health_blueprint
    from webhooks.links import links_blueprint
    from webhooks.metrics import StopWatch, metrics_blueprint
    from webhooks.signup import signup_blueprint
    from webhooks.twilio import twilio_blueprint

    flask = bare_app()
    for blueprint in (
        twilio_blueprint(app),
        links_blueprint(app),
        cards_blueprint(app),
        api_blueprint(app),
        signup_blueprint(app),
        health_blueprint(app),
    ):
        flask.register_blueprint(blueprint)
    registry = CollectorRegistry()
    flask.register_blueprint(metrics_blueprint(app, registry))
    flask.wsgi_app = StopWatch(flask.wsgi_app, registry)  # type: ignore[method-assign]
    return flask


def bare_app() -> Flask:
    """Limits, headers and error pages, without any door."""
    flask = Flask("webhooks", static_folder=None)
    flask.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    flask.after_request(apply_headers)
    flask.register_error_handler(HTTPException, _http_error)
    flask.register_error_handler(Exception, _unexpected)
    return flask


def _http_error(error: HTTPException) -> Response:
    return plain_error(error.code or 500, error.name)


def _unexpected(error: Exception) -> Response:
    note("request failed", error)
    return plain_error(500, "Internal Server Error")
