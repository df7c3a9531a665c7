"""Can anything be stored right now? Asked by writing, because nothing else is an answer.

Owns the probe: one row large enough to need new room, committed and taken away again. For `winback doctor`, and for
/health/ready once a write of its process was refused. Not for every second: it costs two commits.
"""

from __future__ import annotations

from sqlalchemy import delete

from bot.db import Database
from bot.db_faults import Fault, fault_of
from bot.models import Instance

NAME = "room"
BYTES = 64 * 1024
"""More than what lies free in half-filled pages, so that a full disk is noticed and not written around."""


def trouble_storing(database: Database) -> Fault | None:
    """What keeps a row from being stored; None when one was. Leaves nothing behind. Raises what is no database's fault."""
    try:
        with database.write() as session:
            session.execute(delete(Instance).where(Instance.name == NAME))
            session.add(Instance(name=NAME, value={"filler": _filler()}))
        with database.write() as session:
            session.execute(delete(Instance).where(Instance.name == NAME))
    except Exception as error:
        fault = fault_of(error)
        if fault == "other":
            raise
        return fault
    return None


def _filler() -> str:
    """Text that compresses badly: PostgreSQL would store a repeated letter in a handful of bytes."""
    state, letters = 1, []
    for _ in range(BYTES):
        state = state * 1_103_515_245 + 12_345 & 0x7FFF_FFFF
        letters.append(chr(48 + (state >> 16) % 75))
    return "".join(letters).replace("\\", "/")
