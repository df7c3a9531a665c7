"""The picker: the same offers and links as flows give, for a text that a person writes."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from bot.conversations.snapshot import live_offer
from bot.conversations.subjects import subject_of
from bot.db import Database
from bot.flows_store import publish_library, publish_unproved
from bot.inbox import Actor, Gone, NotAllowed
from bot.inbox.choices import Picker, choices, products
from bot.inbox.offering import LinkPick, NotGiven, OfferPick, Picked, ProductPick, carried, pick
from bot.keys import Keys
from bot.models import Conversation, Coupon, Link, Shop
from bot.offers.by_hand import shop_offers, take_back_unsent
from bot.offers.giving import give
from bot.offers.pools import add_codes
from bot.sending.dispatch import send_due
from flows.events import CouponReady
from tests.bot.inbox.staffed import hire, say
from tests.bot.offers.conftest import codes, fill, hold, passage, subject, wish
from tests.support.cast import Cast
from tests.support.clock import NOW, StillClock
from tests.support.fakes import FakedApp

LINK = "http://127.0.0.1:8080"
COMEBACK = OfferPick("winback_offer", "comeback")


@pytest.fixture
def tom(db: Database, cast: Cast) -> Actor:
    """An agent of Ana's shop, where the flows that come with Winback are published."""
    with db.write() as session:
        publish_library(session, cast.shop_id, NOW, only={"winback_offer"})
        return hire(session, cast.shop_id, "Tom", NOW)


def taken(
    db: Database, keys: Keys, actor: Actor, conversation: int, what: OfferPick | LinkPick | ProductPick
) -> object:
    """What comes of picking that."""
    with db.write() as session:
        return pick(session, keys, LINK, conversation, what, actor, NOW)


def test_a_picked_offer_is_a_code_of_the_flow_and_goes_live_when_its_text_leaves(
    app: FakedApp, db: Database, cast: Cast, keys: Keys, tom: Actor, clock: StillClock
) -> None:
    got = taken(db, keys, tom, cast.ana.conversation_id, COMEBACK)
    assert isinstance(got, Picked)
    assert got.words.startswith("15% off till Tuesday night, already in this link: http://127.0.0.1:8080/l/")
    assert got == taken(db, keys, tom, cast.ana.conversation_id, COMEBACK)
    with db.write() as session:
        conversation = session.get_one(Conversation, cast.ana.conversation_id)
        assert carried(session, conversation, "no code in here") is None
        effect = carried(session, conversation, got.words)
        assert effect == {"offer": "comeback"}
        leads = session.execute(select(Link.target).where(Link.enrolment_id.is_(None))).scalar_one()
        assert "BACK15-000" in leads
        say(
            session,
            cast.ana,
            got.words,
            NOW,
            author="staff",
            kind="staff",
            status="ready",
            effect=effect,
            attempted_at=None,
        )
    assert codes_of(db, cast) == [("BACK15-000", "reserved", "comeback")]
    clock.move(hours=1)
    assert send_due(app) == 1
    assert codes_of(db, cast) == [("BACK15-000", "live", "comeback")]
    with db.read() as session:
        row = session.execute(select(Coupon).where(Coupon.status == "live")).scalar_one()
        assert row.starts_at == clock()
        assert row.ends_at is not None
        assert got.ends_at is not None
        assert row.ends_at >= got.ends_at
        offer = live_offer(session, cast.ana.customer_id, "America/Los_Angeles", clock())
        assert offer is not None
        assert offer.code == "BACK15-000"


def codes_of(db: Database, cast: Cast) -> list[tuple[str, str, str | None]]:
    with db.read() as session:
        return codes(session, cast.ana)


def test_a_better_code_by_hand_takes_the_place_of_a_worse_one_once_it_left(
    app: FakedApp, db: Database, cast: Cast, keys: Keys, tom: Actor
) -> None:
    fill(db, cast)
    hold(db, cast.ana, "percent-10-A")
    got = taken(db, keys, tom, cast.ana.conversation_id, COMEBACK)
    assert isinstance(got, Picked)
    assert got.code == "BACK15-000"
    with db.write() as session:
        conversation = session.get_one(Conversation, cast.ana.conversation_id)
        effect = carried(session, conversation, got.words)
        say(session, cast.ana, got.words, NOW, author="staff", kind="staff", status="ready", effect=effect,
            attempted_at=None)  # fmt: skip
    assert send_due(app) == 1
    assert {code: status for code, status, _ in codes_of(db, cast)} == {
        "percent-10-A": "void",
        "BACK15-000": "live",
    }


@pytest.mark.parametrize(
    ("held", "code", "why"),
    [
        ("percent-20-A", "percent-20-A", None),
        ("free-shipping-A", None, "they hold free-shipping-A, an offer of another kind"),
    ],
)
def test_one_live_offer_holds_for_people_too(
    db: Database, cast: Cast, keys: Keys, tom: Actor, held: str, code: str | None, why: str | None
) -> None:
    fill(db, cast)
    hold(db, cast.ana, held)
    got = taken(db, keys, tom, cast.ana.conversation_id, COMEBACK)
    if why:
        assert got == NotGiven(why)
    else:
        assert isinstance(got, Picked)
        assert got.code == code
    with db.read() as session:
        shown = choices(session, cast.ana.conversation_id, tom, NOW)
        assert isinstance(shown, Picker)
        assert [each.why_not for each in shown.offers if each.offer == "comeback"] == [why]


