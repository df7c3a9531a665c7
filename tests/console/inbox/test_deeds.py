"""What people do with a conversation from the page, and what it says when it cannot be done."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.models import Note, Promise
from tests.bot.conversations.loop import enrol_in, run_until_quiet
from tests.console.inbox.conftest import Desk, hand_off, held, says
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, FakeReader, reading

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _noon(clock: StillClock, cast: Cast) -> None:
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def test_take_over_and_hand_back_where_it_stood(
    app: FakedApp, cast: Cast, tom: Desk, clock: StillClock
) -> None:
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    path = f"/{cast.ana.conversation_id}"
    assert "The bot speaks" in tom.page(path)
    assert tom.post(path + "/take").status_code == 303
    page = tom.page(path)
    assert "You speak" in page
    assert "Taken over from the bot." in page
    assert "where it stood" in page
    tom.post(path + "/back", where="stood")
    assert held(app, cast.ana).holder == "bot"
    assert "Handed back to the bot." in tom.page(path)


def test_a_note_is_taken_away_by_whoever_wrote_it_alone(
    app: FakedApp, cast: Cast, tom: Desk, eve: Desk, vic: Desk
) -> None:
    path = f"/{cast.ana.conversation_id}"
    tom.post(path + "/note", body="Ring her on Monday")
    page = tom.page(path)
    found = re.search(rf"{path}(/notes/\d+/drop)", page)
    assert found
    for other in (eve, vic):
        seen = other.page(path)
        assert "Ring her on Monday" in seen
        assert found.group(1) not in seen
        assert other.post(path + found.group(1)).status_code == 403
    assert tom.post(path + found.group(1)).status_code == 303
    assert "Ring her on Monday" not in eve.page(path)
    assert tom.post(path + found.group(1)).status_code == 404


def test_what_one_types_is_kept_and_redraws_nobody_s_page(
    app: FakedApp, cast: Cast, tom: Desk, eve: Desk
) -> None:
    path = f"/{cast.ana.conversation_id}"
    page, before = eve.page(path), held(app, cast.ana).version
    marks = {name: eve.hidden(page, name) for name in ("list_mark", "talk_mark", "until", "has")}
    assert tom.post(path + "/draft", body="Hello An").status_code == 204
    assert tom.post(path + "/draft", body="Hello Ana").status_code == 204
    assert held(app, cast.ana).version == before
    assert eve.get(path + "/live", **marks).status_code == 204
    assert "Hello Ana</textarea>" in tom.page(path)


def test_what_a_text_was_read_as_is_said_in_plain_words(
    app: FakedApp, cast: Cast, tom: Desk, clock: StillClock, reader: FakeReader
) -> None:
    reader.reads["a person please"] = reading("human")
    says(app, cast, cast.ana, "a person please", clock)
    page = tom.page(f"/{cast.ana.conversation_id}")
    assert '<span class="intent">wants a person</span>' in page
    assert ">human<" not in page


def test_hand_back_at_a_node_says_what_is_said_there_and_to_the_end_says_nothing(
    app: FakedApp, cast: Cast, tom: Desk, provider: FakeProvider
) -> None:
    passage = enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    path = f"/{cast.ana.conversation_id}"
    tom.post(path + "/take")
    page = tom.page(path)
    assert f'<option value="{passage}:same_again">' in page
    wrong = tom.post(path + "/back", where="node", node=f"{passage}:no_such_node")
    assert wrong.status_code == 409
    assert "The bot cannot go on there" in wrong.get_data(as_text=True)
    assert held(app, cast.ana).holder == "staff"
    assert tom.post(path + "/back", where="end").status_code == 303
    run_until_quiet(app)
    assert "none; the front desk answers" in tom.page(path)
    assert len(provider.bodies) == 1


def test_assign_to_a_colleague_leaves_it_waiting_for_them(
    app: FakedApp, cast: Cast, tom: Desk, eve: Desk
) -> None:
    path = f"/{cast.ana.conversation_id}"
    tom.post(path + "/take")
    tom.post(path + "/assign", assignee=str(eve.known.staff_id), team="refunds", note="she called twice")
    page = eve.page(path)
    for told in ("Waiting for a person", "for you", "refunds", "she called twice"):
        assert told in page, told
    assert "Nobody of that name" in tom.post(path + "/assign", assignee="999").get_data(as_text=True)


@pytest.mark.parametrize(
    ("fields", "until"),
    [
        ({"for": "hour"}, datetime(2026, 11, 21, 21, 0, tzinfo=UTC)),
        ({"for": "tomorrow"}, datetime(2026, 11, 22, 14, 0, tzinfo=UTC)),
        ({"for": "monday"}, datetime(2026, 11, 23, 14, 0, tzinfo=UTC)),
        ({"until": "2026-11-22T10:30"}, datetime(2026, 11, 22, 15, 30, tzinfo=UTC)),
    ],
)
def test_snooze_in_the_zone_of_whoever_looks(
    app: FakedApp, cast: Cast, tom: Desk, fields: dict[str, str], until: datetime
) -> None:
    """The shop's, New York, as long as the browser has not said another."""
    hand_off(app, cast.ana)
    tom.post(f"/{cast.ana.conversation_id}/snooze", **fields)
    assert held(app, cast.ana).snoozed_until == until
    assert "snoozed until" in tom.page(f"/{cast.ana.conversation_id}")
    tom.post(f"/{cast.ana.conversation_id}/wake")
    assert held(app, cast.ana).snoozed_until is None


