"""Is the process alive, and can it work? For load balancers and `winback doctor`.

Owns the two questions; what is wrong is one word each (ok, away, schema, full, busy, unused), and `winback doctor` says
the rest. Asking costs a look, and a write only while the last write of this process was refused: a disk that is full
lets everything be read.
Redis is named and never decides: without it only latency suffers (I9).
"""

from __future__ import annotations

from flask import Blueprint, Response

from bot.compose import App
from bot.jobs.ringing import RqBell
from bot.schema import WrongSchema, check
from bot.storing import trouble_storing
from webhooks.answers import json_answer, note


def health_blueprint(app: App) -> Blueprint:
    """/health/live and /health/ready."""
    doors = Blueprint("health", __name__, url_prefix="/health")

    @doors.get("/live")
    def live() -> Response:
        return json_answer({"live": True})

    @doors.get("/ready")
    def ready() -> Response:
        database = _database(app)
        redis = _redis(app)
        good = database == "ok"
        return json_answer({"ready": good, "database": database, "redis": redis}, 200 if good else 503)

    return doors


def _database(app: App) -> str:
    try:
        check(app.database)
        fault = trouble_storing(app.database) if app.database.trouble else None
    except WrongSchema:
        return "schema"
    except Exception as error:
        note("the database is away", error)
        return "away"
    match fault:
        case None:
            return "ok"
        case "full" | "busy":
            return fault
        case _:
            return "away"


def _redis(app: App) -> str:
    if not isinstance(app.bell, RqBell):
        return "unused"
    return "ok" if app.bell.answers() else "away"
