"""Writing to a customer from the page: sent after seconds of grace, taken back, held up by what the writer had not seen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, update

from bot.models import Conversation, Draft, Outbound, ReadyReply
from tests.bot.conversations.loop import run_until_quiet
from tests.console.inbox.conftest import Desk, hand_off, held, says
from tests.console.people import sign_in
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider

pytestmark = pytest.mark.slow

NOON = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
"""Noon and midnight in San Francisco, where Ana is."""


@pytest.fixture(autouse=True)
def _noon(clock: StillClock, cast: Cast) -> None:
    clock.set(NOON)


def texts(app: FakedApp) -> list[Outbound]:
    """What people wrote, oldest first."""
    with app.database.read() as session:
        rows = session.execute(select(Outbound).where(Outbound.author == "staff").order_by(Outbound.id))
        return list(rows.scalars())


def test_a_text_takes_the_conversation_over_and_leaves_after_the_seconds_of_grace(
    app: FakedApp, cast: Cast, tom: Desk, clock: StillClock, provider: FakeProvider
) -> None:
    says(app, cast, cast.ana, "are you open on sundays?", clock)
    bot = len(provider.bodies)
    answer = tom.send(cast.ana.conversation_id, "Yes, from ten. Tom")
    assert answer.status_code == 303
    page = tom.page(f"/{cast.ana.conversation_id}")
    assert "You speak" in page
    assert "Leaves in <span" in page
    run_until_quiet(app)
    assert len(provider.bodies) == bot, "not before its seconds are over"
    clock.move(seconds=9)
    run_until_quiet(app)
    assert provider.bodies[-1] == "Yes, from ten. Tom"
    assert held(app, cast.ana).holder == "staff"


def test_a_double_click_is_one_text(app: FakedApp, cast: Cast, tom: Desk) -> None:
    page = tom.page(f"/{cast.ana.conversation_id}")
    form = {"key": tom.hidden(page, "key"), "seen": tom.hidden(page, "seen")}
    for _ in range(2):
        assert tom.post(f"/{cast.ana.conversation_id}/send", body="Hello", **form).status_code == 303
    assert [row.body for row in texts(app)] == ["Hello"]


def test_undo_takes_it_back_and_gives_the_words_again(
    app: FakedApp, cast: Cast, tom: Desk, clock: StillClock
) -> None:
    tom.send(cast.ana.conversation_id, "Helo Ana")
    row = texts(app)[0]
    tom.htmx = True
    answer = tom.post(f"/{cast.ana.conversation_id}/texts/{row.id}/undo")
    assert "data-restore>Helo Ana<" in answer.get_data(as_text=True)
    assert texts(app)[0].status == "withheld"
    tom.htmx = False
    page = tom.page(f"/{cast.ana.conversation_id}")
    assert ">Helo Ana</textarea>" in page, "without scripts it is the draft"
    assert "taken back" in page
    tom.send(cast.ana.conversation_id, "Hello Ana")
    clock.move(seconds=9)
    run_until_quiet(app)
    late = tom.post(f"/{cast.ana.conversation_id}/texts/{texts(app)[-1].id}/undo")
    assert late.status_code == 409
    assert "It has left already." in late.get_data(as_text=True)


def test_a_text_that_came_meanwhile_is_shown_before_anything_is_sent(
    app: FakedApp, cast: Cast, tom: Desk, clock: StillClock
) -> None:
    page = tom.page(f"/{cast.ana.conversation_id}")
    form = {"key": tom.hidden(page, "key"), "seen": tom.hidden(page, "seen")}
    says(app, cast, cast.ana, "forget it, I found it", clock)
    answer = tom.post(f"/{cast.ana.conversation_id}/send", body="It is in the mail", **form)
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Ana has written meanwhile." in shown
    assert "forget it, I found it</blockquote>" in shown
    assert ">It is in the mail</textarea>" in shown, "what was typed is still there"
    assert not texts(app)
    newest = str(held(app, cast.ana).last_inbound_id)
    again = tom.post(f"/{cast.ana.conversation_id}/send", body="Good!", seen_now=newest, **form)
    assert again.status_code == 303
    assert [row.body for row in texts(app)] == ["Good!"]


def test_a_colleague_s_conversation_asks_first(app: FakedApp, cast: Cast, tom: Desk, eve: Desk) -> None:
    tom.post(f"/{cast.ana.conversation_id}/take")
    answer = eve.send(cast.ana.conversation_id, "Me too")
    assert answer.status_code == 409
    assert "Tom speaks in this conversation." in answer.get_data(as_text=True)
    assert eve.send(cast.ana.conversation_id, "Me too", force="1").status_code == 303
    assert held(app, cast.ana).staff_id == eve.known.staff_id
    assert "Taken from Tom." in tom.page(f"/{cast.ana.conversation_id}")


def test_at_night_it_says_when_it_could_leave_and_does_so_on_one_click(
    app: FakedApp, cast: Cast, tom: Desk, clock: StillClock
) -> None:
    """Nobody asked anything, so that it is the shop that begins."""
    clock.set(NIGHT)
    sign_in(app, tom.client, tom.known)  # the session of noon has ended
    answer = tom.send(cast.ana.conversation_id, "Your mug is back in stock")
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "It may not leave now." in shown
    assert 'name="wait" value="1"' in shown
    assert not texts(app)
    assert tom.send(cast.ana.conversation_id, "Your mug is back in stock", wait="1").status_code == 303
    assert len(texts(app)) == 1


def test_where_no_text_may_be_sent_the_other_ways_and_the_answer_are_offered(
    app: FakedApp, cast: Cast, tom: Desk
) -> None:
    """Ben opted out."""
    answer = tom.send(cast.ben.conversation_id, "Your refund is on its way")
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "This text may not be sent." in shown
    assert f'href="tel:{cast.ben.phone}"' in shown
    assert "readonly>Your refund is on its way</textarea>" in shown
    assert not texts(app)


def test_while_one_types_it_is_counted_and_nothing_is_written(app: FakedApp, cast: Cast, tom: Desk) -> None:
    before = held(app, cast.ana).version
    path = f"/{cast.ana.conversation_id}/count"
    short = tom.post(path, body="Hi {{ customer.first_name }}!").get_data(as_text=True)
    assert "7 characters, 1 part, 1.2¢" in short
    assert "Reads: Hi Ana!" in short
    assert "2 parts, 2.4¢" in tom.post(path, body="long " * 50).get_data(as_text=True)
    assert "no value" in tom.post(path, body="{{ customer.nonsense }}").get_data(as_text=True)
    assert tom.post(path, body="").get_data(as_text=True) == ""
    assert held(app, cast.ana).version == before
    assert not texts(app)


def test_a_draft_is_kept_for_its_writer_alone(app: FakedApp, cast: Cast, tom: Desk, eve: Desk) -> None:
    path = f"/{cast.ana.conversation_id}"
    assert tom.post(path + "/draft", body="Dear Ana, ").status_code == 204
    assert ">Dear Ana, </textarea>" in tom.page(path)
    assert "Dear Ana" not in eve.page(path)
    tom.send(cast.ana.conversation_id, "Dear Ana, yes.")
    with app.database.read() as session:
        assert session.execute(select(Draft)).first() is None


def test_the_bot_s_held_back_answer_is_offered(
    app: FakedApp, cast: Cast, tom: Desk, clock: StillClock
) -> None:
    with app.database.write() as session:
        session.execute(
            update(Conversation).where(Conversation.id == cast.ana.conversation_id).values(bot_drafts=True)
        )
    says(app, cast, cast.ana, "are you a bot?", clock)
    page = tom.page(f"/{cast.ana.conversation_id}")
    assert "The bot would have said:" in page
    with app.database.read() as session:
        draft = session.execute(select(Draft)).scalar_one()
    used = tom.page(f"/{cast.ana.conversation_id}", use=str(draft.outbound_id))
    assert f'id="draft-of" value="{draft.outbound_id}"' in used
    assert tom.send(cast.ana.conversation_id, draft.body, draft_of=str(draft.outbound_id)).status_code == 303
    assert held(app, cast.ana).holder == "bot", "a person sent it, and the bot goes on"


def test_whoever_is_second_with_the_bot_s_answer_keeps_their_words_and_may_send_them(
    app: FakedApp, cast: Cast, tom: Desk, eve: Desk, clock: StillClock
) -> None:
    with app.database.write() as session:
        session.execute(
            update(Conversation).where(Conversation.id == cast.ana.conversation_id).values(bot_drafts=True)
        )
    says(app, cast, cast.ana, "are you a bot?", clock)
    with app.database.read() as session:
        draft = session.execute(select(Draft)).scalar_one()
    number, its = cast.ana.conversation_id, str(draft.outbound_id)
    assert eve.send(number, draft.body, draft_of=its).status_code == 303
    answer = tom.send(number, "Yes, and I am Tom.", draft_of=its)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Eve has sent the bot&#39;s text already." in page
    assert ">Yes, and I am Tom.</textarea>" in page
    assert 'id="draft-of" value=""' in page, "it is a text of its own now"
    key, seen = tom.hidden(page, "key"), str(held(app, cast.ana).last_inbound_id)
    assert tom.post(f"/{number}/send", body="Yes, and I am Tom.", key=key, seen=seen).status_code == 303
    assert [row.body for row in texts(app) if row.author == "staff"] == [draft.body, "Yes, and I am Tom."]
    tom.htmx = True
    parts = tom.post(f"/{number}/send", body="Once more.", key="k2", seen=seen, draft_of=its).get_data(
        as_text=True
    )
    assert 'hx-target="#part-keys"' in parts


def test_a_text_for_later_that_is_overtaken_is_said_to_be_held_back(
    app: FakedApp, cast: Cast, tom: Desk, clock: StillClock
) -> None:
    number = cast.ana.conversation_id
    tom.send(number, "Your parcel is here.", at="2026-11-21T17:00")
    assert "Leaves today" in tom.page(f"/{number}") or "Leaves 5:00 pm" in tom.page(f"/{number}")
    clock.move(hours=1)
    says(app, cast, cast.ana, "never mind, I have it", clock)
    assert "Is held back: Ana has written since" in tom.page(f"/{number}")
    clock.move(hours=1)
    run_until_quiet(app)
    page = tom.page(f"/{number}")
    assert "held back: the customer has written since" in page
    assert "A text that was to leave now was held back" in page
    assert held(app, cast.ana).owed_since is not None


def test_a_text_is_taken_back_from_its_own_page_alone(app: FakedApp, cast: Cast, tom: Desk) -> None:
    """Else its words would be the draft to somebody else."""
    tom.send(cast.ana.conversation_id, "Dear Ana, your refund is here.")
    (text,) = texts(app)
    assert tom.post(f"/{cast.ben.conversation_id}/texts/{text.id}/undo").status_code == 404
    with app.database.read() as session:
        assert session.execute(select(Draft)).first() is None
    assert tom.post(f"/{cast.ana.conversation_id}/texts/{text.id}/undo").status_code == 303
    with app.database.read() as session:
        assert session.execute(select(Draft.conversation_id)).scalar_one() == cast.ana.conversation_id


def test_a_viewer_reads_along_and_writes_nothing(app: FakedApp, cast: Cast, vic: Desk) -> None:
    hand_off(app, cast.ana)
    page = vic.page(f"/{cast.ana.conversation_id}")
    assert "Your role reads along." in page
    assert 'id="write"' not in page
    for deed in ("send", "take", "back", "note", "close", "draft", "count"):
        assert vic.post(f"/{cast.ana.conversation_id}/{deed}", body="x", key="k").status_code == 403, deed


def test_staff_may_text_first_whoever_was_never_texted(
    app: FakedApp, cast: Cast, tom: Desk, stranger: Desk
) -> None:
    """Found by search, and opened by a button; another shop's owner finds nothing under that number."""
    with app.database.write() as session:
        session.execute(delete(Conversation).where(Conversation.id == cast.ana.conversation_id))
    path = f"/customers/{cast.ana.customer_id}/begin"
    assert "/shops/juniper/inbox" + path in tom.page(q="Ana")
    assert stranger.post(path).status_code == 404
    assert Desk(stranger.client, stranger.known, "paprika").post(path).status_code == 404
    answer = tom.post(path)
    assert answer.status_code == 303
    conversation = int(answer.headers["Location"].rpartition("/")[2])
    assert tom.send(conversation, "Hi Ana, Tom of Juniper here.").status_code == 303
    assert [row.body for row in texts(app)] == ["Hi Ana, Tom of Juniper here."]