@pytest.mark.parametrize(
    "fields", [{}, {"until": "yesterday"}, {"until": "2026-11-20T10:00"}, {"for": "ever"}]
)
def test_a_time_that_is_none_or_over_is_said(
    app: FakedApp, cast: Cast, tom: Desk, fields: dict[str, str]
) -> None:
    hand_off(app, cast.ana)
    answer = tom.post(f"/{cast.ana.conversation_id}/snooze", **fields)
    assert answer.status_code == 409
    assert "That time is over already." in answer.get_data(as_text=True)


def test_the_viewer_s_zone_counts_and_the_customer_s_stands_beside_it(
    app: FakedApp, cast: Cast, tom: Desk, clock: StillClock
) -> None:
    says(app, cast, cast.ana, "hello there", clock)
    tom.client.set_cookie("winback_zone", "Europe/Berlin")
    page = tom.page(f"/{cast.ana.conversation_id}")
    assert "9:00 pm <span" in page
    assert "(12:00 pm there)" in page
    hand_off(app, cast.ana)
    seen = str(held(app, cast.ana).last_inbound_id)
    tom.post(f"/{cast.ana.conversation_id}/snooze", until="2026-11-22T09:00", seen=seen)
    assert held(app, cast.ana).snoozed_until == datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    tom.client.set_cookie("winback_zone", "../../etc/passwd")
    assert "3:00 pm" in tom.page(f"/{cast.ana.conversation_id}"), "the shop's, when it is none"


def test_notes_are_for_colleagues_and_promises_tick(
    app: FakedApp, cast: Cast, tom: Desk, eve: Desk, clock: StillClock, provider: FakeProvider
) -> None:
    path = f"/{cast.ana.conversation_id}"
    tom.post(path + "/note", body="She is a friend of the owner")
    tom.post(path + "/promise", what="Text her about the refund", due="2026-11-21T17:00")
    page = eve.page(path)
    assert "note for staff only" in page
    assert "She is a friend of the owner" in page
    assert "by 5:00 pm" in page
    assert not provider.bodies
    with app.database.read() as session:
        promised = session.execute(select(Promise)).scalar_one()
    assert promised.due_at == datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
    clock.move(seconds=3 * 3600)
    assert "was due" in eve.page(path)
    eve.post(path + f"/promises/{promised.id}/kept")
    assert "kept" in eve.page(path)


