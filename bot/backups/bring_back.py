"""Restoring a backup: into an empty place, or over what is there when somebody insists.

Owns the order of steps: everything that can be refused is refused before anything changes, and on SQLite the copy is
migrated and settled (bot.backups.afterwards) under another name, so that no process ever sees it half done. What it
replaces is moved aside, never deleted. On PostgreSQL the dump carries no schema version, so that no process starts on
it until the version is written here.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import inspect, make_url, select, text

from bot.backups.afterwards import Settled, settle
from bot.backups.manifest import Manifest, RestoreRefused, manifest_of
from bot.backups.take import postgres_address
from bot.clock import domain_now
from bot.compose import App
from bot.db import Database, connect
from bot.models import Shop
from bot.processes.home import HomeTaken, locked
from bot.schema import migrate, newest
from bot.settings import child_environment


def bring_back(app: App, file: Path, *, force: bool) -> tuple[Manifest, Settled]:
    """Restore `file`. Raises RestoreRefused with nothing changed. All processes of Winback must have ended."""
    manifest = manifest_of(file)
    if manifest.schema > newest():
        raise RestoreRefused(
            f"the backup is of schema {manifest.schema}, newer than this program: install that version"
        )
    if app.settings.secret_key is None or app.keys.fingerprint() != manifest.key:
        raise RestoreRefused(
            "the backup was made with another secret key, so who opted out could not be found: bring back that "
            "WINBACK_SECRET_KEY first (secrets.env in the old home folder)"
        )
    if (manifest.kind == "sqlite") != app.database.is_sqlite:
        raise RestoreRefused(f"the backup is of {manifest.kind}, and DATABASE_URL says something else")
    with _nobody_else(app):
        done = (
            _sqlite(app, file, manifest, force)
            if app.database.is_sqlite
            else _postgres(app, file, manifest, force)
        )
    return manifest, done


@contextmanager
def _nobody_else(app: App) -> Iterator[None]:
    try:
        with locked(app.settings.home), locked(app.settings.home, "clock.lock"):
            yield
    except HomeTaken as error:
        raise RestoreRefused(f"{error}, and web, console, worker and clock wherever else they run") from error


def _sqlite(app: App, file: Path, manifest: Manifest, force: bool) -> Settled:
    name = make_url(app.settings.database).database
    assert name
    path = Path(name)
    app.database.close()  # our own connections would count as somebody else's
    if path.exists():
        _alone(path)
        if not force and _has_shops(app.database):
            raise RestoreRefused(f"{path} has shops in it: give --force to put it aside and restore over it")
    app.database.close()
    part = path.with_name(path.name + ".part")
    try:
        shutil.copyfile(file, part)
        part.chmod(0o600)
        with closing(sqlite3.connect(part)) as raw:
            raw.execute("UPDATE alembic_version SET version_num = ?", (manifest.schema,))
            raw.commit()
        copy = connect(f"sqlite:///{part}")
        migrate(copy)
        done = _settled(app, copy, manifest.made_at)
        copy.close()
        _alone(part)
        if path.exists():
            _alone(path)  # once more: somebody may have opened it meanwhile
            path.rename(path.with_name(f"{path.name}.before-{app.real_now():%Y%m%d-%H%M%S}"))
        _sync(part)
        part.rename(path)
        _sync(path.parent)
    finally:
        for left in (part, part.with_name(part.name + "-wal"), part.with_name(part.name + "-shm")):
            left.unlink(missing_ok=True)
    return done


def _postgres(app: App, file: Path, manifest: Manifest, force: bool) -> Settled:
    if shutil.which("pg_restore") is None:
        raise RestoreRefused("there is no pg_restore here: install postgresql-client of the server's version")
    there = inspect(app.database.engine).has_table("shops")
    if there and not force and _has_shops(app.database):
        raise RestoreRefused(
            "the database has shops in it: give --force to restore over it, or name an empty one"
        )
    address, secrets = postgres_address(app.settings.database)
    command = [
        "pg_restore",
        "--single-transaction",
        "--no-owner",
        "--clean",
        "--if-exists",
        f"--dbname={address}",
    ]
    app.database.close()
    done = subprocess.run(
        [*command, str(file)], env=child_environment(**secrets), capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise RestoreRefused(f"pg_restore says: {said[0] if said else 'nothing'}")
    with app.database.write() as session:
        # paused in the transaction that makes the database usable at all; `settle` does the rest
        live = session.execute(text("UPDATE shops SET state = 'paused' WHERE state = 'live'"))
        paused: int = live.rowcount  # type: ignore[attr-defined]
        session.execute(text("DELETE FROM alembic_version"))
        session.execute(
            text("INSERT INTO alembic_version (version_num) VALUES (:it)"), {"it": manifest.schema}
        )
    migrate(app.database)
    return _settled(app, app.database, manifest.made_at, paused)


def _settled(app: App, database: Database, made_at: datetime, paused: int = 0) -> Settled:
    with database.read() as session:
        now = domain_now(session, app.real_now)
    return settle(database, made_at, now, paused=paused)


def _has_shops(database: Database) -> bool:
    if not inspect(database.engine).has_table("shops"):
        return False
    with database.read() as session:
        return session.scalar(select(Shop.id).limit(1)) is not None


def _alone(path: Path) -> None:
    """Raises RestoreRefused while anybody else has the file open; leaves it without a write-ahead log beside it."""
    with closing(sqlite3.connect(path, timeout=1)) as raw:
        try:
            mode = raw.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
        except sqlite3.OperationalError:
            mode = "in use"
        except sqlite3.DatabaseError as error:
            raise RestoreRefused(f"{path} is not a database: move it away first") from error
    if mode != "delete":
        raise RestoreRefused(
            f"another process has {path.name} open: end web, console, worker and clock first"
        )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
