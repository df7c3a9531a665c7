"""What open pages ask each second: little, of all at once, and nothing is shown to whoever is signed in no more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, event

from bot.models import SignInSession
from bot.recent import Recent
from tests.bot.inbox.staffed import hear
from tests.console.inbox.conftest import Desk, hand_off
from tests.support.cast import Cast
from tests.support.clock import NOW
from tests.support.fakes import FakedApp


@pytest.fixture
def db(sqlite_db: Any) -> Any:
    """One database is enough: the statements are tried on both where they are made (tests/bot/inbox)."""
    return sqlite_db


@pytest.fixture
def cast(cast_alone: Cast) -> Cast:
    """The cast alone: nothing here needs a flow."""
    return cast_alone


@pytest.fixture
def second() -> list[float]:
    """The time by which a moment is told, in seconds."""
    return [0.0]


@pytest.fixture
def app(app: FakedApp, second: list[float]) -> FakedApp:
    """Here what was asked a moment ago is remembered."""
    return replace(app, recent=Recent(clock=lambda: second[0]))


class Tab:
    """A conversation that lies open in somebody's browser."""

    def __init__(self, desk: Desk, conversation: int) -> None:
        self.desk, self.path = desk, f"/{conversation}"
        page = desk.page(self.path)
        self.marks = {name: desk.hidden(page, name) for name in ("list_mark", "talk_mark", "until", "has")}
        desk.post(self.path + "/watch", typing="0", seen="")

    def asks(self) -> int:
        """Whether there is news, as an HTTP status."""
        return self.desk.get(self.path + "/live", **self.marks).status_code


def test_a_second_of_many_who_watch_costs_the_statements_of_one(
    app: FakedApp, cast: Cast, tom: Desk, eve: Desk, olga: Desk, second: list[float]
) -> None:
    tabs = [
        Tab(desk, who.conversation_id)
        for desk, who in zip((tom, eve, olga), (cast.ana, cast.ben, cast.ana), strict=True)
    ]
    tabs[0].marks = Tab(tom, cast.ana.conversation_id).marks  # with the others there
    tabs[1].marks = Tab(eve, cast.ben.conversation_id).marks
    second[0] = 60.0
    asked: list[str] = []
    event.listen(app.database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    costs = []
    for tab in tabs * 2:
        before = len(asked)
        assert tab.asks() == 204
        costs.append(sum(each.startswith("SELECT") for each in asked[before:]))
    assert costs[1:] == [1, 1, 0, 0, 0], "who each of them is, and nothing besides"


def test_whoever_was_signed_out_elsewhere_is_shown_no_news(
    app: FakedApp, cast: Cast, tom: Desk, second: list[float]
) -> None:
    tab = Tab(tom, cast.ana.conversation_id)
    assert tab.asks() == 204
    with app.database.write() as session:
        session.execute(delete(SignInSession))
    assert tab.asks() == 204, "who they are was asked a moment ago, and there is nothing to tell"
    hand_off(app, cast.ana)
    with app.database.write() as session:
        hear(session, cast.ana, "my secret", NOW)
    second[0] += 1.0
    answer = tom.get(tab.path + "/live", **tab.marks)
    assert answer.status_code == 303
    assert "my secret" not in answer.get_data(as_text=True)
