"""Status reports: in any order, twice, late, for nobody. What is final stays."""

from __future__ import annotations

import itertools
import threading
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.db import Database
from bot.models import Conversation, Customer, Outbound, Signal, StatusReport, Suppression
from bot.sending.status import FAILED, RANKS, Report, moves_forward, record_report
from tests.support.cast import ACCOUNT, Cast, Member
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakeBell, FakedApp


def put(db: Database, member: Member, public_id: str = "p-1", **changes: Any) -> int:
    """A text that is on its way to this member of the cast."""
    values: dict[str, Any] = {
        "shop_id": member.shop_id,
        "public_id": public_id,
        "conversation_id": member.conversation_id,
        "key": f"test:{public_id}",
        "body": "Hi",
        "language": "en",
        "encoding": "gsm7",
        "parts": 1,
        "kind": "marketing",
        "status": "sent",
        "provider_id": "SM1",
        "provider_status": "queued",
        "fence": 0,
        "due_at": NOW,
        "created_at": NOW,
        "attempted_at": NOW,
    }
    with db.write() as session:
        row = Outbound(**{**values, **changes})
        session.add(row)
        session.flush()
        return row.id


def a_report(status: str, *, public_id: str | None = "p-1", sid: str = "SM1", code: str = "") -> Report:
    return Report(ACCOUNT, sid, public_id, status, code, {"MessageStatus": status})


def row_of(db: Database, public_id: str = "p-1") -> Outbound:
    with db.read() as session:
        return session.scalars(select(Outbound).where(Outbound.public_id == public_id)).one()


@pytest.mark.parametrize("order", list(itertools.permutations(["queued", "sent", "delivered"])))
def test_in_whatever_order_reports_come_the_text_ends_delivered(
    app: FakedApp, order: tuple[str, ...], cast: Cast
) -> None:
    put(app.database, cast.ana)
    for status in order:
        record_report(app, a_report(status))
    assert row_of(app.database).provider_status == "delivered"


def test_the_first_of_two_last_words_stands(app: FakedApp, cast: Cast) -> None:
    put(app.database, cast.ana)
    record_report(app, a_report("undelivered", code="30008"))
    record_report(app, a_report("delivered"))
    row = row_of(app.database)
    assert (row.provider_status, row.error_code) == ("undelivered", "30008")


def test_the_same_report_twice_is_one_row_that_counts_two(app: FakedApp, cast: Cast) -> None:
    put(app.database, cast.ana)
    for _ in range(3):
        record_report(app, a_report("delivered"))
    with app.database.read() as session:
        (kept,) = session.scalars(select(StatusReport))
    assert (kept.times, kept.status, kept.raw) == (3, "delivered", {"MessageStatus": "delivered"})


@pytest.mark.parametrize("public_id", [None, "nobody", "p-2"])
def test_a_report_for_a_text_that_nobody_knows_is_kept(
    app: FakedApp, cast: Cast, public_id: str | None
) -> None:
    put(app.database, cast.ana)
    record_report(app, a_report("failed", public_id=public_id, sid="SM9", code="21610"))
    with app.database.read() as session:
        (kept,) = session.scalars(select(StatusReport))
    assert (kept.outbound_public_id, kept.raw) == (public_id, {"MessageStatus": "failed"})
    assert row_of(app.database).provider_status == "queued"


def test_a_status_of_another_age_is_kept_and_changes_nothing(app: FakedApp, cast: Cast) -> None:
    put(app.database, cast.ana)
    record_report(app, a_report("teleported"))
    assert row_of(app.database).provider_status == "queued"
    with app.database.read() as session:
        (kept,) = session.scalars(select(StatusReport))
    assert (kept.status, kept.raw) == ("teleported", {"MessageStatus": "teleported"})


