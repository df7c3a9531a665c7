"""The simulator's page and buttons, without a browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from bot.clock import domain_now, offset
from bot.conversations import holders
from bot.models import Conversation, Customer, Enrolment, Inbound, Signal
from console.handset import KeywordReply
from console.people import shown_phone
from console.phone import pieces
from tests.bot.conversations.loop import enrol_in, run_until_quiet, text_in
from tests.console.conftest import FakeHandset, Visitor
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

HOSTILE = "<script>alert(1)</script> <img src=x onerror=alert(2)> {{ 7*7 }} </hx-partial>"


@pytest.fixture(autouse=True)
def _saturday(clock: StillClock) -> None:
    """Noon in San Francisco: every window is open."""
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def test_the_page_tells_what_the_bot_saw_and_decided(
    app: FakedApp, cast: Cast, ana: Visitor, reader: FakeReader, clock: StillClock
) -> None:
    """Intent with confidence, why, the nodes before and after, the text and its verdict with the rules, the wait."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    reader.reads["same again"] = reading("reorder", 0.93, why=("the words «same again»",))
    text_in(app, cast, cast.ana, "same again")
    clock.move(seconds=4)
    run_until_quiet(app)
    page = ana.page()
    for told in (
        "reorder",
        "93% sure",
        "the words «same again»",
        '<span class="node">hello</span>',
        '<span class="node">same again</span>',
        "Waits 3 days for an answer",
        "rules asked, none against",
        "<b>suppression</b> not suppressed",
        "winback offer, at same again",
        "yes, written consent",
        "until Tue, Nov 24, 12:00 pm",
    ):
        assert told in page, told
    assert 'target="_blank" rel="noopener noreferrer"' in page


def test_a_text_that_the_gate_puts_off_shows_the_rule_and_the_hour(
    app: FakedApp, cast: Cast, ana: Visitor, clock: StillClock
) -> None:
    """On a Monday morning the window of evenings and weekends is shut."""
    clock.set(datetime(2026, 11, 23, 18, 0, tzinfo=UTC))
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    page = ana.page()
    assert "leaves 5:00 pm" in page
    assert "Next thing due: 5:00 pm" in page
    assert 'class="bubble shop"' not in page, "it is not on the phone yet"


def test_hostile_texts_stay_text(
    app: FakedApp, cast: Cast, ana: Visitor, reader: FakeReader, clock: StillClock
) -> None:
    """From a customer's name and body, through the reader's reasons, in the page and in the live answer."""
    with app.database.write() as session:
        session.execute(
            update(Customer).where(Customer.id == cast.ana.customer_id).values(first_name=HOSTILE)
        )
    reader.reads[HOSTILE] = reading("other", 0.2, understood=False, why=(HOSTILE,))
    text_in(app, cast, cast.ana, HOSTILE)
    clock.move(seconds=4)
    run_until_quiet(app)
    ana.headers = {"HX-Request": "true"}
    for html in (ana.page(), ana.post("clock", to="next").get_data(as_text=True)):
        assert "&lt;script&gt;alert(1)" in html
        for bad in ("<script>alert", "<img src=x", "49 ", "onerror=alert(2)>"):
            assert bad not in html
        assert html.count("</hx-partial>") in (0, 7), "nothing of hers closes a part"


@pytest.mark.parametrize(
    ("body", "hrefs"),
    [
        ("Here: http://127.0.0.1:8080/l/abc. Bye", ["http://127.0.0.1:8080/l/abc"]),
        (
            "https://a.example/x?y=1, and (https://b.example)",
            ["https://a.example/x?y=1", "https://b.example"],
        ),
        ("javascript:alert(1) data:text/html,x //evil.example", []),
        ('http://a.example/"onclick=x', ["http://a.example/"]),
        ("", []),
    ],
)
def test_only_addresses_become_links(body: str, hrefs: list[str]) -> None:
    """And the pieces together are the text."""
    cut = pieces(body, links=True)
    assert [piece.href for piece in cut if piece.href] == hrefs
    assert "".join(piece.href or piece.text for piece in cut) == body
    assert all(piece.href is None for piece in pieces(body, links=False))


def test_the_button_texts_from_the_phone_and_writes_nothing_itself(
    app: FakedApp, cast: Cast, ana: Visitor, handset: FakeHandset
) -> None:
    """The very path of production: the inbound row comes by webhook."""
    assert ana.post("text", body="  same again \x00").status_code == 303
    assert handset.sent == [(cast.ana.phone, cast.number, "same again")]
    ana.post("text", body="   ")
    assert len(handset.sent) == 1
    with app.database.read() as session:
        assert session.execute(select(func.count()).select_from(Inbound)).scalar_one() == 0


