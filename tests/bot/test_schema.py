"""The schema that a program needs, and refusing to work on another one."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from bot.db import Database, connect
from bot.schema import WrongSchema, _config, check, migrate, newest


def test_the_newest_file_is_the_head_of_the_migrations() -> None:
    assert newest() == ScriptDirectory.from_config(_config()).get_current_head()


def test_a_migrated_database_passes(db: Database) -> None:
    check(db)
    migrate(db)
    check(db)


def test_an_older_one_and_an_empty_one_are_refused_with_the_remedy(db: Database, tmp_path: Path) -> None:
    with db.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    for database in (db, connect(f"sqlite:///{tmp_path / 'empty.db'}")):
        with pytest.raises(WrongSchema, match="winback migrate"):
            check(database)
