"""Texts in quick succession: one turn of all that was said before the answer was claimed, and a stop among them wins."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.conversations.work import take_turns
from bot.models import Journal, Suppression
from bot.sending.dispatch import send_due
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.bot.offers.test_picks import links, two_products
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading


@pytest.fixture(autouse=True)
def _opened(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """Ana has the opener, on a Saturday."""
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))
    with app.database.write() as session:
        two_products(session, cast)
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)


def replies(app: FakedApp) -> list[str]:
    """The words of each turn that stands, oldest first."""
    with app.database.read() as session:
        entries = session.scalars(select(Journal).where(Journal.superseded == 0).order_by(Journal.id))
        return [entry.event["text"] for entry in entries if "text" in entry.event]


@pytest.mark.parametrize("stop", ["STOP", "actually stop texting me", "ya no me manden mensajes"])
@pytest.mark.parametrize("decided", [False, True])
def test_a_stop_within_a_breath_of_a_yes_wins(
    app: FakedApp,
    cast: Cast,
    provider: FakeProvider,
    reader: FakeReader,
    clock: StillClock,
    stop: str,
    decided: bool,
) -> None:
    """Also where the cart was written already, and not yet claimed."""
    reader.reads = {"yes": reading("yes"), stop: reading("stop", opt_out="opted_out")}
    text_in(app, cast, cast.ana, "yes")
    if decided:
        clock.move(seconds=4)
        take_turns(app)
    clock.move(seconds=1)
    text_in(app, cast, cast.ana, stop)
    with app.database.read() as session:
        assert session.scalars(select(Suppression).where(Suppression.phone_key == cast.ana.phone_key)).first()
    clock.move(seconds=4)
    run_until_quiet(app)
    assert not [body for body in provider.bodies if "cart" in body.lower() and body != provider.bodies[0]]


def test_three_fragments_are_one_turn_that_knows_all_three(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    whole = "yes\n2 bags\njust the decaf"
    reader.reads = {whole: reading("reorder", slots={"quantity": 2})}
    for fragment in whole.split("\n"):
        text_in(app, cast, cast.ana, fragment)
        clock.move(seconds=1)
    clock.move(seconds=4)
    run_until_quiet(app)
    assert replies(app) == [whole]
    assert len(provider.bodies) == 2
    assert links(app) == ["https://juniper.example/cart/?products=sku-2%3A2"]


def test_a_fragment_after_the_answer_was_claimed_is_a_turn_of_its_own(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    reader.reads = {"yes": reading("yes"), "just the decaf": reading("reorder")}
    text_in(app, cast, cast.ana, "yes")
    clock.move(seconds=4)
    take_turns(app)
    assert send_due(app) == 1
    clock.move(seconds=1)
    text_in(app, cast, cast.ana, "just the decaf")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert replies(app) == ["yes", "just the decaf"]
    assert len(provider.bodies) == 3
    assert "Decaf" in provider.bodies[2]