def test_a_report_of_days_later_is_kept_and_moves_nothing_back(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    put(app.database, cast.ana, provider_status="delivered")
    clock.move(days=9)
    record_report(app, a_report("sent"))
    assert row_of(app.database).provider_status == "delivered"
    with app.database.read() as session:
        (kept,) = session.scalars(select(StatusReport))
    assert (kept.status, kept.received_at) == ("sent", NOW + timedelta(days=9))


def test_an_unknown_is_settled_by_our_own_id(app: FakedApp, cast: Cast) -> None:
    put(app.database, cast.ana, status="unknown", why="timeout", provider_id=None, provider_status=None)
    record_report(app, a_report("delivered", sid="SM7"))
    row = row_of(app.database)
    assert (row.status, row.why, row.provider_id, row.provider_status) == ("sent", None, "SM7", "delivered")


def test_a_report_that_overtakes_our_own_call_leaves_the_claim_alone(app: FakedApp, cast: Cast) -> None:
    put(app.database, cast.ana, status="claimed", provider_id=None, provider_status=None)
    record_report(app, a_report("sent", sid="SM7"))
    row = row_of(app.database)
    assert (row.status, row.provider_id, row.provider_status) == ("claimed", "SM7", "sent")


def test_a_second_text_under_one_of_our_ids_does_not_hide_the_first(app: FakedApp, cast: Cast) -> None:
    put(app.database, cast.ana)
    record_report(app, a_report("delivered", sid="SM-other"))
    row = row_of(app.database)
    assert (row.provider_id, row.provider_status) == ("SM1", "queued")


def test_opted_out_at_the_carrier_is_opted_out_here_and_said_once(
    app: FakedApp, cast: Cast, bell: FakeBell
) -> None:
    put(app.database, cast.ana)
    for _ in range(2):
        record_report(app, a_report("failed", code="21610"))
    with app.database.read() as session:
        stopped = session.get(Suppression, (cast.shop_id, cast.ana.phone_key))
        assert stopped is not None
        assert (stopped.kind, stopped.source) == ("opted_out", "provider")
        (left,) = session.scalars(select(Signal))
        assert left.event["type"] == "OptedOut"
        due = session.scalar(
            select(Conversation.work_due_at).where(Conversation.id == cast.ana.conversation_id)
        )
        assert due == NOW
    assert bell.rung == ["turns"]


def test_who_is_opted_out_already_is_not_told_to_the_flows_again(
    app: FakedApp, cast: Cast, bell: FakeBell
) -> None:
    put(app.database, cast.ben)
    record_report(app, a_report("failed", code="21610"))
    with app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Signal)) == 0
    assert bell.rung == []


@pytest.mark.parametrize(("code", "strikes"), [("30006", 1), ("30005", 2), ("30003", 3)])
def test_a_number_is_bad_after_as_many_failures_as_the_table_says(
    app: FakedApp, cast: Cast, code: str, strikes: int
) -> None:
    states = []
    for n in range(1, strikes + 1):
        put(app.database, cast.ana, f"p-{n}", provider_id=f"SM{n}")
        for _ in range(2):  # a repeat is no second strike
            record_report(app, a_report("undelivered", public_id=f"p-{n}", sid=f"SM{n}", code=code))
        with app.database.read() as session:
            states.append(
                session.scalar(select(Customer.number_state).where(Customer.id == cast.ana.customer_id))
            )
    assert states == ["ok"] * (strikes - 1) + ["bad"]


def test_an_error_beside_a_delivery_is_no_strike(app: FakedApp, cast: Cast) -> None:
    put(app.database, cast.ana)
    record_report(app, a_report("delivered", code="30006"))
    with app.database.read() as session:
        assert (
            session.scalar(select(Customer.number_state).where(Customer.id == cast.ana.customer_id)) == "ok"
        )


def test_reports_are_dated_by_the_domain_clock(app: FakedApp, cast: Cast) -> None:
    from bot.clock import set_offset

    with app.database.write() as session:
        set_offset(session, timedelta(days=-10_000))
    record_report(app, a_report("sent"))
    with app.database.read() as session:
        assert session.scalar(select(StatusReport.received_at)) == NOW - timedelta(days=10_000)


@given(st.lists(st.sampled_from(sorted(RANKS)), max_size=12))
def test_no_series_of_reports_ever_goes_back(series: list[str]) -> None:
    known: str | None = None
    for status in series:
        before = known
        if moves_forward(known, status):
            known = status
            assert RANKS[status] > RANKS.get(before or "", 0)
        if before in FAILED:
            assert known == before


@pytest.mark.server
def test_a_report_of_a_text_still_claimed_waits_for_no_conversation(app: FakedApp, cast: Cast) -> None:
    """Its worker holds the conversation and will want the text's row next: a report that held that row, and then waited
    for the conversation, would be a deadlock. PostgreSQL looks at a foreign key again when a row changes twice in one
    transaction."""
    if app.database.is_sqlite:
        return  # one writer: nobody holds one thing and waits for another
    put(app.database, cast.ana, status="claimed", provider_id=None, provider_status=None)
    done = threading.Event()

    def report() -> None:
        record_report(app, a_report("sent"))
        done.set()

    with app.database.write() as session:
        session.execute(
            select(Conversation.id).where(Conversation.id == cast.ana.conversation_id).with_for_update()
        )
        reporter = threading.Thread(target=report)
        reporter.start()
        quick = done.wait(5)
    reporter.join(20)
    assert quick, "the report waited for the conversation"
    row = row_of(app.database)
    assert (row.status, row.provider_id, row.provider_status) == ("claimed", "SM1", "sent")
