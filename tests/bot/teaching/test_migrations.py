"""Migrations 0014 and 0015, up, down and up again: what a shop taught is lost on the way down, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text

from bot.db import Database, connect
from bot.schema import _config, migrate
from tests.support.databases import PostgresServer

TABLES = {"0014": {"open_questions"}, "0015": {"taught_lines", "shop_heads"}}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.server)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """At 0015, empty."""
    if request.param == "sqlite":
        made = connect(f"sqlite:///{tmp_path / 'old.db'}")
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        made = connect(server.url(server.create()))
    migrate(made, "0015")
    yield made
    made.close()


def down(database: Database, to: str) -> None:
    """Back to that revision, as a person would by alembic."""
    with database.engine.connect().execution_options(winback_write=True) as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, to)
        connection.commit()


def tables(database: Database) -> set[str]:
    """What is there."""
    return set(inspect(database.engine).get_table_names())


@pytest.mark.slow
def test_down_and_up_again_leaves_the_tables_as_they_were(database: Database) -> None:
    before = tables(database)
    assert TABLES["0014"] | TABLES["0015"] <= before
    down(database, "0014")
    assert tables(database) == before - TABLES["0015"]
    down(database, "0013")
    assert tables(database) == before - TABLES["0015"] - TABLES["0014"]
    migrate(database, "0015")
    assert tables(database) == before
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM taught_lines")).scalar_one() == 0
    migrate(database)
