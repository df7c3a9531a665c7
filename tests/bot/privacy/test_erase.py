"""Erasing: nothing that identifies somebody is left in any table, and everything that proves something is."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.compliance.chain import verify_chain
from bot.compliance.consent import status
from bot.history.replay import replay
from bot.models import (
    Audit,
    Customer,
    Enrolment,
    Journal,
    Receipt,
)
from bot.privacy.erase import carry_on, erase
from bot.proof.evidence import evidence
from bot.proof.paper import pdf
from bot.proof.why import why
from bot.sending.dispatch import send_due
from tests.bot.conversations.loop import conversation, enrol_in, run_until_quiet, text_in
from tests.bot.privacy.living import everything, found_in, lived
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


def test_no_cell_of_any_table_has_anything_of_them_left(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """R153. The whole database is searched, so that a column that somebody adds is found."""
    lived(app, cast, clock)
    before = found_in(everything(app))
    assert {line.split(".")[0] for line in before} >= {
        "customers",
        "inbound",
        "inbound_media",
        "outbound",
        "journal",
        "consent_payloads",
        "status_reports",
        "notes",
        "drafts",
        "promises",
        "taught_lines",
        "open_questions",
        "shop_facts",
    }
    done = erase(app, cast.shop_id, cast.ana.phone, by="test")
    assert done is not None
    assert done.counts["pictures"] == 1
    assert found_in(everything(app)) == []


def test_the_others_lose_nothing(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """I13."""
    lived(app, cast, clock)
    theirs = re.compile(r"Ben|Cleo|5550102|5550103")
    before = [line for line in everything(app).splitlines() if theirs.search(line)]
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    assert [line for line in everything(app).splitlines() if theirs.search(line)] == before


def test_suppression_and_proof_stay_and_the_chain_still_adds_up(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    """R152: put on the list in place of being forgotten by it."""
    lived(app, cast, clock)
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    with app.database.read() as session:
        standing = status(session, cast.shop_id, cast.ana.phone_key)
        assert standing.suppression
        assert standing.suppression.kind == "opted_out"
        assert standing.consent is None
        assert verify_chain(session, cast.shop_id, cast.ana.phone_key) == []
        receipts = session.scalar(select(func.count()).select_from(Receipt))
        file = evidence(session, cast.shop_id, cast.ana.phone_key, app.real_now())
    assert receipts
    assert file is not None
    assert file["chain"]["ok"]
    assert file["ledger"][0]["personal_erased"]
    assert file["ledger"][0]["details"]["wording"] == "I agree"
    assert all(text["body"] is None for text in file["texts"])
    assert any(text.get("receipts") for text in file["texts"])
    assert pdf(file)


def test_twice_is_once_and_one_line_in_the_audit(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    lived(app, cast, clock)
    first = erase(app, cast.shop_id, cast.ana.phone, by="test")
    clock.move(hours=1)
    second = erase(app, cast.shop_id, cast.ana.phone, by="test")
    assert first is not None
    assert second is not None
    assert (second.asked_at, second.counts) == (first.asked_at, first.counts)
    with app.database.read() as session:
        audits = session.scalars(select(Audit).where(Audit.action == "customer erased")).all()
    assert len(audits) == 1
    assert cast.ana.phone not in str(audits[0].details)
    assert erase(app, cast.shop_id, "+12125550199", by="test") is None


@pytest.mark.parametrize("killed_after", [0, 2, 5, 7])
def test_killed_anywhere_in_between_the_clock_finishes_it(
    app: FakedApp, cast: Cast, clock: StillClock, killed_after: int
) -> None:
    lived(app, cast, clock)

    class Killed(Exception):
        pass

    writes = iter(range(10_000))
    real = app.database.write

    def write() -> Any:
        if next(writes) > killed_after:
            raise Killed
        return real()

    object.__setattr__(app.database, "write", write)
    with pytest.raises(Killed):
        erase(app, cast.shop_id, cast.ana.phone, by="test")
    del app.database.__dict__["write"]
    with app.database.read() as session:
        assert session.get_one(Customer, cast.ana.customer_id).phone is None
    assert carry_on(app) == 1
    assert carry_on(app) == 0
    assert found_in(everything(app)) == []


def test_what_is_under_way_ends_and_nothing_leaves_any_more(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    passage = enrol_in(app, cast, cast.ana)
    text_in(app, cast, cast.ana, "hello")
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    clock.move(days=20)
    run_until_quiet(app)
    send_due(app)
    assert app.provider.asked == []  # type: ignore[attr-defined]
    with app.database.read() as session:
        ended = session.get_one(Enrolment, passage)
        assert (ended.status, ended.outcome) == ("ended", "erased")
    assert conversation(app, cast.ana).work_due_at is None
    found = why(app, cast.shop_id, cast.ana.phone)
    assert found.stop is not None
    assert "erased" in found.stop.why


def test_a_replay_says_erased(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    passage = lived(app, cast, clock)
    with app.database.read() as session:
        turns = session.scalar(
            select(func.count()).select_from(Journal).where(Journal.enrolment_id == passage)
        )
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    with app.database.read() as session:
        found = replay(session, passage)
    assert turns
    assert (found.turns, found.differences, found.erased) == (0, (), turns)
