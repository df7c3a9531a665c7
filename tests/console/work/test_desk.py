"""Ready replies, the end of a shift, and the hours: kept, handed on, and said when it was not done."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.models import ConfirmedPhone, Conversation, Note, ReadyReply, Shop
from bot.shops import ShopSettings
from tests.bot.inbox.staffed import change, hear
from tests.console.work.conftest import HOSTILE, Place
from tests.support.cast import Cast, Member
from tests.support.clock import NOW
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


def now_held(app: FakedApp, who: Member) -> Conversation:
    with app.database.read() as session:
        return session.get_one(Conversation, who.conversation_id)


def holds(app: FakedApp, who: Member, place: Place) -> None:
    with app.database.write() as session:
        since = NOW - timedelta(hours=1)
        change(session, who, holder="staff", staff_id=place.known.staff_id, held_since=since)


def wishes(app: FakedApp, cast: Cast) -> ShopSettings:
    with app.database.read() as session:
        return ShopSettings.model_validate(session.get_one(Shop, cast.shop_id).settings)


def test_a_reply_is_kept_found_changed_and_removed(app: FakedApp, olga: Place) -> None:
    body = "Hi {{ customer.first_name }}, it is on its way. " + HOSTILE.replace("{{7*7}}", "")
    page = olga.does("/replies", name="late-parcel", language="en", body=body)
    assert "<img src=x" not in page
    assert "Add it in Spanish" in page
    assert "late-parcel" in olga.page("/replies", search="on its way")
    assert "None has these words." in olga.page("/replies", search="refund")
    with app.database.read() as session:
        number = session.scalars(select(ReadyReply.id)).one()
    page = olga.page("/replies", edit=str(number))
    assert "Hi Alejandra" in page, "as a usual customer reads it"
    assert "1 part" in page
    olga.does("/replies", name="late-parcel", language="en", body="Soon.", there="1")
    assert "Removed." in olga.does(f"/replies/{number}/remove")
    assert olga.post(f"/replies/{number}/remove").status_code == 404


def test_a_reply_that_cannot_be_said_is_refused_with_every_reason(olga: Place) -> None:
    page = olga.does("/replies", 422, name="No Name!", language="en", body="{{ custmer.name }}")
    assert "is no name for a reply" in page
    assert "custmer.name" in page
    page = olga.does("/replies/preview", name="x", language="es", body="Hola {{ nobody }}")
    assert "It cannot be said" in page


def test_only_the_owner_changes_replies_and_all_read_them(tom: Place, vic: Place) -> None:
    assert "Add a reply" not in tom.page("/replies")
    assert tom.post("/replies", name="x", language="en", body="y").status_code == 403
    assert vic.get("/replies").status_code == 200


def test_a_shift_ends_with_each_conversation_where_it_was_put(
    app: FakedApp, cast: Cast, tom: Place, eve: Place
) -> None:
    assert "Nothing is with you." in tom.page("/shift")
    holds(app, cast.ana, tom)
    holds(app, cast.ben, tom)
    with app.database.write() as session:
        change(session, cast.ana, owed_since=NOW - timedelta(minutes=40))
    page = tom.page("/shift")
    assert "waits for an answer: 40 min" in page
    assert "to Eve" in page
    assert "to Tom" not in page
    ana, ben = cast.ana.conversation_id, cast.ben.conversation_id
    fates = {
        f"fate-{ana}": f"to:{eve.known.staff_id}",
        f"note-{ana}": "She wants the dark one",
        f"fate-{ben}": "close",
        f"note-{ben}": f"all said {HOSTILE}",
    }
    page = tom.does("/shift", **fates)
    assert "2 conversations handed on." in page
    assert "Nothing is with you." in page
    assert now_held(app, cast.ana).assignee_id == eve.known.staff_id
    assert now_held(app, cast.ana).holder == "nobody"
    assert now_held(app, cast.ben).holder == "bot"
    assert now_held(app, cast.ben).closed_at is not None
    with app.database.read() as session:
        said = session.scalars(select(Note.body)).all()
    assert any("She wants the dark one" in each for each in said)
    assert any("all said" in each for each in said)


def test_the_rest_of_a_shift_is_left_waiting_at_once(app: FakedApp, cast: Cast, tom: Place) -> None:
    holds(app, cast.ana, tom)
    holds(app, cast.ben, tom)
    tom.does("/shift", **{f"fate-{cast.ben.conversation_id}": "bot", "all": "wait"})
    assert now_held(app, cast.ana).holder == "nobody"
    assert now_held(app, cast.ben).holder == "bot"


@pytest.mark.parametrize("fate", ["bot", "close"])
def test_at_the_end_of_a_shift_nothing_goes_to_the_bot_over_a_text_that_was_not_shown(
    app: FakedApp, cast: Cast, tom: Place, fate: str
) -> None:
    holds(app, cast.ana, tom)
    ana = cast.ana.conversation_id
    page = tom.page("/shift")
    assert f'name="seen-{ana}" value="0"' in page
    with app.database.write() as session:
        came = hear(session, cast.ana, "and my <b>refund</b>?", NOW)
        change(session, cast.ana, owed_since=NOW)
    shown = tom.does("/shift", 409, **{f"fate-{ana}": fate, f"seen-{ana}": "0", f"note-{ana}": "all said"})
    assert "Ana: The customer has written meanwhile. «and my &lt;b&gt;refund&lt;/b&gt;?»" in shown
    assert f'name="seen-{ana}" value="{came}"' in shown
    assert (now_held(app, cast.ana).holder, now_held(app, cast.ana).owed_since) == ("staff", NOW)
    tom.does("/shift", **{f"fate-{ana}": fate, f"seen-{ana}": str(came)})
    assert (now_held(app, cast.ana).holder, now_held(app, cast.ana).owed_since) == ("bot", None)


def test_a_colleague_who_left_meanwhile_is_said_and_the_others_are_done(
    app: FakedApp, cast: Cast, tom: Place
) -> None:
    holds(app, cast.ana, tom)
    holds(app, cast.ben, tom)
    fates = {f"fate-{cast.ana.conversation_id}": "to:99999", f"fate-{cast.ben.conversation_id}": "wait"}
    page = tom.does("/shift", 409, **fates)
    assert "Ana: That was not done." in page
    assert now_held(app, cast.ana).staff_id == tom.known.staff_id
    assert now_held(app, cast.ben).holder == "nobody"


WISHES = {
    "from_hour": "8",
    "to_hour": "18",
    "reply_target_minutes": "30",
    "return_hours": "",
    "day-0": "1",
    "day-5": "1",
    "matter-waits": "1",
    "emails": "olga@juniper.example\ntom@juniper.example",
    "webhook": "",
    "phone": "",
}


def test_hours_and_wishes_are_kept_and_the_other_settings_stay(
    app: FakedApp, cast: Cast, olga: Place
) -> None:
    with app.database.write() as session:
        session.get_one(Shop, cast.shop_id).settings = {"marketing_per_week": 2}
        session.add(ConfirmedPhone(shop_id=cast.shop_id, phone="+14155550109", confirmed_at=NOW))
    page = olga.does("/settings/notifications", **WISHES | {"phone": "+14155550109", "return_hours": "12"})
    assert "Kept." in page
    found = wishes(app, cast)
    assert (found.hours.days, found.hours.from_hour, found.return_hours) == ((0, 5), 8, 12.0)
    assert found.notify.emails == ("olga@juniper.example", "tom@juniper.example")
    assert (found.notify.matters, found.notify.phone) == (("waits",), "+14155550109")
    assert found.marketing_per_week == 2


def test_what_is_wrong_with_them_is_said_and_nothing_is_kept(
    app: FakedApp, cast: Cast, olga: Place, tom: Place
) -> None:
    before = wishes(app, cast)
    for fault, told in (
        ({"webhook": "ftp://x"}, "Webhook"),
        ({"emails": "nobody"}, "E-mails"),
        ({"to_hour": "7"}, "end after they begin"),
        ({"phone": "+14155550100"}, "not confirmed"),
        ({"reply_target_minutes": "soon"}, "Reply target"),
        ({"return_hours": "9999"}, "Return to the bot"),
    ):
        assert told in olga.does("/settings/notifications", 422, **WISHES | fault)
    assert wishes(app, cast) == before
    assert tom.post("/settings/notifications", **WISHES).status_code == 403
