"""A backup brings everything back, and nothing of it leaves twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.audience import starts
from bot.backups.afterwards import RESTORED, WHY
from bot.backups.bring_back import bring_back
from bot.backups.take import LAST, take
from bot.compliance.chain import verify_chain
from bot.compliance.consent import opt_out
from bot.conversations.missed import OVERLAP, SETTLED, look_for_missed
from bot.conversations.work import take_turns
from bot.flows_store import current
from bot.models import (
    Base,
    Conversation,
    Enrolment,
    FlowStart,
    Inbound,
    Instance,
    Outbound,
    Shop,
    SignInSession,
    StaffLink,
    StatusReport,
    Suppression,
    Timer,
)
from bot.schema import check
from bot.sending.archive import ReceivedText
from bot.sending.status import Report, record_report
from bot.staff import accounts, links, sessions
from tests.bot.backups.conftest import Elsewhere
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakeArchive, FakedApp, FakeProvider

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


@pytest.fixture(autouse=True)
def evening(clock: StillClock) -> None:
    """Openers may leave, everywhere."""
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def everything(app: FakedApp) -> dict[str, list[str]]:
    """All rows of all tables, as text."""
    with app.database.read() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
        }


def test_texts_ledger_and_enrolments_survive(
    here: FakedApp,
    cast: Cast,
    clock: StillClock,
    elsewhere: Elsewhere,
    tmp_path: Path,
    provider: FakeProvider,
) -> None:
    enrolment = enrol_in(here, cast, cast.ana)
    run_until_quiet(here)
    record_report(here, Report(ACCOUNT, "SM1", provider.asked[0].public_id, "delivered", "", {}))
    with here.database.write() as session:
        session.execute(update(FlowStart).values(status="running"))
        opt_out(session, cast.shop_id, "k" * 64, source="rule", at=clock(), payload={"words": "enough"})
    before = everything(here)
    made = take(here, tmp_path / "backup")
    assert (made.texts, made.made_at, made.key) == (1, clock(), here.keys.fingerprint())
    there = elsewhere()
    manifest, settled = bring_back(there, tmp_path / "backup", force=False)
    assert manifest == made
    check(there.database)
    after = everything(there)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"shops", "flow_starts", "instance", "audit"}
    assert (settled.withheld, settled.unknown, settled.shops_paused) == (0, 0, 2)
    with there.database.read() as session:
        assert session.get_one(Enrolment, enrolment).status == "active"
        assert verify_chain(session, cast.shop_id, "k" * 64) == []
        assert session.execute(select(StatusReport.status)).scalar_one() == "delivered"


def lose_and_restore(
    here: FakedApp, there: FakedApp, file: Path, hours: float, clock: StillClock
) -> FakedApp:
    """The machine dies `hours` after the backup; somebody restores it and says resume."""
    clock.move(hours=hours)
    bring_back(there, file, force=False)
    with there.database.write() as session:
        session.execute(update(Shop).values(state="live"))
    return there


def test_a_text_that_left_after_the_backup_does_not_leave_again(
    here: FakedApp,
    cast: Cast,
    clock: StillClock,
    elsewhere: Elsewhere,
    tmp_path: Path,
    provider: FakeProvider,
) -> None:
    enrolment = enrol_in(here, cast, cast.ana)
    take_turns(here)  # written, ready
    take(here, tmp_path / "backup")
    run_until_quiet(here)
    assert len(provider.asked) == 1
    there = lose_and_restore(here, elsewhere(), tmp_path / "backup", 2, clock)
    run_until_quiet(there)
    assert len(provider.asked) == 1
    with there.database.read() as session:
        row = session.execute(select(Outbound)).scalar_one()
        assert (row.status, row.why) == ("withheld", WHY)
        assert session.get_one(Enrolment, enrolment).status == "active"
        due = session.execute(select(Timer.due_at).where(Timer.status == "armed")).scalar_one()
    assert due == clock() + timedelta(days=4)  # its wait begins anew: the flow is not asleep for ever


def test_a_claim_at_the_time_of_the_backup_is_unknown(
    here: FakedApp,
    cast: Cast,
    clock: StillClock,
    elsewhere: Elsewhere,
    tmp_path: Path,
    provider: FakeProvider,
) -> None:
    enrol_in(here, cast, cast.ana)
    take_turns(here)
    with here.database.write() as session:
        claimed = {
            "status": "claimed",
            "attempted_at": clock(),
            "lease_until": clock() + timedelta(seconds=90),
            "attempts": 1,
        }
        session.execute(update(Outbound).values(claimed))
    take(here, tmp_path / "backup")
    there = lose_and_restore(here, elsewhere(), tmp_path / "backup", 2, clock)
    run_until_quiet(there)
    assert provider.asked == []
    with there.database.read() as session:
        assert session.execute(select(Outbound.status)).scalar_one() == "unknown"
        assert session.execute(select(Timer.due_at)).scalar_one() == clock() + timedelta(days=4, hours=-2)


def test_a_question_that_was_being_answered_is_a_person_s(
    here: FakedApp,
    cast: Cast,
    clock: StillClock,
    elsewhere: Elsewhere,
    tmp_path: Path,
    provider: FakeProvider,
) -> None:
    """Ana's question had no turn yet, Cleo's answer was ready; both were answered after the backup."""
    text_in(here, cast, cast.cleo, "hello")
    clock.move(seconds=4)
    take_turns(here)
    text_in(here, cast, cast.ana, "hello")
    take(here, tmp_path / "backup")
    clock.move(seconds=4)
    run_until_quiet(here)
    assert len(provider.asked) == 2
    there = lose_and_restore(here, elsewhere(), tmp_path / "backup", 1, clock)
    run_until_quiet(there)
    assert len(provider.asked) == 2
    with there.database.read() as session:
        for who in (cast.ana, cast.cleo):
            assert session.get_one(Conversation, who.conversation_id).holder == "nobody"
        assert session.execute(select(Inbound.id).where(Inbound.turned_at.is_(None))).all() == []


def test_a_stop_that_had_no_turn_is_in_force_and_nobody_s_work(
    here: FakedApp,
    cast: Cast,
    clock: StillClock,
    elsewhere: Elsewhere,
    tmp_path: Path,
    provider: FakeProvider,
) -> None:
    text_in(here, cast, cast.ana, "STOP")
    take(here, tmp_path / "backup")
    there = lose_and_restore(here, elsewhere(), tmp_path / "backup", 1, clock)
    run_until_quiet(there)
    assert provider.asked == []
    with there.database.read() as session:
        assert session.get_one(Conversation, cast.ana.conversation_id).holder == "bot"


def test_waits_that_were_over_meanwhile_begin_anew(
    here: FakedApp,
    cast: Cast,
    clock: StillClock,
    elsewhere: Elsewhere,
    tmp_path: Path,
    provider: FakeProvider,
) -> None:
    enrol_in(here, cast, cast.ana)
    run_until_quiet(here)
    take(here, tmp_path / "backup")
    clock.move(days=7)
    run_until_quiet(here)
    assert len(provider.asked) == 2  # the second text left after the backup
    there = lose_and_restore(here, elsewhere(), tmp_path / "backup", 24, clock)
    run_until_quiet(there)
    assert len(provider.asked) == 2
    with there.database.read() as session:
        due = session.execute(select(Timer.due_at).where(Timer.status == "armed")).scalar_one()
        work = session.get_one(Conversation, cast.ana.conversation_id).work_due_at
    assert due == work == clock() + timedelta(days=4)


def test_nobody_is_begun_with_twice(
    here: FakedApp,
    cast: Cast,
    clock: StillClock,
    elsewhere: Elsewhere,
    tmp_path: Path,
    provider: FakeProvider,
) -> None:
    """An enrolment without its first turn, and a start whose next batch was due after the backup."""
    enrolment = enrol_in(here, cast, cast.ana)
    with here.database.write() as session:
        revision = current(session, cast.shop_id, "winback_offer")
        assert revision
        starts.start(session, revision, clock(), daily_limit=10, total=None, by="test")
    take(here, tmp_path / "backup")
    starts.run_due(here)
    run_until_quiet(here)
    texts = len(provider.asked)
    there = lose_and_restore(here, elsewhere(), tmp_path / "backup", 30, clock)
    assert starts.run_due(there) == 0
    run_until_quiet(there)
    assert len(provider.asked) == texts
    with there.database.read() as session:
        assert session.get_one(Enrolment, enrolment).outcome == RESTORED
        assert set(session.scalars(select(FlowStart.status))) == {"done", "stopped"}


def test_what_was_done_is_written_down(
    here: FakedApp, cast: Cast, clock: StillClock, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    enrol_in(here, cast, cast.ana)
    take_turns(here)
    take(here, tmp_path / "backup")
    with here.database.read() as session:
        assert session.get_one(Instance, LAST).value == {"at": clock().isoformat()}
    there = elsewhere()
    bring_back(there, tmp_path / "backup", force=False)
    with there.database.read() as session:
        assert session.get_one(Instance, RESTORED).value["withheld"] == 1
        assert set(session.scalars(select(Shop.state))) == {"paused"}


def test_the_next_look_for_missed_texts_reaches_back_to_the_backup(
    here: FakedApp, cast: Cast, clock: StillClock, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    """What the webhook brought since then is in no table: a stop must hold, and a question is a person's."""
    look_for_missed(here)
    marked = clock() - SETTLED
    take(here, tmp_path / "backup")
    since = [("vegan?", cast.ana.phone, 20), ("please stop texting me", cast.cleo.phone, 40)]
    received = [
        ReceivedText(
            ACCOUNT,
            f"SM{minutes}",
            phone,
            cast.number if phone == cast.ana.phone else cast.other_number,
            body,
            clock() + timedelta(minutes=minutes),
            0,
        )
        for body, phone, minutes in since
    ]
    clock.move(hours=1)
    look_for_missed(here)  # the old database's mark moves on, and is lost with it
    there = lose_and_restore(here, elsewhere(), tmp_path / "backup", 1, clock)
    assert isinstance(there.archive, FakeArchive)
    there.archive.received = received
    there.archive.asked.clear()
    assert look_for_missed(there) == 2
    assert there.archive.asked[0][1][1] == marked - OVERLAP
    with there.database.read() as session:
        assert session.get_one(Conversation, cast.ana.conversation_id).holder == "nobody"
        assert session.get(Suppression, (cast.other_shop_id, cast.cleo.phone_key)) is not None


def test_whoever_was_signed_in_signs_in_again_and_links_are_void(
    here: FakedApp, clock: StillClock, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    """A session that was ended since, or a link that was used, would be good again."""
    with here.database.write() as session:
        account = accounts.make(session, "olive@juniper.example", "Olive", clock())
        sessions.begin(session, account, "done", clock())
        links.make(session, "reset", account, clock())
    take(here, tmp_path / "backup")
    there = elsewhere()
    bring_back(there, tmp_path / "backup", force=False)
    with there.database.read() as session:
        assert accounts.by_email(session, "olive@juniper.example") is not None
        assert session.scalars(select(SignInSession)).all() == []
        assert session.scalars(select(StaffLink)).all() == []
