"""Logs: structlog in front, the standard library behind, and a mask over every number (I12).

The lines of bot.stations come as plain records, to be cheap, and leave in the same form.

Owns format and masking. Bodies of texts are never logged at all: nobody passes one.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import time
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog

from bot.phones import mask
from bot.privacy.cards import mask_cards
from bot.settings import LogSettings
from bot.stations import LOGGER as STATION
from bot.stations import followed

_PHONE = re.compile(r"\+\d{8,15}\b|(?<![\w.:-])\d{10,11}(?![\w.:-])|\(?\b\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b")
"""Narrower than bot.phones.mask_in: dates, addresses and durations must stay readable in a log."""

SELDOM_SECONDS = 60.0


def mask_numbers(text: str) -> str:
    """The text with whatever may be a card's or a phone's number in it masked."""
    return _PHONE.sub(lambda found: mask(re.sub(r"[^\d+]", "", found.group())), mask_cards(text))


def set_up(settings: LogSettings) -> None:
    """Send every log line of this process, ours and the libraries', to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        add_followed,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _masked,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings.format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Seldom())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.level)
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(StationLine(as_json=settings.format == "json"))
    station = logging.getLogger(STATION)
    station.handlers, station.propagate = [lines], False
    for noisy in ("urllib3", "twilio", "alembic", "rq", "werkzeug"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def add_followed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What is being followed (bot.stations), unless the line says it itself."""
    for name, value in followed().items():
        event.setdefault(name, value)
    return event


class Seldom(logging.Filter):
    """Says of a trouble that is everybody's (`fault=` on the line: bot.db_faults) the same thing once a minute.

    A full disk refuses a thousand texts a minute, and one line says all that there is to say. The next one that passes
    has `times`: for how many it stands.
    """

    def __init__(self, seconds: float = SELDOM_SECONDS, ticks: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._seconds, self._ticks = seconds, ticks
        self._lock = threading.Lock()
        self._said: dict[tuple[str, ...], float] = {}
        self._held: dict[tuple[str, ...], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        line = record.msg
        if not isinstance(line, dict) or "fault" not in line:
            return True
        key = (record.name, str(line.get("event")), str(line["fault"]))
        with self._lock:
            now, last = self._ticks(), self._said.get(key)
            if last is not None and now < last + self._seconds:
                self._held[key] = self._held.get(key, 0) + 1
                return False
            self._said[key] = now
            held = self._held.pop(key, 0)
        if held:
            line["times"] = held + 1
        return True


class StationLine(logging.Formatter):
    """One line of bot.stations: its word, its ids, the time; masked as all lines are."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        given: Any = record.args
        ids = {name: _plain(value) for name, value in given.items()}
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        if self._as_json:
            line = {**ids, "event": record.msg, "level": "info", "logger": record.name}
            return json.dumps({**line, "timestamp": at})
        told = " ".join(f"{name}={value}" for name, value in ids.items())
        return f"{at} [info     ] {record.msg:<10} {told}"


def _plain(value: object) -> object:
    """A value as it may be shown. An id of letters and digits can't be a number to mask, and is most of what comes."""
    if not isinstance(value, str) or (value.isalnum() and not value.isdigit()):
        return value
    return mask_numbers(value)


def _masked(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str) and name != "timestamp":
            event[name] = mask_numbers(_ROW.sub("DETAIL: (left out)", value))
    return event


_ROW = re.compile(r"\bDETAIL: .*?(?=\n\[SQL:|\nCONTEXT:|\n\nThe above exception|\Z)", re.DOTALL)
"""PostgreSQL's own words of a refused row are the row, bodies included."""
