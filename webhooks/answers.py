"""What every door answers with: headers, plain errors, and notes in the log that hold no number and no body.

Owns the form of answers. Must not know a door.
"""

from __future__ import annotations

import json
import traceback
from typing import Any

import structlog
from flask import Response

from bot.db_faults import fault_of

_log = structlog.get_logger("webhooks")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def apply_headers(response: Response) -> Response:
    """The security headers, on each answer that has not set its own."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def json_answer(document: Any, status: int = 200) -> Response:
    """JSON in one piece."""
    return Response(json.dumps(document), status, mimetype="application/json")


def plain_error(status: int, message: str) -> Response:
    """An error without a trace of what caused it."""
    return json_answer({"error": message}, status)


def note(event: str, error: Exception, **plain: str) -> None:
    """Log a failure: its type and where it happened. Never its message: the database puts parameters into it, and
    with them numbers and bodies (I12). A trouble that is everybody's is said once a minute (bot.processes.logs)."""
    fault = fault_of(error)
    if fault in ("gone", "full", "busy"):
        plain |= {"fault": fault}
    cause = getattr(error, "orig", None) or error.__cause__
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
    _log.error(
        event, error=type(error).__name__, cause=type(cause).__name__ if cause else None, where=where, **plain
    )