def test_a_phone_without_network_says_so(ana: Visitor, handset: FakeHandset) -> None:
    """The stand-in may be away."""
    handset.broken = True
    ana.headers = {"HX-Request": "true"}
    assert "The phone has no network." in ana.post("text", body="hi").get_data(as_text=True)


def test_starting_twice_enrols_once_and_says_why(app: FakedApp, cast: Cast, ana: Visitor) -> None:
    """One flow speaks at a time."""
    ana.headers = {"HX-Request": "true"}
    ana.post("start")
    assert "is running with this customer already" in ana.post("start").get_data(as_text=True)
    with app.database.read() as session:
        row = session.execute(select(Enrolment)).scalar_one()
        assert (row.customer_id, row.arm) == (cast.ana.customer_id, "treated")


def test_handing_back_gives_the_bot_the_word_and_tells_the_flows(
    app: FakedApp, cast: Cast, ana: Visitor
) -> None:
    """Pressed twice it does it once."""
    with app.database.write() as session:
        held = session.get_one(Conversation, cast.ana.conversation_id)
        holders.hand_off(held, "asked for a person", "question", app.real_now())
    assert "Hand back to the bot" in ana.page()
    assert "asked for a person" in ana.page("/shops/juniper/")
    for _ in range(2):
        ana.post("hand-back")
    with app.database.read() as session:
        held = session.get_one(Conversation, cast.ana.conversation_id)
        assert (held.holder, held.open_matter, held.fence) == ("bot", None, 2)
        assert [row.event["type"] for row in session.execute(select(Signal)).scalars()] == ["HandedBack"]


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("hour", datetime(2026, 11, 21, 21, 0, tzinfo=UTC)),
        ("morning", datetime(2026, 11, 22, 14, 5, tzinfo=UTC)),
        ("days", datetime(2026, 11, 25, 20, 0, tzinfo=UTC)),
    ],
)
def test_the_clock_moves_by_its_buttons(app: FakedApp, ana: Visitor, to: str, expected: datetime) -> None:
    """The morning is the shop's, five past nine in New York."""
    ana.post("clock", to=to)
    with app.database.read() as session:
        assert domain_now(session, app.real_now) == expected
    assert ana.post("clock", to="yesterday").status_code == 404


def test_nothing_due_is_said_and_moves_nothing(app: FakedApp, ana: Visitor) -> None:
    """There is no next thing."""
    ana.headers = {"HX-Request": "true"}
    assert "Nothing is due for this customer." in ana.post("clock", to="next").get_data(as_text=True)
    with app.database.read() as session:
        assert offset(session) == timedelta(0)


def test_the_live_answer_is_empty_until_something_changed(
    app: FakedApp, cast: Cast, ana: Visitor, provider: FakeProvider
) -> None:
    """204 costs a few probes and swaps nothing."""
    mark = ana.page().split('name="mark" value="')[1].split('"')[0]
    seen = {"customer": cast.ana.customer_id, "mark": mark}
    address = "/shops/juniper/simulator/live"
    assert ana.client.get(address, query_string=seen).status_code == 204
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    answer = ana.client.get(address, query_string=seen)
    assert answer.status_code == 200
    assert "text bot here" in answer.get_data(as_text=True)
    assert answer.get_data(as_text=True).count("<hx-partial") == 7


def test_the_carrier_s_own_answer_stands_below_the_stop(
    app: FakedApp, cast: Cast, ana: Visitor, handset: FakeHandset
) -> None:
    """R50: the provider confirms; we are silent, and the page says that it is in force."""
    sid = text_in(app, cast, cast.ana, "STOP")
    run_until_quiet(app)
    handset.replies = [KeywordReply(sid, "You have successfully been unsubscribed.")]
    page = ana.page()
    assert page.index(">STOP</p>") < page.index("You have successfully been unsubscribed.")
    assert "Opt-out, by a carrier&#39;s word: in force" in page
    assert "no: opted out, by a carrier&#39;s word" in page


def test_the_first_page_has_the_three_lines_and_its_shop_only(
    app: FakedApp, cast: Cast, ana: Visitor
) -> None:
    """The figures of `winback report`."""
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    page = ana.page("/shops/juniper/")
    assert "Sent 1 text; of 1 customer in a flow" in page
    assert "Recovered 0 orders" in page
    assert "Cost $0.01" in page
    both = ana.page("/")
    assert "Juniper Coffee" in both
    assert "Paprika Spices" in both
    assert "Sent 0 texts" in ana.page("/shops/paprika/")


def test_phone_numbers_are_shown_as_people_write_them() -> None:
    """Only those of North America have that shape."""
    assert shown_phone("+12125550111") == "(212) 555-0111"
    assert shown_phone("+442071838750") == "+442071838750"
