"""A customer's own rhythm, from the text that says it to the text that waits for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from bot.compliance.consent import status
from bot.conversations import holders
from bot.conversations.subjects import subject_of
from bot.models import Conversation, Customer, Outbound, Product, Receipt
from bot.sending import welcome
from nlu.reader import embedded_reader
from nlu.rhythm import Rhythm
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


@pytest.fixture
def reading_app(app: FakedApp, cast: Cast, clock: StillClock) -> FakedApp:
    """With the shipped reader, at six in the evening where Ana is: inside the send window of the flow."""
    clock.move(hours=8)
    return replace(app, reader=embedded_reader(sure=0.6, unsure=0.4))


def rhythm(app: FakedApp, cast: Cast) -> dict[str, object] | None:
    with app.database.read() as session:
        return session.get_one(Customer, cast.ana.customer_id).rhythm


def last(app: FakedApp) -> Outbound:
    with app.database.read() as session:
        return session.scalars(select(Outbound).order_by(Outbound.id.desc())).first()  # type: ignore[return-value]


def say(app: FakedApp, cast: Cast, clock: StillClock, words: str) -> None:
    text_in(app, cast, cast.ana, words)
    clock.move(seconds=app.settings.settle_seconds)
    run_until_quiet(app)


def test_a_wish_is_kept_said_back_and_honoured_until_it_is_taken_back(
    reading_app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    app = reading_app
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    say(app, cast, clock, "Only twice a year please")
    assert provider.bodies[-1] == 'Got it: at most twice a year. Text "as before" to undo that.'
    said = rhythm(app, cast)
    assert said is not None
    assert (said["wish"], said["said_at"]) == ("most=2/365", clock().isoformat())
    say(app, cast, clock, "and not on Sundays")
    assert provider.bodies[-1].startswith("Got it: at most twice a year, never on Sundays.")
    said = rhythm(app, cast)
    assert said is not None
    assert said["wish"] == "most=2/365 days=012345"
    clock.move(days=5)
    run_until_quiet(app)  # the second text of the flow; the third is too much this year
    assert len(provider.bodies) == 4
    clock.move(days=9)
    run_until_quiet(app)
    row = last(app)
    assert (len(provider.bodies), row.status) == (4, "ready")
    assert row.why is not None
    assert row.why.startswith("the customer wants texts at most twice a year")
    with app.database.read() as session:
        rules = session.scalars(select(Receipt.rules).where(Receipt.outbound_id == row.id)).one()
    (rule,) = [each for each in rules if each["id"] == "rhythm"]
    assert rule["why"].endswith("twice a year, never on Sundays (said on Mar 12, 2026)")
    assert row.due_at > datetime(2027, 3, 11, tzinfo=UTC)
    say(app, cast, clock, "As before")
    assert (
        provider.bodies[-1] == "Juniper's text bot: Got it: texts as before."
    )  # nine days later, a new talk
    assert rhythm(app, cast) is None


def test_one_day_less_adds_to_the_days_that_were_taken_away_before(
    reading_app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    say(reading_app, cast, clock, "not on Sundays")
    say(reading_app, cast, clock, "not on Saturdays")
    assert provider.bodies[-1].startswith("Got it: only on weekdays.")
    said = rhythm(reading_app, cast)
    assert said is not None
    assert said["wish"] == "days=01234"


def test_wishes_that_leave_no_time_together_are_held_as_perhaps_an_opt_out(
    reading_app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    say(reading_app, cast, clock, "only on weekends")
    say(reading_app, cast, clock, "not on weekends")
    said = rhythm(reading_app, cast)
    assert said is not None
    assert said["wish"] == "days=56"
    assert len(provider.bodies) == 1, "a person answers"
    with reading_app.database.read() as session:
        stopped = status(session, cast.shop_id, cast.ana.phone_key).suppression
        held = session.get_one(Conversation, cast.ana.conversation_id)
    assert stopped is not None
    assert stopped.kind == "held"
    assert held.holder == "nobody"


@pytest.mark.parametrize("holder", ["staff", "nobody"])
def test_a_wish_said_to_people_binds_the_bot_too(
    reading_app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock, holder: str
) -> None:
    with reading_app.database.write() as session:
        held = session.get_one(Conversation, cast.ana.conversation_id)
        if holder == "staff":
            holders.take_over(held, 1, clock())
        else:
            holders.hand_off(held, "test", None, clock())
    say(reading_app, cast, clock, "not on Sundays")
    assert provider.bodies == []
    said = rhythm(reading_app, cast)
    assert said is not None
    assert (said["wish"], said["said_at"]) == ("days=012345", clock().isoformat())


def test_in_spanish(reading_app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock) -> None:
    with reading_app.database.write() as session:
        session.execute(update(Customer).values(language="es"))
    enrol_in(reading_app, cast, cast.ana)
    run_until_quiet(reading_app)
    say(reading_app, cast, clock, "Una vez al mes es suficiente, y no los domingos")
    expected = 'Listo: como mucho una vez al mes, nunca los domingos. Escribe "como antes" para deshacerlo.'
    assert provider.bodies[-1] == expected


def test_as_before_from_somebody_without_a_rhythm_is_an_order(
    reading_app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    enrol_in(reading_app, cast, cast.ana)
    run_until_quiet(reading_app)
    say(reading_app, cast, clock, "as before")
    assert "cart" in provider.bodies[-1]


@pytest.mark.parametrize(
    ("topic", "others", "leaves"),
    [
        ("coffee", [("Green Tea", None), ("House Coffee", None)], False),
        ("blend", [("Green Tea", None)], True),
        ("coffee", [("Green Tea", None)], True),
        ("blends", [("Green Tea", None)], True),
        ("café", [("Café Molido", None)], False),
        ("vino", [("House Wine", None)], False),
        ("birthdays", [], False),
        ("te", [("Terra Mug", None), ("Tee Shirt", None)], False),
        ("tea", [], False),
    ],
)
def test_marketing_about_other_products_stays_here(
    reading_app: FakedApp,
    cast: Cast,
    provider: FakeProvider,
    topic: str,
    others: list[tuple[str, str | None]],
    leaves: bool,
) -> None:
    """Ana bought Morning Blend at Juniper Coffee, and the opener names it. What the whole shop is about counts as well."""
    with reading_app.database.write() as session:
        for name, text_name in others:
            session.add(
                Product(
                    shop_id=cast.shop_id, external_id=name, name=name, text_name=text_name, price_cents=900
                )
            )
        session.execute(
            update(Customer).values(rhythm={"wish": f"topic={topic}", "said_at": "", "inbound": None})
        )
    enrol_in(reading_app, cast, cast.ana)
    run_until_quiet(reading_app)
    assert len(provider.bodies) == leaves
    if not leaves:
        assert last(reading_app).status == "denied"


@pytest.mark.parametrize(
    ("topic", "body", "why"),
    [
        ("vino", "Low on House Wine?", None),
        ("wines", "Low on house wine?", None),
        ("wine", "15% off your next order", "nothing of the kind"),
        ("wine", "15% off all our wines", None),
        ("wine", "House Wine goes well with Wine Gums and Old Cheddar", "Old Cheddar"),
        ("wine", "Low on Morning Blend?", "Morning Blend"),
        ("te", "Low on Terra?", "Terra"),
        ("te", "Tee Shirts, 15% off", "nothing of the kind"),
        ("birthdays", "Happy birthday, 15% off", "nothing of the kind"),
        ("coffee", "15% off your next order", None),
        ("coffee", "Low on Morning Blend?", None),
        ("coffee", "Low on House Wine?", "House Wine"),
        ("coffee", "15% off all wines", "nothing of the kind"),
        ("cheddar", "Low on Old Cheddar?", None),
        ("cheddar", "Low on the oldest of cheddars?", None),
    ],
)
def test_what_a_text_is_about(app: FakedApp, cast: Cast, topic: str, body: str, why: str | None) -> None:
    with app.database.write() as session:
        for name in ("House Wine", "Wine Gums", "Terra", "Old Cheddar"):
            session.add(Product(shop_id=cast.shop_id, external_id=name, name=name, price_cents=900))
        session.flush()
        subject = subject_of(session, session.get_one(Conversation, cast.ana.conversation_id))
        assert welcome.off_topic(session, subject, body, Rhythm(topic=topic)) == why


def test_the_words_that_leave_are_looked_at_and_not_those_that_were_put_off(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock
) -> None:
    with app.database.write() as session:
        session.add(Product(shop_id=cast.shop_id, external_id="hb", name="House Blend", price_cents=900))
        session.execute(
            update(Customer).values(
                rhythm={"wish": "minutes=1080-1440 topic=blend", "said_at": "", "inbound": None}
            )
        )
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    assert last(app).status == "ready"
    assert "Morning Blend" in last(app).body
    with app.database.write() as session:
        session.execute(
            update(Product).where(Product.id == cast.product_id).values(name="Green Tea", text_name=None)
        )
    clock.move(hours=8)
    run_until_quiet(app)
    assert provider.bodies == []
    assert last(app).status == "denied"
