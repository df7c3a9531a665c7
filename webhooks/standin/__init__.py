"""A stand-in for Twilio on loopback: the same REST calls, the same signed webhooks, and a record of what arrived.

Owns the application. Its state is in memory, so it runs as one process (gunicorn: one gthread worker). Demo, tests and
benchmarks reach it through the very client and webhooks that production uses; only the base address differs. It knows
nothing of Winback but the addresses of the webhooks.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask
from werkzeug.exceptions import HTTPException

from bot.clock import RealNow, real_now
from webhooks.standin.control import control_blueprint
from webhooks.standin.faults import Faults
from webhooks.standin.messages import messages_blueprint
from webhooks.standin.numbers import numbers_blueprint
from webhooks.standin.outgoing import Outgoing
from webhooks.standin.state import State
from webhooks.standin.wire import answer


def create_standin(
    accounts: Mapping[str, str],
    webhook_base: str,
    *,
    reports: bool = True,
    handles_keywords: bool = True,
    now: RealNow = real_now,
) -> Flask:
    """The stand-in for these accounts (sid -> token), which texts Winback at `webhook_base` (its public address).

    `reports`: send status reports; can be changed while it runs. `handles_keywords`: STOP, START and HELP are answered
    here, as Twilio does for long codes (R50); off: as for a short code (R56).
    """
    flask = Flask("webhooks.standin", static_folder=None)
    flask.config["MAX_CONTENT_LENGTH"] = 1_000_000
    state = State(accounts, handles_keywords=handles_keywords, now=now)
    outgoing = Outgoing(state, webhook_base, on=reports)
    faults = Faults()
    flask.register_blueprint(messages_blueprint(state, outgoing, faults))
    flask.register_blueprint(numbers_blueprint(state))
    flask.register_blueprint(control_blueprint(state, outgoing, faults))
    flask.register_error_handler(HTTPException, _plain)
    return flask


def _plain(error: HTTPException):  # type: ignore[no-untyped-def]
    status = error.code or 500
    return answer(
        {"code": 20404 if status == 404 else status * 100, "message": error.name, "status": status}, status
    )
