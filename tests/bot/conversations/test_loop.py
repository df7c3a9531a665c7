"""From a received text to the provider's ear, on both databases: the promises that the loop makes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from bot.compliance import consent
from bot.conversations import holders
from bot.conversations.work import take_turns
from bot.models import Conversation, Coupon, Inbound, Journal, LedgerEntry, Outbound, Receipt, Timer
from bot.sending.dispatch import expire_leases, send_due
from bot.sending.outcomes import Outcome, Refused, TextToSend, TryLater, Unknown
from tests.bot.conversations.loop import conversation, enrol_in, enrolment, run_until_quiet, text_in
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading


@pytest.fixture(autouse=True)
def _evening(clock: StillClock) -> None:
    """Saturday noon in San Francisco and 3 pm in New York: every window is open."""
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def test_a_lapsed_customer_gets_the_opener_and_her_cart(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """The whole loop once."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    assert provider.bodies == [
        "Hi Ana, Juniper's text bot here. Low on Morning Blend? Say \"same again\" and I'll fill a cart for you. STOP to opt out."
    ]
    reader.reads["same again"] = reading("reorder")
    text_in(app, cast, cast.ana, "same again")
    run_until_quiet(app)
    assert len(provider.bodies) == 1, "it waits for the rest of the breath"
    clock.move(seconds=4)
    run_until_quiet(app)
    assert provider.bodies[1].startswith("Here's your cart, Morning Blend again: http")


