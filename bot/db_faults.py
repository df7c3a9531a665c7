"""What kind of trouble a database's error is: everybody's, or that of the row in hand.

Owns the classification, and calling again where that alone is the remedy. A server that was restarted, a full disk and a
lock that is not to be had concern every conversation alike: nobody is put off for a minute because of them. Must not
know a table. Both drivers' own errors are understood, and SQLAlchemy's around them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal, TypeAlias, TypeVar

from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

T = TypeVar("T")

Fault: TypeAlias = Literal["gone", "full", "busy", "collided", "other"]
"""gone: no connection, or the server is going down or coming up. full: the disk takes no more. busy: a lock or a
connection was not to be had in time. collided: two transactions met, and this one gave way (deadlock, serialization):
the same again is right. other: this very statement's or row's."""

TRIES = 3
"""How often what collided is tried altogether."""

_FULL = {"53100"}
_BUSY = {"55P03", "57014", "53300", "53400"}
_COLLIDED = {"40001", "40P01"}
_GONE = {"57P01", "57P02", "57P03", "57P05", "25P03", "25P04", "53200", "58000", "58030"}

# SQLite's primary result codes: https://www.sqlite.org/rescode.html
_SQLITE: dict[int, Fault] = {5: "busy", 6: "busy", 8: "gone", 10: "full", 13: "full", 14: "gone", 26: "gone"}


def fault_of(error: BaseException) -> Fault:
    """What kind of trouble this is. Anything that is no error of a database is «other»."""
    if isinstance(error, PoolTimeout):
        return "busy"
    if isinstance(error, DisconnectionError):
        return "gone"
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if (code := getattr(cause, "sqlite_errorcode", None)) is not None:
        return _SQLITE.get(code & 0xFF, "other")
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return _of_state(state)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return "gone"
    # the driver's own words for a connection that broke or was never there carry no state
    ours = type(cause).__module__.partition(".")[0] in ("psycopg", "sqlite3")
    lost = isinstance(error, OperationalError | InterfaceError) or type(cause).__name__ in _LOST
    return "gone" if ours and lost else "other"


def everybodys(error: BaseException) -> bool:
    """Whether the trouble is not of the row in hand, so that others would meet it as well."""
    return fault_of(error) in ("gone", "full", "busy")


def again(call: Callable[[], T]) -> T:
    """The call's result; called anew when it collided, and once when its connection turned out to be dead.

    Only for what may run twice: a commit whose answer got lost has happened (I10).
    """
    for left in range(TRIES - 1, 0, -1):
        try:
            return call()
        except Exception as error:
            match fault_of(error):
                case "collided":
                    continue
                case "gone" if left == TRIES - 1:
                    continue
                case _:
                    raise
    return call()


def persist(call: Callable[[], T], until: float) -> T:
    """The same, and while the trouble is everybody's, again and again until `until` (of time.monotonic). When that is
    over before it begins, the call is made once, and never anew."""
    if time.monotonic() > until:
        return call()
    pause = 0.05
    while True:
        try:
            return again(call)
        except Exception as error:
            if not everybodys(error) or time.monotonic() + pause > until:
                raise
        time.sleep(pause)
        pause = min(pause * 2, 0.5)


def _of_state(state: str) -> Fault:
    if state in _COLLIDED:
        return "collided"
    if state in _FULL:
        return "full"
    if state in _BUSY:
        return "busy"
    return "gone" if state in _GONE or state.startswith("08") else "other"


_LOST = ("OperationalError", "InterfaceError", "ConnectionTimeout")
