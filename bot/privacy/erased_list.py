"""Who was erased, beside the database: so that a backup of before brings nobody back for longer than a minute.

Owns the file `erased.list` in the home folder of the machine that runs the clock: a shop and a phone key a line, nothing that
leads to a number. What the database knows and the file does not is appended; what only the file knows was erased in a
database that is gone, and is erased again.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TypeAlias

import structlog
from sqlalchemy import select

from bot.clock import domain_now
from bot.compose import App
from bot.models import Customer, Erasure
from bot.privacy.erase import ask, carry_out

FILE = "erased.list"
BY = "erased.list, after a restore"

Name: TypeAlias = tuple[int, str]
_LINE = re.compile(r"(\d+) ([0-9a-f]{64})")
_log = structlog.stdlib.get_logger(__name__)


def keep(app: App) -> int:
    """Bring file and database together; gives how many were erased again."""
    path = app.settings.home / FILE
    with app.database.read() as session:
        here = {(row.shop_id, row.phone_key) for row in session.execute(_ALL)}
    try:
        listed = _read(path)
        _append(path, sorted(here - listed))
    except OSError as error:
        _log.warning("the list of erased customers can't be kept", why=error.strerror)
        return 0
    return sum(_again(app, *name) for name in sorted(listed - here))


def _again(app: App, shop_id: int, phone_key: str) -> bool:
    """Erase somebody whom a restored database still has. False: it never knew them, or another one wrote that line."""
    with app.database.write() as session:
        phone = session.execute(
            select(Customer.phone).where(Customer.shop_id == shop_id, Customer.phone_key == phone_key)
        ).scalar()
        now = domain_now(session, app.real_now)
        asked = ask(session, shop_id, phone_key, now, by=BY, phone=phone or "")
    if asked is None:
        return False
    carry_out(app, asked.erasure_id)
    _log.warning("somebody whom a backup brought back was erased again", shop=shop_id)
    return True


def _read(path: Path) -> set[Name]:
    if not path.exists():
        return set()
    found = (_LINE.fullmatch(line) for line in path.read_text("ascii", "replace").splitlines())
    return {(int(match[1]), match[2]) for match in found if match}


def _append(path: Path, names: list[Name]) -> None:
    if not names:
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{shop_id} {phone_key}\n" for shop_id, phone_key in names)


_ALL = select(Erasure.shop_id, Erasure.phone_key)