def test_marketing_is_paused_until_the_end_of_a_day(app: FakedApp, cast: Cast, tom: Desk) -> None:
    path = f"/{cast.ana.conversation_id}"
    tom.post(path + "/pause", until="2026-12-24")
    assert held(app, cast.ana).marketing_paused_until == datetime(2026, 12, 25, 5, 0, tzinfo=UTC)
    assert "paused until" in tom.page(path)
    tom.post(path + "/pause", lift="1")
    assert held(app, cast.ana).marketing_paused_until is None


def test_close_and_open_again(app: FakedApp, cast: Cast, tom: Desk, eve: Desk) -> None:
    path = f"/{cast.ana.conversation_id}"
    eve.post(path + "/take")
    refused = tom.post(path + "/close")
    assert refused.status_code == 409
    assert "Eve speaks in this conversation." in refused.get_data(as_text=True)
    assert eve.post(path + "/close").status_code == 303
    assert held(app, cast.ana).closed_at is not None
    tom.post(path + "/reopen")
    assert held(app, cast.ana).closed_at is None


@pytest.mark.parametrize("deed", ["back", "close", "enough"])
def test_what_came_since_the_page_was_drawn_is_shown_before_it_is_done(
    app: FakedApp, cast: Cast, tom: Desk, clock: StillClock, deed: str
) -> None:
    path = f"/{cast.ana.conversation_id}"
    tom.post(path + "/take")
    says(app, cast, cast.ana, "when do you open?", clock)
    page = tom.page(path)
    drawn = re.search(rf'<input type="hidden" name="seen" form="{deed}-form" value="(\d+)">', page)
    assert drawn
    assert f'id="{deed}-form"' in page
    says(app, cast, cast.ana, "and where is my refund?", clock)
    answer = tom.post(f"{path}/{deed}", seen=drawn.group(1))
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "The customer has written meanwhile." in shown
    assert '<blockquote class="words">and where is my refund?</blockquote>' in shown
    still = held(app, cast.ana)
    assert (still.holder, still.owed_since is not None) == ("staff", True)
    newest = str(still.last_inbound_id)
    if deed == "back":  # where to is chosen once more
        assert "all the same" not in shown
        assert tom.post(f"{path}/{deed}", seen=newest).status_code == 303
    else:
        button = f'form="{deed}-form" name="seen_now" value="{newest}">Do it all the same'
        assert button in shown
        assert tom.post(f"{path}/{deed}", seen=drawn.group(1), seen_now=newest).status_code == 303
    assert held(app, cast.ana).owed_since is None


def test_the_earlier_of_what_was_drawn_and_what_was_read_counts(
    app: FakedApp, cast: Cast, tom: Desk, clock: StillClock
) -> None:
    """A text that was drawn the moment before the click was not read (inbox.js keeps `#seen`)."""
    path = f"/{cast.ana.conversation_id}"
    tom.post(path + "/take")
    says(app, cast, cast.ana, "when do you open?", clock)
    newest = str(held(app, cast.ana).last_inbound_id)
    for seen in ([newest, "0"], ["0", newest], ["x", newest]):
        assert tom.post(path + "/close", seen=seen).status_code == 409, seen  # type: ignore[arg-type]
    assert tom.post(path + "/close").status_code == 409, "a form that does not say has seen nothing"
    assert tom.post(path + "/close", seen=[newest, newest]).status_code == 303  # type: ignore[arg-type]


def test_the_other_deeds_of_the_menu(app: FakedApp, cast: Cast, tom: Desk, clock: StillClock) -> None:
    path = f"/{cast.ana.conversation_id}"
    hand_off(app, cast.ana)
    tom.post(path + "/take")
    tom.post(path + "/enough")
    assert held(app, cast.ana).owed_since is None
    tom.post(path + "/drafts", on="1")
    assert held(app, cast.ana).bot_drafts
    tom.post(path + "/wait", note="off home")
    assert held(app, cast.ana).holder == "nobody"
    says(app, cast, cast.ana, "still here?", clock)
    tom.page(path)
    newest = str(held(app, cast.ana).last_inbound_id)
    tom.post(path + "/watch", seen=newest)
    assert "unread" not in tom.page(view="open").split('class="line', 2)[2].split(">")[0]
    tom.post(path + "/unread")
    assert "unread" in tom.page(view="open").split('class="line', 2)[2].split(">")[0]


