"""What is too old goes, in small batches; what is young, or still needed, stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.checkup_privacy import kept_too_long
from bot.compliance import consent
from bot.compliance.chain import verify_chain
from bot.compliance.consent import status
from bot.history.replay import replay
from bot.models import (
    Consent,
    ConsentPayload,
    Inbound,
    InboundMedia,
    Journal,
    LedgerEntry,
    Outbound,
    Promise,
    Receipt,
    ShopHead,
    StatusReport,
    StrayText,
    TaughtLine,
)
from bot.privacy.retention import BATCH, clear_out, overdue
from bot.sending.status import Report, record_report
from bot.settings import RetentionSettings
from bot.teaching import lines
from nlu.training_data import Example
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.bot.privacy import living
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


def keeping(app: FakedApp, **days: int | None) -> FakedApp:
    """The application with these periods, and all others without an end."""
    endless = dict.fromkeys(RetentionSettings.model_fields)
    kept = app.settings.model_copy(update={"retention": RetentionSettings(**{**endless, **days})})
    return replace(app, settings=kept)


def lived(app: FakedApp, cast: Cast, clock: StillClock) -> int:
    """Ana was texted, and answered. Gives the passage."""
    clock.move(hours=8)
    passage = enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    clock.move(minutes=5)
    text_in(app, cast, cast.ana, "what about it?")
    clock.move(seconds=10)
    run_until_quiet(app)
    return passage


def count(app: FakedApp, table: Any, *where: Any) -> int:
    with app.database.read() as session:
        return session.execute(select(func.count()).select_from(table).where(*where)).scalar_one()


def test_words_go_after_their_days_and_that_there_was_a_text_stays(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    lived(app, cast, clock)
    app = keeping(app, bodies_days=100)
    clock.move(days=99)
    clear_out(app, {})
    assert count(app, Inbound, Inbound.body != "") == 1
    clock.move(days=2)
    assert overdue(app)["texts received"] == 1
    marks = clear_out(app, {})
    assert count(app, Inbound) == 1
    assert count(app, Inbound, Inbound.body != "") == 0
    assert count(app, Outbound, Outbound.body != "", Outbound.status == "sent") == 0
    assert count(app, Receipt) > 0
    assert clear_out(app, marks) == marks


def test_what_was_said_is_nowhere_after_its_days(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """The whole database is searched, so that a column that somebody adds is found. Who they are is no matter of words."""
    living.lived(app, cast, clock)
    holds = {"inbound", "notes", "drafts", "promises", "taught_lines", "open_questions"}
    assert holds <= {line.partition(".")[0] for line in _saying(app)}
    app = keeping(app, bodies_days=100, journal_days=100, pictures_days=100, reports_days=100)
    clock.move(days=99)
    clear_out(app, {})
    assert holds <= {line.partition(".")[0] for line in _saying(app)}, "not before"
    clock.move(days=3)
    assert {"notes", "drafts", "promises", "corrections", "questions without an answer"} <= overdue(
        app
    ).keys()
    marks = clear_out(app, {})
    assert {line.partition(".")[0] for line in _saying(app)} == {"customers", "shop_facts"}, (
        "profile; the shop's own"
    )
    assert not {"promises", "corrections", "questions without an answer"} & overdue(app).keys()
    assert clear_out(app, marks) == marks


def _saying(app: FakedApp) -> list[str]:
    return [line for line in living.everything(app).splitlines() if "kale soup" in line]


def test_what_is_promised_for_later_and_what_the_shop_taught_itself_stay(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    now = app.real_now()
    with app.database.write() as session:
        lines.add(session, cast.shop_id, [Example("got any kale", "question", "en")], origin="file", at=now)
        inside = {"shop_id": cast.shop_id, "conversation_id": cast.ana.conversation_id, "at": now}
        for what, days in (("soon", 1), ("far", 90)):
            session.add(Promise(**inside, what=what, due_at=now + timedelta(days=days)))
    clock.move(days=60)
    clear_out(keeping(app, bodies_days=30), {})
    assert count(app, TaughtLine) == 1
    with app.database.read() as session:
        assert list(session.scalars(select(Promise.what))) == ["far"]


def test_a_correction_that_goes_is_unlearned(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """It goes with the text that it was made of, however late somebody corrected that."""
    lived(app, cast, clock)
    clock.move(days=29)
    with app.database.write() as session:
        heard = session.scalars(select(Inbound.id)).one()
        assert isinstance(lines.correct(session, cast.shop_id, heard, "question", at=clock()), int)
        session.execute(update(ShopHead).values(changed_at=None))  # fitted
    clock.move(days=2)
    clear_out(keeping(app, bodies_days=30), {})
    assert count(app, TaughtLine) == 0
    assert count(app, ShopHead, ShopHead.changed_at.is_not(None)) == 1


def test_a_text_that_still_waits_keeps_its_words(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)  # outside the send window: it is put off
    assert count(app, Outbound, Outbound.status == "ready") == 1
    app = keeping(app, bodies_days=30)
    clock.move(days=40)
    clear_out(app, {})
    assert count(app, Outbound, Outbound.body != "") == 1


def test_what_was_passed_over_while_it_waited_goes_in_the_next_month(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)  # outside the send window: it is put off
    text_in(app, cast, cast.ana, "kale soup")
    app = keeping(app, bodies_days=30)
    clock.move(days=40)
    with app.database.write() as session:  # the mark goes past both
        first = session.scalars(select(Inbound)).one()
        session.execute(update(Inbound).values(turned_at=None))
        assert first.body == "kale soup"
    marks = clear_out(app, {})
    assert marks["texts received"] == first.id
    assert count(app, Inbound, Inbound.body != "") == 1
    with app.database.write() as session:
        session.execute(update(Inbound).values(turned_at=app.real_now()))
        session.execute(update(Outbound).values(status="withheld"))
    same_month = clear_out(app, marks)
    assert same_month == marks
    clock.move(days=32)
    clear_out(app, marks)
    assert count(app, Inbound, Inbound.body != "") == 0
    assert count(app, Outbound, Outbound.body != "") == 0


def test_r22_the_proof_of_a_consent_that_ended_later_goes_then(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    with app.database.write() as session:
        for table in (Consent, LedgerEntry):  # the cast's chains only look like some
            session.query(table).filter(table.phone_key == cast.ana.phone_key).delete()
        key = (cast.shop_id, cast.ana.phone_key)
        said = {"words": "I agree"}
        consent.opt_in(session, *key, kind="written", source="signup", at=app.real_now(), payload=said)
    app = keeping(app, proof_days=1826)
    clock.move(days=1900)
    marks = clear_out(app, {})
    assert count(app, ConsentPayload) == 1
    with app.database.write() as session:
        consent.opt_out(session, *key, source="rule", at=app.real_now())
    clock.move(days=32)
    clear_out(app, marks)
    assert count(app, ConsentPayload) == 0


def test_turns_go_and_a_replay_begins_at_the_next_state_that_is_kept(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    passage = lived(app, cast, clock)
    with app.database.read() as session:
        before = replay(session, passage)
    app = keeping(app, journal_days=30)
    with app.database.write() as session:
        first = session.scalars(
            select(Journal.id).where(Journal.enrolment_id == passage).order_by(Journal.id)
        ).first()
        session.execute(
            update(Journal).where(Journal.id == first).values(at=app.real_now() - timedelta(days=31))
        )
    clear_out(app, {})
    with app.database.read() as session:
        after = replay(session, passage)
    assert after.differences == ()
    assert after.turns + after.erased == before.turns
    assert after.erased >= 1


def test_pictures_reports_and_stray_texts_go_each_after_its_own_time(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    lived(app, cast, clock)
    record_report(app, Report(ACCOUNT, "SM1", None, "sent", "", {"To": "+14155550101"}))
    with app.database.write() as session:
        heard = session.scalars(select(Inbound)).one()
        session.add_all(
            [
                InboundMedia(
                    shop_id=cast.shop_id,
                    inbound_id=heard.id,
                    place=0,
                    account=ACCOUNT,
                    url="u",
                    claimed_type="image/png",
                    status="picture",
                    body=b"x",
                ),
                StrayText(
                    account=ACCOUNT,
                    provider_id="SM2",
                    from_number="+1",
                    to_number="+2",
                    body="who?",
                    received_at=app.real_now(),
                ),
            ]
        )
    clock.move(days=50)
    periods = {"pictures_days": 40, "reports_days": 60, "webhooks_days": 45}
    clear_out(keeping(app, **periods), {})
    left = [count(app, table) for table in (InboundMedia, StatusReport, StrayText)]
    assert left == [0, 1, 0]


def test_r22_a_consent_that_a_start_renewed_keeps_the_signature_that_it_began_with(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    with app.database.write() as session:
        for table in (Consent, LedgerEntry):  # the cast's chains only look like some
            session.query(table).filter(table.phone_key == cast.ana.phone_key).delete()
        key = (cast.shop_id, cast.ana.phone_key)
        said = {"words": "I agree"}
        consent.opt_in(session, *key, kind="written", source="signup", at=app.real_now(), payload=said)
    clock.move(days=30)
    with app.database.write() as session:
        assert consent.opt_in(session, *key, source="start", at=app.real_now())
    app = keeping(app, proof_days=1826)
    clock.move(days=2000)
    clear_out(app, {})
    with app.database.read() as session:
        words = [each["words"] for each in session.scalars(select(ConsentPayload.payload)) if "words" in each]
    assert words == ["I agree"]


def test_proof_has_five_years_at_least_and_what_stands_today_has_no_end(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    """R11, R22."""
    with pytest.raises(ValueError):
        RetentionSettings(proof_days=1825)
    with app.database.write() as session:
        for table in (Consent, LedgerEntry):  # the cast's chains only look like some
            session.query(table).filter(table.phone_key == cast.ana.phone_key).delete()

        def give(at: datetime, words: str) -> None:
            consent.opt_in(
                session,
                cast.shop_id,
                cast.ana.phone_key,
                kind="written" if words == "second" else "express",
                source="signup",
                at=at,
                payload={"words": words},
            )

        give(app.real_now(), "first")
        give(app.real_now() + timedelta(days=1), "second")
    lived(app, cast, clock)
    clock.move(days=2000)
    app = keeping(app, proof_days=1826)
    clear_out(app, {})
    with app.database.read() as session:
        words = [each["words"] for each in session.scalars(select(ConsentPayload.payload)) if "words" in each]
        assert words == ["second"]  # the consent in force stands on it
        assert verify_chain(session, cast.shop_id, cast.ana.phone_key) == []
        ben = status(session, cast.shop_id, cast.ben.phone_key)
        assert ben.suppression
        assert ben.suppression.kind == "opted_out"
    assert count(app, Receipt) == 0
    assert count(app, LedgerEntry) == 5


def test_many_are_cleared_in_small_transactions_and_the_next_run_goes_on(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    now = app.real_now()
    with app.database.write() as session:
        session.add_all(
            StrayText(
                account=ACCOUNT,
                provider_id=f"SM{number}",
                from_number="+1",
                to_number="+2",
                body="",
                received_at=now + timedelta(days=60 * (number > 2 * BATCH)),
            )
            for number in range(2 * BATCH + 5)
        )
    clock.move(days=91)
    app = keeping(app, webhooks_days=90)
    assert overdue(app) == {"stray texts": 2 * BATCH + 1}
    marks = clear_out(app, {})
    assert count(app, StrayText) == 4
    clock.move(days=60)
    clear_out(app, marks)
    assert count(app, StrayText) == 0


def test_doctor_counts_what_is_overdue_and_minds_only_a_backlog(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    lived(app, cast, clock)
    app = keeping(app, bodies_days=30)
    name, ok, why, _ = next(iter(kept_too_long(app)))
    assert (name, ok) == ("retention", True)
    assert "nothing" in why
    clock.move(days=31)
    assert "1 texts received" in next(iter(kept_too_long(app)))[2]
    name, ok, why, remedy = next(iter(kept_too_long(app, backlog=1)))
    assert (name, ok) == ("retention", False)
    assert "1+ texts received" in why
    assert "clock" in remedy
