"""`winback conversation`: taken over, answered, taken back and handed back from the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from bot.cli.context import Context
from bot.cli.conversation import conversation
from bot.db import Database
from bot.models import Conversation, Outbound
from tests.bot.inbox.staffed import hire
from tests.support.cast import Cast
from tests.support.clock import NOW


@pytest.fixture
def db(sqlite_db: Database) -> Database:
    """The command opens the database of the settings, which is this one."""
    return sqlite_db


@pytest.fixture
def context(cast: Cast, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("WINBACK_HOME", str(tmp_path))
    monkeypatch.setenv("WINBACK_SECRET_KEY", "5e" * 32)
    config = tmp_path / "config.yml"
    config.write_text("")
    with db.write() as session:
        hire(session, cast.shop_id, "Tom", NOW)
    return Context(shop="juniper", config=str(config))


def run(context: Context, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(conversation, arguments, obj=context)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.exit_code, result.output


def test_taken_over_answered_taken_back_and_handed_back(context: Context, cast: Cast, db: Database) -> None:
    ana = cast.ana.phone
    assert run(context, "take", ana) == (0, "It is yours.\n")
    status, said = run(context, "reply", ana, "We open at nine.", "--wait")
    assert status == 0
    number = re.search(r"Text (\d+) leaves at", said)
    assert number
    assert run(context, "undo", number.group(1)) == (0, "It is taken back.\n")
    with db.read() as session:
        row = session.get_one(Outbound, int(number.group(1)))
        assert (row.status, row.why) == ("withheld", "taken back")
    status, said = run(context, "hand-back", ana)
    assert status == 0
    assert "The bot has it." in said
    assert run(context, "hand-back", ana) == (1, "The bot has it already.\n")
    with db.read() as session:
        assert session.get_one(Conversation, cast.ana.conversation_id).holder == "bot"


def test_what_it_would_look_like_writes_nothing(context: Context, cast: Cast, db: Database) -> None:
    status, said = run(context, "reply", cast.ben.phone, "Your refund.", "--try")
    assert status == 1, "Ben opted out"
    assert "It may not leave" in said
    assert run(context, "undo", "999")[0] == 1
    with db.read() as session:
        assert session.scalars(select(Outbound.id)).all() == []
