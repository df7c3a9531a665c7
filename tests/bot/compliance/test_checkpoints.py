"""The checkpoint shows what a single chain can't: that its end was cut off."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from bot.compliance import consent
from bot.compliance.chain import verify_chain
from bot.compliance.checkpoints import SETTLED, covering, verify_checkpoints, write_daily
from bot.models import Checkpoint, Consent, LedgerEntry, Suppression
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp


@pytest.fixture
def ledger(app: FakedApp, cast: Cast) -> Cast:
    """The cast with chains that are some."""
    with app.database.write() as session:
        for table in (Consent, Suppression, LedgerEntry):
            session.execute(delete(table))
        for who in (cast.ana, cast.ben, cast.cleo):
            consent.opt_in(
                session, who.shop_id, who.phone_key, kind="written", source="signup", at=app.real_now()
            )
        consent.opt_out(session, cast.shop_id, cast.ben.phone_key, source="rule", at=app.real_now())
    return cast


def days(app: FakedApp) -> list[str]:
    with app.database.read() as session:
        return list(session.scalars(select(Checkpoint.day).order_by(Checkpoint.id)))


def checkpoint(app: FakedApp, clock: StillClock) -> None:
    """Two runs of the errand, an hour apart: what is seen in the first is settled in the second."""
    state = write_daily(app, {})
    clock.move(hours=1)
    write_daily(app, state)


def test_one_a_day_over_what_is_settled(app: FakedApp, ledger: Cast, clock: StillClock) -> None:
    state = write_daily(app, {})
    assert days(app) == []
    clock.move(SETTLED - timedelta(seconds=1))
    state = write_daily(app, state)
    assert days(app) == []
    clock.move(seconds=1)
    state = write_daily(app, state)
    assert len(days(app)) == 1
    clock.move(hours=1)
    state = write_daily(app, state)
    assert len(days(app)) == 1
    clock.move(days=1)
    state = write_daily(app, state)
    assert len(days(app)) == 2
    with app.database.read() as session:
        first = session.scalars(select(Checkpoint).order_by(Checkpoint.id)).first()
        assert first is not None
        assert first.heads == 3
        assert verify_checkpoints(session, last=2) == []
        newest = session.scalars(select(LedgerEntry.id).order_by(LedgerEntry.id.desc())).first()
        covered = covering(session, newest or 0)
        assert covered is not None
        assert covered["hash"] == first.hash


def test_a_chain_that_was_cut_short_is_whole_by_itself_and_does_not_fit_the_checkpoint(
    app: FakedApp, ledger: Cast, clock: StillClock
) -> None:
    checkpoint(app, clock)
    with app.database.write() as session:  # Ben's opt-out, and what stands on it; his consent is put back
        session.execute(delete(Suppression))
        bens = LedgerEntry.phone_key == ledger.ben.phone_key
        session.execute(delete(LedgerEntry).where(bens, LedgerEntry.seq == 2))
        at = session.execute(select(LedgerEntry.at).where(bens)).scalar_one()
        key = {"shop_id": ledger.shop_id, "phone_key": ledger.ben.phone_key}
        session.add(Consent(**key, kind="written", source="signup", at=at, ledger_seq=1))
    with app.database.read() as session:
        assert verify_chain(session, ledger.shop_id, ledger.ben.phone_key) == []
        assert [wrong.what for wrong in verify_checkpoints(session)] == [
            "links of the ledger were changed or removed since"
        ]


def test_links_that_came_later_change_nothing(app: FakedApp, ledger: Cast, clock: StillClock) -> None:
    checkpoint(app, clock)
    with app.database.write() as session:
        consent.opt_out(session, ledger.shop_id, ledger.ana.phone_key, source="rule", at=app.real_now())
    with app.database.read() as session:
        assert verify_checkpoints(session) == []


def test_a_changed_checkpoint_is_noticed(app: FakedApp, ledger: Cast, clock: StillClock) -> None:
    checkpoint(app, clock)
    with app.database.write() as session:
        session.execute(update(Checkpoint).values(heads=2))
    with app.database.read() as session:
        assert verify_checkpoints(session)
