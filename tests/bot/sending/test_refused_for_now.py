"""A text that the moment forbids is tried again on another day; what is about a loss is not said at all."""

from __future__ import annotations

from sqlalchemy import select, update

from bot.models import Conversation, Customer, Enrolment, Outbound
from tests.bot.conversations.loop import enrol_in, run_until_quiet
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider


def test_an_opener_is_tried_again_when_the_complaint_is_closed(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    clock.move(hours=8)
    passage = enrol_in(app, cast, cast.ana)
    _matter(app, cast, "complaint")
    run_until_quiet(app)
    assert provider.bodies == []
    _matter(app, cast, None)
    clock.move(hours=23)
    run_until_quiet(app)
    assert provider.bodies == [], "not before a day is over"
    clock.move(hours=1)
    run_until_quiet(app)
    assert len(provider.bodies) == 1
    assert provider.bodies[0].startswith("Hi Ana, ")
    with app.database.read() as session:
        assert [row.status for row in session.scalars(select(Outbound).order_by(Outbound.id))] == [
            "denied",
            "sent",
        ]
        assert session.get_one(Enrolment, passage).status == "active"


def test_a_passage_ends_when_the_complaint_stays_open(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    clock.move(hours=8)
    passage = enrol_in(app, cast, cast.ana)
    _matter(app, cast, "complaint")
    for _ in range(9):
        run_until_quiet(app)
        clock.move(days=1)
    with app.database.read() as session:
        ended = session.get_one(Enrolment, passage)
        assert (ended.status, ended.outcome) == ("ended", "not_sendable")
        assert len(session.scalars(select(Outbound)).all()) == 4
    assert provider.bodies == []


def test_what_somebody_lost_is_not_named_to_them(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """Ana bought Morning Blend, and the opener names it."""
    clock.move(hours=8)
    with app.database.write() as session:
        session.execute(
            update(Customer).values(rhythm={"wish": "not=morning_blend", "said_at": clock().isoformat()})
        )
    passage = enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    assert provider.bodies == []
    with app.database.read() as session:
        row = session.scalars(select(Outbound)).one()
        assert row.status == "denied"
        assert row.why is not None
        assert row.why.startswith("the customer wants texts not about morning blend")
        assert session.get_one(Enrolment, passage).outcome == "not_sendable"


def _matter(app: FakedApp, cast: Cast, matter: str | None) -> None:
    with app.database.write() as session:
        session.get_one(Conversation, cast.ana.conversation_id).open_matter = matter