def test_who_looks_and_types_is_told_to_the_others(app: FakedApp, cast: Cast, tom: Desk, eve: Desk) -> None:
    path = f"/{cast.ana.conversation_id}"
    tom.post(path + "/watch")
    assert "Tom is looking" in eve.page(path)
    tom.post(path + "/watch", typing="1")
    assert "Tom is typing" in eve.page(path)
    assert "Tom is" not in tom.page(path)
    tom.post(path + "/watch", gone="1")
    assert "Tom is" not in eve.page(path)


def test_nothing_of_it_is_done_from_another_shop(app: FakedApp, cast: Cast, stranger: Desk) -> None:
    """I13: the owner of Paprika at Juniper's address, and with Ana's number at their own."""
    deeds = ("send", "take", "back", "wait", "assign", "snooze", "close", "note", "promise", "pause", "watch")
    own = Desk(stranger.client, stranger.known, "paprika")
    fields = {
        "body": "x",
        "key": "k",
        "what": "x",
        "due": "2026-12-01T10:00",
        "for": "hour",
        "until": "2026-12-01",
    }
    for deed in deeds:
        for at in (stranger, own):
            answer = at.post(f"/{cast.ana.conversation_id}/{deed}", **fields)
            assert answer.status_code == 404, (at.slug, deed)
    with app.database.read() as session:
        assert session.execute(select(Note)).first() is None
    assert held(app, cast.ana).holder == "bot"


def test_an_answer_draws_only_what_the_browser_has_not(app: FakedApp, cast: Cast, tom: Desk) -> None:
    path = f"/{cast.ana.conversation_id}"
    page = tom.page(path)
    marks = {name: tom.hidden(page, name) for name in ("list_mark", "talk_mark", "until", "has")}
    assert tom.get(path + "/live", **marks).status_code == 204
    tom.post(path + "/note", body="a note")
    drawn = tom.get(path + "/live", **marks).get_data(as_text=True)
    assert 'hx-target="#part-entries"' in drawn
    for same in ("side", "head", "deeds"):
        assert f'hx-target="#part-{same}"' not in drawn, same
    assert "<textarea id=" not in drawn, "the field is never drawn again"


def test_what_people_and_customers_write_stays_text(
    app: FakedApp, cast: Cast, tom: Desk, clock: StillClock
) -> None:
    hostile = "<script>alert(1)</script> <img src=x onerror=alert(2)> </hx-partial> {{ 7*7 }}"
    says(app, cast, cast.ana, hostile, clock)
    path = f"/{cast.ana.conversation_id}"
    tom.post(path + "/note", body=hostile)
    tom.post(path + "/assign", team=hostile[:60], note=hostile)
    tom.post(path + "/draft", body=hostile)
    pages = [
        tom.page(path),
        tom.page(view="all"),
        tom.page(q="alert"),
        tom.get(path + "/live").get_data(as_text=True),
    ]
    for page in pages:
        assert "&lt;script&gt;alert(1)" in page
        for bad in ("<script>alert", "<img src=x", "onerror=alert(2)>"):
            assert bad not in page


def test_times_far_away_are_no_fault(cast: Cast, tom: Desk) -> None:
    """Whatever is typed into a field of time."""
    for given in (
        "0001-01-01T00:00",
        "9999-12-31T23:59",
        "2026-11-21T20:00+25:00",
        "x" * 99,
        "2026-13-01T00:00",
    ):
        assert tom.post(f"/{cast.ana.conversation_id}/snooze", until=given).status_code == 409
        assert tom.post(f"/{cast.ana.conversation_id}/pause", until=given).status_code == 409