def test_what_nobody_sends_is_free_again(
    app: FakedApp, db: Database, cast: Cast, keys: Keys, tom: Actor, clock: StillClock
) -> None:
    taken(db, keys, tom, cast.ana.conversation_id, COMEBACK)
    assert take_back_unsent(app) == 0
    clock.move(hours=25)
    assert take_back_unsent(app) == 1
    assert codes_of(db, cast) == []


def test_a_promise_whose_text_never_left_stands_in_no_flows_way(
    db: Database, cast: Cast, keys: Keys, tom: Actor
) -> None:
    fill(db, cast)
    taken(db, keys, tom, cast.ana.conversation_id, COMEBACK)
    with db.write() as session:
        request = wish(pool="free-shipping", free_shipping=True)
        its = passage(session, cast.ana)
        assert give(session, subject(session, cast.ana), its, request, NOW) == CouponReady("deal")
    assert codes_of(db, cast) == [("free-shipping-A", "reserved", "deal")]


def test_a_role_gives_no_more_than_it_may(db: Database, cast: Cast, keys: Keys, tom: Actor) -> None:
    with db.write() as session:
        session.execute(update(Shop).values(settings={"agent_limits": {"percent": 10}}))
        boss = hire(session, cast.shop_id, "Olga", NOW, "owner")
        viewer = hire(session, cast.shop_id, "Vic", NOW, "viewer")
    assert taken(db, keys, tom, cast.ana.conversation_id, COMEBACK) == NotGiven(
        "15% is more than agents may give here (10%): ask an owner"
    )
    assert isinstance(taken(db, keys, viewer, cast.ana.conversation_id, COMEBACK), NotAllowed)
    assert isinstance(taken(db, keys, boss, cast.ana.conversation_id, COMEBACK), Picked)


DEAL = """
flow: deals
title: Deals
exit_on: [ordered]
offers:
  deal: {{ {worth}, code: unique, pool: deals, valid_for: 3 days }}
start: hello
nodes:
  hello: {{ offer: deal, say: "{{{{ offer.code }}}}", end: done }}
"""


@pytest.mark.parametrize(
    ("worth", "limits", "why"),
    [
        ("amount: 50", {}, "$50 is more than agents may give here ($10): ask an owner"),
        ("amount: 50", {"amount_cents": 5000}, None),
        ("amount: 5", {}, None),
        ("free_shipping: true", {}, None),
        ("gift: sku-1", {}, "agents give no gifts here: ask an owner"),
        ("points: 200", {}, "agents give no points here: ask an owner"),
        ("points: 200", {"also": ["points"]}, None),
    ],
)
def test_a_role_has_a_limit_for_whatever_an_offer_is_worth(
    db: Database, cast: Cast, keys: Keys, tom: Actor, worth: str, limits: dict[str, Any], why: str | None
) -> None:
    with db.write() as session:
        session.execute(update(Shop).values(settings={"agent_limits": limits}))
        source = DEAL.format(worth=worth)
        publish_unproved(session, cast.shop_id, source, by="test", now=NOW)
        offer = next(each for _, name, each in shop_offers(session, cast.shop_id) if name == "deals")
        its = {
            name: getattr(offer, name)
            for name in ("percent", "amount_cents", "free_shipping", "gift", "points")
        }
        add_codes(session, cast.shop_id, "deals", ["DEAL-1"], **its)
        olga = hire(session, cast.shop_id, "Olga", NOW, "owner")
    with db.read() as session:
        shown = choices(session, cast.ana.conversation_id, tom, NOW)
        assert isinstance(shown, Picker)
        assert [each.why_not for each in shown.offers if each.flow == "deals"] == [why]
    deal = OfferPick("deals", "deal")
    got = taken(db, keys, tom, cast.ana.conversation_id, deal)
    assert got == NotGiven(why) if why else isinstance(got, Picked)
    assert isinstance(taken(db, keys, olga, cast.ana.conversation_id, deal), Picked)


def test_another_shops_conversation_is_not_there(db: Database, cast: Cast, keys: Keys, tom: Actor) -> None:
    assert taken(db, keys, tom, cast.cleo.conversation_id, COMEBACK) == Gone()
    with db.read() as session:
        assert choices(session, cast.cleo.conversation_id, tom, NOW) == Gone()
        assert [each.product for each in products(session, tom, "blend MORNING")] == ["sku-1"]
        assert products(session, tom, "%") == ()


def test_links_read_like_a_persons_words(db: Database, cast: Cast, keys: Keys, tom: Actor) -> None:
    again = taken(db, keys, tom, cast.ana.conversation_id, LinkPick("reorder"))
    one = taken(db, keys, tom, cast.ana.conversation_id, ProductPick("sku-1"))
    assert isinstance(again, Picked)
    assert isinstance(one, Picked)
    assert again.words.startswith("Here's your cart again: http://")
    assert one.words.startswith("Morning Blend, $15.50: http://")
    assert taken(db, keys, tom, cast.ana.conversation_id, ProductPick("sku-9")) == Gone()
    with db.read() as session:
        found = session.scalars(select(Link.target).order_by(Link.id)).all()
    assert found == [
        "https://juniper.example/cart/?products=sku-1%3A2",
        "https://juniper.example/cart/?products=sku-1%3A1",
    ]


def test_a_spanish_customer_reads_spanish(db: Database, cast: Cast, keys: Keys, tom: Actor) -> None:
    with db.write() as session:
        session.get_one(Conversation, cast.ana.conversation_id).language = "es"
        assert subject_of(session, session.get_one(Conversation, cast.ana.conversation_id)).zone
    got = taken(db, keys, tom, cast.ana.conversation_id, COMEBACK)
    assert isinstance(got, Picked)
    assert got.words.startswith("15% de descuento hasta el martes en la noche, ya incluido en este enlace: ")
