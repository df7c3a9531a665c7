"""A backup is whole, of one moment and its owner's alone; what is spoilt, foreign or in use is refused."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.backups.bring_back import bring_back
from bot.backups.manifest import BackupFailed, RestoreRefused, manifest_of
from bot.backups.take import take
from bot.db import connect
from bot.keys import Keys
from bot.models import (
    Shop,
)
from bot.schema import WrongSchema, check, migrate
from tests.bot.backups.conftest import Elsewhere
from tests.support.cast import Cast
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


def test_a_backup_belongs_to_its_owner_alone(here: FakedApp, tmp_path: Path) -> None:
    take(here, tmp_path / "backup")
    for name in ("backup", "backup.json"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert "5e5e5e" not in (tmp_path / "backup.json").read_text()
    assert not list(tmp_path.glob("*.part*"))


def test_a_backup_is_not_written_over_another(here: FakedApp, tmp_path: Path) -> None:
    (tmp_path / "backup").write_text("yesterday's")
    with pytest.raises(BackupFailed, match="another name"):
        take(here, tmp_path / "backup")
    assert (tmp_path / "backup").read_text() == "yesterday's"
    with pytest.raises(BackupFailed, match="could not be written"):
        take(here, tmp_path / "no" / "such" / "folder")


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def _newer(file: Path) -> None:
    path = file.with_name("backup.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": "9999"}))


def _alone(file: Path) -> None:
    file.with_name("backup.json").unlink()


def _rubbish(file: Path) -> None:
    file.with_name("backup.json").write_text('{"made_at": 3}')


@pytest.mark.parametrize(
    ("spoil", "why"),
    [(_cut, "cut off"), (_newer, "newer"), (_alone, "missing"), (_rubbish, "not a manifest")],
)
def test_a_spoilt_backup_is_refused(
    here: FakedApp, elsewhere: Elsewhere, tmp_path: Path, spoil: Callable[[Path], None], why: str
) -> None:
    take(here, tmp_path / "backup")
    spoil(tmp_path / "backup")
    there = elsewhere()
    with pytest.raises(RestoreRefused, match=why):
        bring_back(there, tmp_path / "backup", force=False)
    with pytest.raises(WrongSchema):
        check(there.database)


def test_another_secret_key_is_refused_whatever_is_forced(
    here: FakedApp, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    take(here, tmp_path / "backup")
    other = replace(elsewhere(), keys=Keys(b"another key, as long as it has to be"))
    with pytest.raises(RestoreRefused, match="who opted out"):
        bring_back(other, tmp_path / "backup", force=True)


def test_shops_are_not_written_over_unless_somebody_insists(
    here: FakedApp, cast: Cast, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    take(here, tmp_path / "backup")
    there = elsewhere()
    bring_back(there, tmp_path / "backup", force=False)
    with there.database.write() as session:
        session.execute(update(Shop).values(name="Changed since"))
    with pytest.raises(RestoreRefused, match="--force"):
        bring_back(there, tmp_path / "backup", force=False)
    with there.database.read() as session:
        assert set(session.scalars(select(Shop.name))) == {"Changed since"}
    bring_back(there, tmp_path / "backup", force=True)
    with there.database.read() as session:
        assert "Changed since" not in set(session.scalars(select(Shop.name)))
    if there.database.is_sqlite:
        assert len(list(there.settings.home.glob("winback.db.before-*"))) == 1


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_a_copy_put_back_by_hand_is_refused(here: FakedApp, tmp_path: Path) -> None:
    """Else everything that was ready when the copy was made would leave again."""
    take(here, tmp_path / "backup")
    shutil.copyfile(tmp_path / "backup", tmp_path / "by-hand.db")
    database = connect(f"sqlite:///{tmp_path / 'by-hand.db'}")
    for use in (check, migrate):
        with pytest.raises(WrongSchema, match="winback restore"):
            use(database)
    database.close()


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_nothing_is_restored_under_a_running_process(here: FakedApp, cast: Cast, tmp_path: Path) -> None:
    take(here, tmp_path / "backup")
    worker = connect(here.settings.database)
    with worker.read() as session:
        session.execute(select(Shop.id)).all()
    with pytest.raises(RestoreRefused, match="another process"):
        bring_back(here, tmp_path / "backup", force=True)
    worker.close()
    here.database.close()
    bring_back(here, tmp_path / "backup", force=True)


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_a_backup_of_a_writing_database_is_of_one_moment(here: FakedApp, cast: Cast, tmp_path: Path) -> None:
    """An open transaction is not in it, and does not hold it up."""
    with here.database.write() as session:
        session.execute(update(Shop).values(name="Half done"))
        session.flush()
        made = _copy_while_open(here, tmp_path)
    assert manifest_of(made).kind == "sqlite"
    database = connect(f"sqlite:///{made}")
    with database.read() as session:
        assert "Half done" not in set(session.scalars(select(Shop.name)))
    database.close()


def _copy_while_open(here: FakedApp, folder: Path) -> Path:
    from bot.backups import take as taking
    from bot.backups.manifest import Manifest, digest, write_manifest

    part = folder / "copy"
    texts = taking._copy_sqlite(here, part)
    manifest = Manifest(here.real_now(), "sqlite", "0002", "k", texts, part.stat().st_size, digest(part))
    write_manifest(part, manifest)
    return part


@pytest.mark.parametrize("db", [pytest.param("postgres", marks=pytest.mark.server)], indirect=True)
def test_without_pg_dump_the_command_is_told(
    here: FakedApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupFailed, match="pg_dump --format=custom"):
        take(here, tmp_path / "backup")


def test_an_older_backup_is_brought_to_this_schema(
    here: FakedApp, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    from alembic import command

    from bot.schema import _config

    with here.database.engine.connect().execution_options(winback_write=True) as connection:
        config = _config()
        config.attributes["connection"] = connection
        # on PostgreSQL each migration opens its own transaction: indexes are made in none
        with connection.begin() if here.database.is_sqlite else nullcontext():
            command.downgrade(config, "0001")
    made = take(here, tmp_path / "backup")
    assert made.schema == "0001"
    there = elsewhere()
    bring_back(there, tmp_path / "backup", force=False)
    check(there.database)
