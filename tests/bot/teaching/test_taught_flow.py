"""A shop's own intent from the flow's file to the answer: published, taught, fitted, read by the worker, and routed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from bot.audience import starts
from bot.audience.enrol import enrol
from bot.audience.finding import Candidate
from bot.cli.nlu import nlu
from bot.db import Database
from bot.flows_store import current, publish
from bot.keys import Keys
from bot.models import Customer, Inbound, Shop, ShopHead
from bot.settings import Settings
from bot.teaching.lines import lines_of
from bot.teaching.refit import refit_due
from nlu.reader import embedded_reader
from tests.bot.cli.test_shop import Here
from tests.bot.conversations.loop import run_until_quiet, text_in
from tests.bot.teaching.test_lines import FLOW, WRAPS
from tests.support.cast import Cast, bring_cast
from tests.support.clock import StillClock
from tests.support.fakes import FakeBell, FakedApp, FakeProvider

LAPSED = FLOW.replace("{ manual: true }", "{ lapsed: 45 to 365 days }")
FILE = """\
nlu:
  - intent: wholesale
    examples: |
      - do you sell to cafes
      - price for fifty bags
      - we run a restaurant
      - wholesale list please
      - can we resell it
"""


@pytest.fixture
def app(settings: Settings, sqlite_db: Database, keys: Keys, clock: StillClock) -> FakedApp:
    """With the shipped reader."""
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))
    real = embedded_reader(sure=settings.nlu.sure, unsure=settings.nlu.unsure)
    return FakedApp(
        settings, clock, database=sqlite_db, keys=keys, bell=FakeBell(), provider=FakeProvider(), reader=real
    )


@pytest.fixture
def cast(sqlite_db: Database, keys: Keys, app: FakedApp, clock: StillClock) -> Cast:
    """Ana, Ben and Cleo."""
    with sqlite_db.write() as session:
        return bring_cast(session, keys, clock())


def call(app: FakedApp, *arguments: str) -> Result:
    """`winback nlu ...` in Ana's shop."""
    context = Here(shop="juniper", config=None)
    context.__dict__.update(app=app, settings=app.settings)
    return CliRunner().invoke(nlu, arguments, obj=context)


def enter(app: FakedApp, cast: Cast) -> None:
    """Ana is brought into the flow."""
    with app.database.write() as session:
        now = app.real_now()
        session.get_one(Shop, cast.shop_id).orders_known_at = now
        done, problems = publish(session, cast.shop_id, LAPSED, file="f.yml", by="test", now=now)
        assert done is not None, problems
        revision = current(session, cast.shop_id, "wrapping")
        assert revision is not None
        start = starts.start(session, revision, now, daily_limit=10, total=None, by="test")
        start.status, start.next_batch_at = "done", None
        ana = session.get_one(Customer, cast.ana.customer_id)
        assert ana.last_order_at
        assert ana.phone
        who = Candidate(ana.id, ana.phone_key, ana.phone, ana.last_order_at, "treated")
        assert enrol(session, cast.shop_id, start, who, now) is not None


@pytest.mark.slow
def test_a_published_intent_is_fitted_and_its_line_leads_where_the_flow_says(
    app: FakedApp, cast: Cast, clock: StillClock, tmp_path: Path
) -> None:
    enter(app, cast)
    assert refit_due(app.database, app.real_now, app.settings.home) == 1
    assert refit_due(app.database, app.real_now, app.settings.home) == 0
    with app.database.read() as session:
        first = session.scalar(select(ShopHead.version).where(ShopHead.shop_id == cast.shop_id))
    assert first
    run_until_quiet(app)
    text_in(app, cast, cast.ana, "Put a bow on it!!")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert app.provider.bodies[-1] == "We wrap it, of course. A person writes to you in a moment."  # type: ignore[attr-defined]
    with app.database.read() as session:
        read = session.scalars(select(Inbound.reading)).one()
    assert read is not None
    assert (read["intent"], first in read["model"]) == ("gift_wrap", True)

    path = tmp_path / "wholesale.yml"
    path.write_text(FILE)
    done = call(app, "train", str(path))
    assert done.exit_code == 0, done.output
    assert "5 new lines" in done.output
    assert "10 lines in" in done.output
    reading = call(app, "read", "we run a restaurant", "--taught")
    assert reading.output.startswith("wholesale")
    listed = call(app, "lines")
    assert "10 taken" in listed.output
    assert call(app, "lines", "--forget", "wholesale").exit_code == 0
    assert call(app, "lines", "--forget", "wholesale").exit_code == 2
    with app.database.read() as session:
        assert {row.text for row in lines_of(session, cast.shop_id)} == set(WRAPS)


def test_a_file_with_a_mistake_teaches_nothing(app: FakedApp, cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "es" / "gift.yml"
    path.parent.mkdir()
    path.write_text(FILE.replace("wholesale\n", "Whole Sale\n", 1))
    done = call(app, "train", str(path))
    assert done.exit_code == 1
    assert "gift.yml:2" in done.output
    assert "own-name" in done.output
    assert call(app, "lines").output.strip() == "No lines."


def test_lines_are_asked_one_deed_at_a_time(app: FakedApp, cast: Cast) -> None:
    assert call(app, "lines", "--take", "1", "--refuse", "2").exit_code == 2
    assert call(app, "lines", "--take", "77").exit_code == 2