def test_a_webhook_that_comes_twice_is_one_text(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """I10: the provider's id is unique."""
    reader.reads["hello"] = reading("smalltalk")
    sid = text_in(app, cast, cast.ana, "hello")
    text_in(app, cast, cast.ana, "hello", provider_id=sid)
    clock.move(seconds=4)
    run_until_quiet(app)
    text_in(app, cast, cast.ana, "hello", provider_id=sid)
    clock.move(seconds=4)
    run_until_quiet(app)
    assert len(provider.bodies) == 1
    with app.database.read() as session:
        assert session.execute(select(func.count()).select_from(Inbound)).scalar_one() == 1


def test_stop_is_in_force_in_the_commit_that_stores_it(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """I2: with no worker and no model running at all."""
    enrol_in(app, cast, cast.ana)
    take_turns(app)
    text_in(app, cast, cast.ana, "please stop texting me")
    with app.database.read() as session:
        standing = consent.status(session, cast.ana.shop_id, cast.ana.phone_key)
        assert standing.suppression is not None
        assert standing.suppression.kind == "opted_out"
    send_due(app)
    assert provider.bodies == [], "the opener that was ready must not leave any more"


def test_a_stop_in_own_words_is_confirmed_once_and_then_silence(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """R5: one confirmation, and nothing after it, whatever is due."""
    passage = enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    text_in(app, cast, cast.ana, "please stop texting me")
    run_until_quiet(app)
    assert len(provider.bodies) == 2
    assert "opted out" in provider.bodies[1]
    text_in(app, cast, cast.ana, "i said stop texting me")
    clock.move(days=10)
    run_until_quiet(app)
    assert len(provider.bodies) == 2
    assert enrolment(app, passage).outcome == "opted_out"


def test_a_bare_stop_is_answered_by_the_provider_alone(
    app: FakedApp, cast: Cast, provider: FakeProvider
) -> None:
    """R7: Twilio has answered already; a second confirmation would be one too many."""
    text_in(app, cast, cast.ana, "STOP")
    run_until_quiet(app)
    assert provider.bodies == []


def test_start_lifts_a_stop_and_a_purchase_does_not(app: FakedApp, cast: Cast) -> None:
    """I2: only an explicit opt-in undoes it."""
    text_in(app, cast, cast.ben, "START")
    with app.database.read() as session:
        assert consent.status(session, cast.ben.shop_id, cast.ben.phone_key).suppression is None


def test_what_only_the_model_finds_is_an_opt_out_before_anything_leaves(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """I2, the second half."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    reader.reads["these messages bring me no joy whatsoever"] = reading("stop", opt_out="opted_out")
    text_in(app, cast, cast.ana, "these messages bring me no joy whatsoever")
    clock.move(seconds=4)
    run_until_quiet(app)
    with app.database.read() as session:
        entry = session.execute(select(LedgerEntry).order_by(LedgerEntry.id.desc())).scalars().first()
        assert entry is not None
        assert (entry.act, entry.source) == ("opted_out", "model")
    assert "opted out" in provider.bodies[-1]


def test_texts_of_one_breath_get_one_answer(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """«yes» / «2 bags» / «the dark one»."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    reader.reads["yes\nthe same"] = reading("reorder")
    text_in(app, cast, cast.ana, "yes")
    clock.move(seconds=2)
    text_in(app, cast, cast.ana, "the same")
    clock.move(seconds=2)
    run_until_quiet(app)
    assert len(provider.bodies) == 1
    clock.move(seconds=2)
    run_until_quiet(app)
    assert len(provider.bodies) == 2
    with app.database.read() as session:
        last = session.execute(select(Journal).order_by(Journal.id.desc())).scalars().first()
        assert last is not None
        assert last.event["text"] == "yes\nthe same"
        assert len(last.inbound_ids) == 2


def test_a_newer_text_withholds_the_answer_and_the_turn_is_done_again(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """Answered once, to everything that was said; the coupon of the undone turn is used, not a second one."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    reader.reads["got a coupon"] = reading("coupon")
    reader.reads["or no, the same again"] = reading("reorder")
    text_in(app, cast, cast.ana, "got a coupon")
    clock.move(seconds=4)
    take_turns(app)  # decided, not yet sent
    text_in(app, cast, cast.ana, "or no, the same again")
    send_due(app)
    assert len(provider.bodies) == 1, "the answer to the older text is withheld"
    clock.move(seconds=4)
    run_until_quiet(app)
    assert len(provider.bodies) == 2
    assert "cart" in provider.bodies[1]
    with app.database.read() as session:
        statuses = session.execute(select(Outbound.status).order_by(Outbound.id)).scalars().all()
        assert statuses == ["sent", "superseded", "sent"]
        reserved = session.execute(
            select(func.count()).select_from(Coupon).where(Coupon.status != "pool")
        ).scalar_one()
        assert reserved == 1


def test_waiting_begins_when_the_text_left(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """I11: decided at night, sent in the morning; four days from the morning."""
    clock.set(datetime(2026, 11, 20, 8, 0, tzinfo=UTC))  # Friday, midnight in San Francisco
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    assert provider.bodies == []
    with app.database.read() as session:
        due = session.execute(select(Outbound.due_at)).scalar_one()
        assert session.execute(select(Timer.due_at)).scalar_one() is None
    clock.set(due)
    run_until_quiet(app)
    assert len(provider.bodies) == 1
    with app.database.read() as session:
        armed = session.execute(select(Timer.due_at)).scalar_one()
        assert armed is not None
        assert (armed - due).days == 4


def test_nobody_who_took_over_is_talked_over(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """I6: decided before the takeover, claimed after it: withheld."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    reader.reads["same again"] = reading("reorder")
    text_in(app, cast, cast.ana, "same again")
    clock.move(seconds=4)
    take_turns(app)
    with app.database.write() as session:
        row = session.get_one(Conversation, cast.ana.conversation_id)
        holders.take_over(row, 1, clock())
    run_until_quiet(app)
    assert len(provider.bodies) == 1
    with app.database.read() as session:
        assert (
            session.execute(select(Outbound.status).order_by(Outbound.id.desc())).scalars().first()
            == "withheld"
        )


def test_a_hand_off_is_announced_and_then_the_bot_is_silent(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """The text that says «a person will» carries the new fence; timers and later texts wait for the person."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    reader.reads["get me a human"] = reading("human")
    text_in(app, cast, cast.ana, "get me a human")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert "A person will read this" in provider.bodies[-1]
    said = len(provider.bodies)
    text_in(app, cast, cast.ana, "hello?")
    clock.move(days=30)
    run_until_quiet(app)
    assert len(provider.bodies) == said
    assert conversation(app, cast.ana).holder == "nobody"


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Unknown("timeout"), "unknown"),
        (Refused("21211", "no such number", bad_number=True), "refused"),
        (Refused("21610", "opted out", opted_out=True), "refused"),
    ],
)
def test_an_end_is_an_end(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock, outcome: Outcome, status: str
) -> None:
    """I4: nothing that may have been delivered is ever tried again."""
    provider.will(outcome)
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    clock.move(hours=1)
    run_until_quiet(app)
    assert len(provider.asked) == 1
    with app.database.read() as session:
        assert session.execute(select(Outbound.status).order_by(Outbound.id)).scalars().first() == status
        suppressed = consent.status(session, cast.ana.shop_id, cast.ana.phone_key).suppression
        assert (suppressed is not None) == (isinstance(outcome, Refused) and outcome.opted_out)


def test_try_later_is_tried_later_with_the_same_row(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """R91: certainly not accepted, so the same row goes again."""
    provider.will(TryLater("20429", "too many", 30))
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    clock.move(seconds=20)
    run_until_quiet(app)
    assert len(provider.asked) == 1
    clock.move(seconds=60)
    run_until_quiet(app)
    assert len(provider.asked) == 2
    assert provider.asked[0].public_id == provider.asked[1].public_id


def test_a_sender_that_dies_leaves_unknown_not_ready(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    """I4: claimed, called, killed. The row says «may be on its way», and its wait runs from the attempt."""

    def die(_text: TextToSend) -> Outcome:
        raise KeyboardInterrupt

    provider.will(die)
    enrol_in(app, cast, cast.ana)
    with pytest.raises(KeyboardInterrupt):
        run_until_quiet(app)
    run_until_quiet(app)
    assert len(provider.asked) == 1
    clock.move(minutes=2)
    assert expire_leases(app) == 1
    run_until_quiet(app)
    assert len(provider.asked) == 1
    with app.database.read() as session:
        assert session.execute(select(Outbound.status)).scalar_one() == "unknown"
        assert session.execute(select(Timer.due_at)).scalar_one() is not None


def test_every_text_has_a_receipt(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """I5."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    with app.database.read() as session:
        rows = session.execute(select(Outbound.id)).scalars().all()
        receipts = session.execute(select(Receipt.outbound_id)).scalars().all()
        assert set(rows) == set(receipts)


def test_an_offer_runs_from_the_moment_its_text_left(
    app: FakedApp, cast: Cast, provider: FakeProvider, reader: FakeReader, clock: StillClock
) -> None:
    """I11, for codes: reserved before it is written, live when it left."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    reader.reads["got a coupon"] = reading("coupon")
    text_in(app, cast, cast.ana, "got a coupon")
    clock.move(seconds=4)
    take_turns(app)
    with app.database.read() as session:
        assert (
            session.execute(select(Coupon.status).where(Coupon.status != "pool")).scalar_one() == "reserved"
        )
    send_due(app)
    with app.database.read() as session:
        coupon = session.execute(select(Coupon).where(Coupon.status == "live")).scalar_one()
        assert coupon.starts_at == clock()
        assert coupon.ends_at is not None
        assert 5 <= (coupon.ends_at - clock()).days <= 6
    assert "15% off" in provider.bodies[-1]
