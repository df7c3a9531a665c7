"""The stations of a text, one line in the log at each: received, read, turned; written, claimed, sent, reported.

Owns the words and the one call that says them. A line carries ids and nothing else, never a body or a number (I12).
The trace of a text received is the provider's id for it, the trace of a text to send is its public id; both are what
`winback trace` takes, and `inbound` on the line «written» ties the second to the first. A line is said inside the
transaction that it tells of: when that one fails, the failure is the next line of the same conversation.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager

import structlog

_log = structlog.stdlib.get_logger("station")
_says: Callable[[int], bool] = logging.getLogger("station").isEnabledFor
"""Asked first: with `log.level: WARNING` a station costs a quarter of a microsecond."""


def passed(station: str, trace: str | None = None, **ids: object) -> None:
    """Say that a text passed this station. Without `trace` it is the one that is being followed."""
    if _says(logging.INFO):
        if trace is None:
            _log.info(station, **ids)
        else:
            _log.info(station, trace=trace, **ids)


def following(trace: str | None = None, **ids: object) -> AbstractContextManager[None]:
    """Put the trace and these ids on every line that is logged inside the block, by whomever."""
    return structlog.contextvars.bound_contextvars(**({"trace": trace} if trace else {}), **ids)
