"""The inbox leads on: to what a text meant, to what there is to decide, to codes, facts, ready replies and a shift's end."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.compliance import consent
from bot.models import Coupon, ShopFact, TaughtLine
from tests.bot.inbox.staffed import hear, say
from tests.console.inbox.conftest import Desk, hand_off
from tests.support.cast import Cast, Member
from tests.support.clock import NOW
from tests.support.fakes import FakedApp, reading

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

ANSWER = "Orders ship within a day and take 2 to 4 days."


@pytest.fixture
def db(sqlite_db: Any) -> Any:
    """One database is enough: what is read is tried on both where it is read (tests/bot)."""
    return sqlite_db


@pytest.fixture
def cast(cast_alone: Cast) -> Cast:
    """The cast alone: nothing here needs a flow."""
    return cast_alone


def asks(
    app: FakedApp,
    who: Member,
    body: str = "when does it get here",
    ago: int = 60,
    slots: dict[str, str] | None = None,
) -> int:
    """A text of theirs with what the reader made of it, so many minutes ago; gives its number."""
    read = reading("question", 0.6, slots=slots or {}).as_document()
    with app.database.write() as session:
        return hear(session, who, body, NOW - timedelta(minutes=ago), reading=read)


def doubted(app: FakedApp, who: Member, kind: consent.HoldKind) -> None:
    with app.database.write() as session:
        at = NOW - timedelta(hours=1)
        hear(session, who, "enough already", at)
        consent.hold(session, who.shop_id, who.phone_key, source="model", at=at, kind=kind)


def test_under_what_was_read_stands_the_way_to_say_what_it_meant(
    app: FakedApp, cast: Cast, tom: Desk, vic: Desk
) -> None:
    text, path = asks(app, cast.ana), f"/{cast.ana.conversation_id}"
    at = f"/shops/juniper/texts/{text}/meant"
    page = tom.page(path)
    assert f'href="{at}" hx-get="{at}" hx-target="#part-notice"' in page
    assert "Read wrongly?" in page
    assert 'id="part-notice"' in page
    assert "/meant" not in vic.page(path)
    tom.htmx = True
    form = tom.client.get(at, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert form.lstrip().startswith("<form")
    assert "What this really meant" in form
    token = tom.hidden(form, "form_token")
    kept = tom.client.post(at, data={"form_token": token, "intent": "human"})
    assert kept.status_code == 200
    with app.database.read() as session:
        assert session.scalars(select(TaughtLine.intent)).one() == "human"


def test_nobody_corrects_what_was_not_read(app: FakedApp, cast: Cast, tom: Desk) -> None:
    with app.database.write() as session:
        hear(session, cast.ana, "just in", NOW - timedelta(minutes=1))
    page = tom.page(f"/{cast.ana.conversation_id}")
    assert "just in" in page
    assert "Read wrongly?" not in page


def test_the_list_leads_to_the_end_of_a_shift(cast: Cast, tom: Desk, vic: Desk) -> None:
    link = '<a href="/shops/juniper/shift">End of shift</a>'
    assert link in tom.page()
    assert link not in vic.page()
    assert tom.client.get("/shops/juniper/shift").status_code == 200


def test_more_leads_to_an_opt_out_until_there_is_one(app: FakedApp, cast: Cast, tom: Desk, vic: Desk) -> None:
    path = f"/{cast.ana.conversation_id}"
    link = f'href="/shops/juniper/opt-out{path}"'
    assert f"{link}>Opt Ana out …</a>" in tom.page(path)
    assert link not in vic.page(path)
    with app.database.write() as session:
        consent.opt_out(session, cast.shop_id, cast.ana.phone_key, source="staff", at=NOW)
    assert link not in tom.page(path)


@pytest.mark.parametrize(
    ("doubt", "told"),
    [("held", "Perhaps an opt-out."), ("wrong_number", "Perhaps somebody else's number.")],
)
def test_a_doubt_is_said_above_the_field_with_the_way_to_decide_it(
    app: FakedApp, cast: Cast, tom: Desk, vic: Desk, doubt: consent.HoldKind, told: str
) -> None:
    path = f"/{cast.ana.conversation_id}"
    assert 'id="doubt"' not in tom.page(path)
    doubted(app, cast.ana, doubt)
    page = tom.page(path)
    assert told in page
    assert f'href="/shops/juniper/decide?kind={doubt}">Decide</a>' in page
    assert ">Look</a>" in vic.page(path)
    assert 'id="doubt"' not in tom.page(f"/{cast.ben.conversation_id}")


def test_beside_the_customer_each_code_leads_to_its_page(
    app: FakedApp, cast: Cast, tom: Desk, vic: Desk
) -> None:
    path = f"/{cast.ana.conversation_id}"
    assert "/codes?" not in tom.page(path)
    with app.database.write() as session:
        row = session.scalars(select(Coupon).where(Coupon.code == "BACK15-000")).one()
        row.status, row.customer_id = "live", cast.ana.customer_id
        row.starts_at, row.ends_at = NOW - timedelta(days=1), NOW + timedelta(days=2)
    page = tom.page(path)
    assert 'href="/shops/juniper/codes?code=BACK15-000"' in page
    theirs = f"/shops/juniper/codes?conversation={cast.ana.conversation_id}"
    assert f'<a href="{theirs}">Extend, replace or void them</a>' in page
    assert f'<a href="{theirs}">Look at them</a>' in vic.page(path)
    assert "Codes of Ana" in tom.client.get(theirs).get_data(as_text=True)


@pytest.mark.parametrize("slot", ["near_fact", "fact"])
def test_the_nearest_fact_is_offered_and_taken_into_the_text(
    app: FakedApp, cast: Cast, tom: Desk, vic: Desk, slot: str
) -> None:
    path = f"/{cast.ana.conversation_id}"
    text = asks(app, cast.ana, slots={slot: "shipping"})
    assert 'class="strip near"' not in tom.page(path), "the bot speaks"
    hand_off(app, cast.ana)
    page = tom.page(path)
    assert f'<strong>Perhaps: shipping</strong> <span class="words">«{ANSWER}»' in page
    assert 'class="strip near"' not in vic.page(path)
    assert tom.post(f"{path}/facts/{text}").status_code == 303
    page = tom.page(path)
    assert f"{ANSWER}</textarea>" in page
    tom.htmx = True
    answer = tom.post(f"{path}/facts/{text}").get_data(as_text=True)
    assert answer.strip() == f"<span hidden data-insert>{ANSWER}</span>"


def test_a_fact_is_offered_until_somebody_answers(app: FakedApp, cast: Cast, tom: Desk) -> None:
    path = f"/{cast.ana.conversation_id}"
    asks(app, cast.ana, slots={"near_fact": "shipping"})
    with app.database.write() as session:
        say(session, cast.ana, "Tom will look at it.", NOW - timedelta(minutes=50))
    hand_off(app, cast.ana)
    assert 'class="strip near"' in tom.page(path), "a promise of the bot's is no answer"
    asks(app, cast.ana, "hello?", ago=40)
    assert 'class="strip near"' not in tom.page(path), "what they ask now is asked below what the bot said"
    asks(app, cast.ana, "when is it here?", ago=30, slots={"near_fact": "shipping"})
    assert 'class="strip near"' in tom.page(path)
    with app.database.write() as session:
        by = {"author": "staff", "staff_id": tom.known.staff_id}
        say(session, cast.ana, "Tomorrow.", NOW - timedelta(minutes=20), **by)
    assert 'class="strip near"' not in tom.page(path)


def test_what_the_bot_has_said_already_is_not_offered_again(app: FakedApp, cast: Cast, tom: Desk) -> None:
    asks(app, cast.ana, slots={"fact": "shipping"})
    with app.database.write() as session:
        say(session, cast.ana, ANSWER, NOW - timedelta(minutes=50))
    hand_off(app, cast.ana)
    assert 'class="strip near"' not in tom.page(f"/{cast.ana.conversation_id}")


def test_a_fact_comes_in_the_language_of_the_question(app: FakedApp, cast: Cast, tom: Desk) -> None:
    text = "<b>De 2 a 4 días.</b>"
    with app.database.write() as session:
        session.add(ShopFact(shop_id=cast.shop_id, key="shipping", language="es", answer=text))
        read = reading("question", slots={"near_fact": "shipping"}, language="es").as_document()
        hear(session, cast.ana, "cuándo llega", NOW - timedelta(minutes=3), reading=read)
    hand_off(app, cast.ana)
    page = tom.page(f"/{cast.ana.conversation_id}")
    assert "«&lt;b&gt;De 2 a 4 días.&lt;/b&gt;»" in page
    assert ANSWER not in page


def test_a_fact_that_is_gone_or_another_s_is_none(
    app: FakedApp, cast: Cast, tom: Desk, vic: Desk, stranger: Desk
) -> None:
    text, path = asks(app, cast.ana, slots={"near_fact": "no_such_fact"}), f"/{cast.ana.conversation_id}"
    hand_off(app, cast.ana)
    assert 'class="strip near"' not in tom.page(path)
    assert tom.post(f"{path}/facts/{text}").status_code == 404
    other = asks(app, cast.ben, slots={"near_fact": "shipping"})
    assert tom.post(f"{path}/facts/{other}").status_code == 404
    assert vic.post(f"/{cast.ben.conversation_id}/facts/{other}").status_code == 403
    own = Desk(stranger.client, stranger.known, "paprika")
    assert own.post(f"/{cast.ben.conversation_id}/facts/{other}").status_code == 404


def test_the_picker_leads_to_the_ready_replies(app: FakedApp, cast: Cast, tom: Desk) -> None:
    page = tom.page(f"/{cast.ana.conversation_id}/replies")
    assert re.search(r'<a [^>]*href="/shops/juniper/replies"[^>]*>See all</a>', page)
    assert tom.client.get("/shops/juniper/replies").status_code == 200
