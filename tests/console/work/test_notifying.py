"""The notifications' page: an address that can be called, a test of each way, and whose phone it is."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from bot.alerts.outcomes import Delivered
from bot.alerts.trying import send_test
from bot.models import Audit, ConfirmedPhone, Shop
from bot.shops import ShopSettings
from bot.staff import audit
from tests.bot.alerts.test_deliver import FakePoster
from tests.bot.conversations.loop import text_in
from tests.console.work.conftest import HOSTILE, Place
from tests.console.work.test_desk import WISHES
from tests.support.cast import Cast, Member
from tests.support.clock import NOW
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

PAGE = "/settings/notifications"
PHONE = "+14155550109"


def kept(app: FakedApp, cast: Cast) -> ShopSettings:
    with app.database.read() as session:
        return ShopSettings.model_validate(session.get_one(Shop, cast.shop_id).settings)


def wants(app: FakedApp, cast: Cast, **notify: object) -> None:
    with app.database.write() as session:
        session.execute(update(Shop).where(Shop.id == cast.shop_id).values(settings={"notify": notify}))


def part_of(page: str) -> str:
    found = re.search(r'<section class="panel stack" id="tests".*?</section>', page, re.DOTALL)
    assert found
    return found.group()


@pytest.mark.parametrize(
    ("webhook", "told"),
    [
        ("https://a..example/", "Webhook: nobody can be called there."),
        (f"https://{'a' * 64}.example/", "Webhook: nobody can be called there."),
        ("http://169.254.169.254/latest", "Webhook: that address lies in a private network"),
        ("http://[64:ff9b::a9fe:a9fe]/", "Webhook: that address lies in a private network"),
    ],
)
def test_an_address_that_nobody_can_call_is_not_kept(
    app: FakedApp, cast: Cast, olga: Place, webhook: str, told: str
) -> None:
    assert told in olga.does(PAGE, 422, **WISHES | {"webhook": webhook})
    assert kept(app, cast).notify.webhook is None
    olga.does(PAGE, **WISHES | {"webhook": "https://hooks.example/in"})
    assert kept(app, cast).notify.webhook == "https://hooks.example/in"


def test_a_button_for_each_way_that_is_set_and_what_came_of_it(
    app: FakedApp, cast: Cast, olga: Place
) -> None:
    wants(app, cast, webhook="http://127.0.0.1:9/in", emails=["olga@juniper.example"])
    page = part_of(olga.page(PAGE))
    assert page.count("<button") == 2
    page = part_of(olga.does(f"{PAGE}/test/webhook"))
    assert "not taken: a private address" in page
    page = part_of(olga.does(f"{PAGE}/test/email"))
    assert "not taken: no mail server is set" in page
    with app.database.read() as session:
        acts = session.execute(select(Audit.action, Audit.staff_id)).all()
    assert [tuple(each) for each in acts] == [("notification tested", olga.known.staff_id)] * 2
    assert "this is a test" not in olga.page(PAGE)


def test_what_came_of_a_text_is_asked_again_until_it_is_settled(
    app: FakedApp, cast: Cast, olga: Place
) -> None:
    with app.database.write() as session:
        session.add(
            ConfirmedPhone(shop_id=cast.shop_id, phone=PHONE, confirmed_at=NOW, staff_id=olga.known.staff_id)
        )
    wants(app, cast, phone=PHONE)
    page = part_of(olga.does(f"{PAGE}/test/text"))
    assert "leaves now" in page
    assert "every 2s" in page
    wants(app, cast, webhook="https://hooks.example/in")
    by = audit.By("Olga", staff_id=olga.known.staff_id)
    send_test(app, cast.shop_id, "webhook", by, poster=FakePoster(Delivered()), patience=30)
    assert "taken" in part_of(olga.page(PAGE))


def test_only_owners_send_tests_and_only_by_ways_that_there_are(
    app: FakedApp, cast: Cast, olga: Place, ed: Place, tom: Place, stranger: Place
) -> None:
    wants(app, cast, webhook="https://hooks.example/in")
    for path in (f"{PAGE}/test/webhook", f"{PAGE}/phones", f"{PAGE}/phones/1/forget"):
        for who in (ed, tom):
            assert who.post(path).status_code == 403
        assert stranger.post(path).status_code == 404
        assert olga.client.post(f"/shops/juniper{path}").status_code in (400, 403)
    assert olga.post(f"{PAGE}/test/pigeon").status_code == 404
    assert "keep an address first" in olga.does(f"{PAGE}/test/email")


def test_a_phone_is_added_proved_told_and_forgotten(
    app: FakedApp, cast: Cast, olga: Place, tom: Place
) -> None:
    def rows() -> list[tuple[str, int | None, bool]]:
        with app.database.read() as session:
            found = session.scalars(select(ConfirmedPhone).order_by(ConfirmedPhone.id))
            return [(each.phone, each.staff_id, each.confirmed_at is not None) for each in found]

    whose = str(tom.known.staff_id)
    page = olga.does(f"{PAGE}/phones", own_phone="(415) 555-0109", whose=whose)
    found = re.search(r"text <strong>(\d{6})</strong> from it to \(212\) 555-0100", page)
    assert found
    assert rows() == [(PHONE, tom.known.staff_id, False)]
    assert "not confirmed yet" in olga.does(PAGE, 422, **WISHES | {"phone": PHONE})
    text_in(app, cast, Member(cast.shop_id, 0, 0, PHONE, ""), found.group(1))
    assert rows() == [(PHONE, tom.known.staff_id, True)]
    assert "(415) 555-0109, Tom" in olga.does(PAGE, **WISHES | {"phone": PHONE})

    page = olga.does(f"{PAGE}/phones", own_phone=PHONE, whose=str(olga.known.staff_id))
    assert "it is a phone of that person now" in page
    assert rows() == [(PHONE, olga.known.staff_id, True)]
    with app.database.read() as session:
        number = session.execute(select(ConfirmedPhone.id)).scalar_one()
    assert "Forgotten" in olga.does(f"{PAGE}/phones/{number}/forget")
    assert rows() == []
    assert kept(app, cast).notify.phone is None


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"own_phone": "soon", "whose": "OLGA"}, "no phone that can be texted"),
        ({"own_phone": HOSTILE, "whose": "OLGA"}, "no phone that can be texted"),
        ({"own_phone": PHONE, "whose": ""}, "Say whose phone it is"),
        ({"own_phone": PHONE, "whose": "VIC"}, "Say whose phone it is"),
        ({"own_phone": PHONE, "whose": "STRANGER"}, "Say whose phone it is"),
    ],
)
def test_what_is_no_phone_or_nobodys_is_not_added(
    app: FakedApp, olga: Place, vic: Place, stranger: Place, fields: dict[str, str], told: str
) -> None:
    people = {"OLGA": olga, "VIC": vic, "STRANGER": stranger}
    person = people.get(fields["whose"])
    page = olga.does(f"{PAGE}/phones", **fields | {"whose": str(person.known.staff_id) if person else ""})
    assert told in page
    assert HOSTILE not in page
    with app.database.read() as session:
        assert session.scalars(select(ConfirmedPhone.id)).all() == []


def test_another_shops_phone_is_not_forgotten(app: FakedApp, cast: Cast, olga: Place) -> None:
    with app.database.write() as session:
        theirs = ConfirmedPhone(shop_id=cast.other_shop_id, phone=PHONE, confirmed_at=NOW)
        session.add(theirs)
        session.flush()
        number = theirs.id
    assert olga.post(f"{PAGE}/phones/{number}/forget").status_code == 404
    with app.database.read() as session:
        assert session.get(ConfirmedPhone, number)
