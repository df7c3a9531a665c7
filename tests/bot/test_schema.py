"""The migrations and the models say the same, on both databases, and a wrong schema is refused."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from bot.db import Database
from bot.models import Base
from bot.schema import WrongSchema, check, migrate


def test_the_migrations_make_what_the_models_say(db: Database) -> None:
    """Whoever changes a model writes a migration."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_twice_changes_nothing(db: Database) -> None:
    """Two machines may start it at once."""
    migrate(db)
    check(db)


def test_another_version_is_refused_with_the_remedy(db: Database) -> None:
    """No process works on a schema that it does not know."""
    with db.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'other'"))
    with pytest.raises(WrongSchema, match="winback migrate"):
        check(db)


def test_every_shop_row_belongs_to_a_shop() -> None:
    """I13: each table but the instance's own carries shop_id, and foreign keys between such tables carry it along."""
    without = {
        "shops",
        "clock",
        "instance",
        "stray_texts",
        "status_reports",
        "consent_payloads",
        "alembic_version",
    }
    for table in Base.metadata.sorted_tables:
        if table.name in without:
            continue
        assert "shop_id" in table.columns, table.name
        for key in table.foreign_key_constraints:
            if key.referred_table.name != "shops":
                assert "shop_id" in [column.name for column in key.columns], f"{table.name}: {key.name}"
