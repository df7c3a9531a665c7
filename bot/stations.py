"""The stations of a text, one line in the log at each: received, read, turned; written, claimed, sent, reported.

Owns the words, and the one call that says them. A line carries ids and nothing else, never a body or a number (I12).
The trace of a text received is the provider's id for it, the trace of a text to send is its public id; both are what
`winback trace` takes, and `inbound` on the line «written» ties the second to the first. A line is said inside the
transaction that it tells of: when that one fails, the failure is the next line of the same conversation.

There are seven lines to a text and its answer, so they don't go through structlog: a fifth of its time is enough for a
dictionary of ids (bot.processes.logs writes it in the same form).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextvars import ContextVar, Token
from typing import Final

LOGGER: Final = "station"
_log = logging.getLogger(LOGGER)
_followed: ContextVar[Mapping[str, object]] = ContextVar("followed", default={})  # noqa: B039  never changed in place


def passed(station: str, trace: str, **ids: object) -> None:
    """Say that the text with this trace passed a station. Costs next to nothing with `log.level: WARNING`."""
    if _log.isEnabledFor(logging.INFO):
        ids["trace"] = trace
        # made by hand: `info` would walk the stack to find out who called
        _log.handle(logging.LogRecord(LOGGER, logging.INFO, "", 0, station, (ids,), None))


class following:  # noqa: N801  reads as a verb: `with following(trace=...)`
    """Puts these ids on every line that is logged inside the block, by whomever."""

    __slots__ = ("_ids", "_token")

    def __init__(self, **ids: object) -> None:
        self._ids = ids

    def __enter__(self) -> None:
        self._token: Token[Mapping[str, object]] = _followed.set({**_followed.get(), **self._ids})

    def __exit__(self, *_: object) -> None:
        _followed.reset(self._token)


def followed() -> Mapping[str, object]:
    """The ids that belong on a line which is logged right now."""
    return _followed.get()