def test_what_is_given_becomes_words_in_the_draft(app: FakedApp, cast: Cast, tom: Desk) -> None:
    """Without scripts at its end; with htmx for the script to put in. Nothing is sent by it."""
    path = f"/{cast.ana.conversation_id}"
    tom.post(path + "/draft", body="Dear Ana, here it is:")
    assert 'name="pick" value="link:reorder"' in tom.page(path + "/giving")
    assert tom.post(path + "/give", pick="link:reorder").status_code == 303
    page = tom.page(path)
    assert "Dear Ana, here it is: " in page
    assert "/l/" in page
    tom.htmx = True
    assert "data-insert>" in tom.post(path + "/give", pick="link:shop").get_data(as_text=True)
    for none in ("", "link:nothing", "gold:1"):
        assert tom.post(path + "/give", pick=none).status_code == 400
    assert tom.post(path + "/give", pick="offer:no:such").status_code == 404
    assert not texts(app)


def test_a_ready_reply_is_taken_with_its_variables_and_counted(
    app: FakedApp, cast: Cast, tom: Desk, clock: StillClock
) -> None:
    with app.database.write() as session:
        session.add(
            ReadyReply(
                shop_id=cast.shop_id,
                name="hours",
                language="en",
                body="Hi {{ customer.first_name }}, we open at nine.",
                at=clock(),
            )
        )
    path = f"/{cast.ana.conversation_id}"
    assert "hours" in tom.page(path + "/replies", search="open")
    assert "None fits." in tom.page(path + "/replies", search="zebra")
    with app.database.read() as session:
        number = session.execute(select(ReadyReply.id)).scalar_one()
    tom.post(path + f"/replies/{number}")
    assert "Hi Ana, we open at nine.</textarea>" in tom.page(path)
    with app.database.read() as session:
        assert session.execute(select(ReadyReply.used)).scalar_one() == 1
