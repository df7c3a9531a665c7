"""Taking a backup while everything runs: SQLite's online copy, or PostgreSQL's own pg_dump.

Owns the copy and its mark. Must not stop anybody: writers go on, and the copy is of one moment. It holds what the
database holds, which is everybody's numbers: mode 0600, and encrypted by whoever carries it elsewhere.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sqlite3
import subprocess
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError

from bot.backups.manifest import MARK, BackupFailed, Manifest, digest, write_manifest
from bot.compose import App
from bot.models import Instance, Outbound
from bot.settings import child_environment

LAST = "last_backup"
"""The instance fact that says when the last one was made."""


def take(app: App, file: Path) -> Manifest:
    """Write a backup to `file`, and its manifest beside it. Raises BackupFailed; then there is neither.

    A file that is there already is not touched: yesterday's backup may be the good one.
    """
    if file.exists():
        raise BackupFailed(f"{file} is there already: give another name")
    if app.settings.secret_key is None:
        raise BackupFailed("there is no secret key: without it a backup could not be used")
    now = app.real_now()
    try:
        with app.database.read() as session:
            schema = str(session.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    except (SQLAlchemyError, OSError) as error:
        raise BackupFailed("the database does not answer, or is empty: `winback doctor` says more") from error
    part = file.with_name(file.name + ".part")
    try:
        with suppress(FileNotFoundError):
            part.unlink()
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        texts = _copy_sqlite(app, part) if app.database.is_sqlite else _dump(app, part)
        _to_disk(part)
        manifest = Manifest(
            made_at=now,
            kind="sqlite" if app.database.is_sqlite else "postgresql",
            schema=schema,
            key=app.keys.fingerprint(),
            texts=texts,
            bytes=part.stat().st_size,
            sha256=digest(part),
        )
        write_manifest(file, manifest)
        part.replace(file)
        _to_disk(file.parent)
    except OSError as error:
        raise BackupFailed(f"{file} could not be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    _remember(app, now)
    return manifest


def dump_command(address: str) -> list[str]:
    """The pg_dump that makes a backup of this PostgreSQL database. Without the password, which goes by environment.

    The schema's version is left out: a dump put back by hand is refused by every process, see bot.backups.manifest.
    """
    return [
        "pg_dump",
        "--format=custom",
        "--no-owner",
        "--exclude-table-data=alembic_version",
        f"--dbname={address}",
    ]


def postgres_address(url: str) -> tuple[str, dict[str, str]]:
    """A database's address as PostgreSQL's own programs take it, and the environment that they need."""
    parsed = make_url(url)
    password = parsed.password
    plain = parsed.set(drivername="postgresql")
    plain = plain._replace(password=None)
    return plain.render_as_string(hide_password=False), {"PGPASSWORD": password} if password else {}


def _copy_sqlite(app: App, part: Path) -> int:
    """One step, so that the copy is of one moment; in WAL mode nobody waits for it."""
    source_path = make_url(app.settings.database).database
    with (
        closing(sqlite3.connect(f"file:{source_path}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(part)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        copy.execute("UPDATE alembic_version SET version_num = ?", (MARK,))
        copy.commit()
        found = copy.execute("PRAGMA quick_check").fetchone()[0]
        if found != "ok":
            raise BackupFailed(f"the database is damaged ({found}): keep the older backups")
        return int(copy.execute("SELECT count(*) FROM outbound").fetchone()[0])


def _dump(app: App, part: Path) -> int:
    address, secrets = postgres_address(app.settings.database)
    command = [*dump_command(address), f"--file={part}"]
    if shutil.which("pg_dump") is None:
        told = shlex.join([*dump_command(address), f"--file={part.with_suffix('')}"])
        raise BackupFailed(
            f"there is no pg_dump here: install postgresql-client of the server's version, or run\n  {told}"
        )
    with app.database.read() as session:
        texts = session.execute(select(func.count()).select_from(Outbound)).scalar_one()
    done = subprocess.run(
        command, env=child_environment(**secrets), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupFailed(
            f"pg_dump says: {done.stderr.strip().splitlines()[0] if done.stderr else 'nothing'}"
        )
    return texts


def _remember(app: App, now: datetime) -> None:
    with app.database.write() as session:
        known = session.get(Instance, LAST)
        if known is None:
            session.add(Instance(name=LAST, value={"at": now.isoformat()}))
        else:
            known.value = {"at": now.isoformat()}


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
