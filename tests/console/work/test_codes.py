"""Codes on the page: looked up, void, longer, replaced, up to a role's limit; and a wrong offer, looked at and then mended."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.inbox.mending import carry_on
from bot.inbox.verdicts import TONES
from bot.jobs.errands import plan, run_due
from bot.models import Conversation, Coupon, Flow, MendedCode, Mending
from bot.offers.pools import add_codes
from bot.sending.dispatch import send_due
from console.work.mending import STATUSES
from tests.console.work.conftest import Place
from tests.support.cast import Cast, Member
from tests.support.clock import NOW
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


def give(app: FakedApp, who: Member, code: str = "BACK15-000", percent: int = 15) -> int:
    """This code is in their hands for two days more, of a flow's offer."""
    with app.database.write() as session:
        flow = session.scalars(select(Flow).where(Flow.shop_id == who.shop_id)).first()
        if flow is None:
            flow = Flow(shop_id=who.shop_id, name="earlier")
            session.add(flow)
            session.flush()
        row = session.scalars(select(Coupon).where(Coupon.code == code)).one()
        row.status, row.customer_id, row.flow_id, row.offer = "live", who.customer_id, flow.id, "comeback"
        row.percent, row.starts_at, row.ends_at = percent, NOW - timedelta(days=1), NOW + timedelta(days=2)
        row.valid_for_seconds = 3 * 86_400
        return row.id


def coupon(app: FakedApp, number: int) -> Coupon:
    with app.database.read() as session:
        return session.get_one(Coupon, number)


def test_a_code_is_found_as_people_type_it(app: FakedApp, cast: Cast, tom: Place, stranger: Place) -> None:
    give(app, cast.ana)
    page = tom.page("/codes", code=" back15-000 ")
    assert "BACK15-000" in page
    assert "Ana" in page
    assert "15%" in page
    assert "This shop has no code «&lt;b&gt;»." in tom.page("/codes", code="<b>")
    assert "BACK15-000" in tom.page("/codes", conversation=str(cast.ana.conversation_id))
    assert tom.get("/codes", conversation=str(cast.cleo.conversation_id)).status_code == 404


def test_a_code_is_made_longer_replaced_and_void(app: FakedApp, cast: Cast, tom: Place) -> None:
    number = give(app, cast.ana)
    page = tom.does(f"/codes/{number}/extend", days="5", code="BACK15-000")
    assert "lasts longer" in page
    assert coupon(app, number).ends_at > NOW + timedelta(days=6)
    page = tom.does(f"/codes/{number}/replace", code="BACK15-000")
    assert "BACK15-001" in page
    assert coupon(app, number).status == "void"
    with app.database.read() as session:
        new = session.scalars(select(Coupon.id).where(Coupon.code == "BACK15-001")).one()
    assert "void here" in tom.does(f"/codes/{new}/void", why="<i>twice</i>", code="BACK15-001")
    assert coupon(app, new).status == "void"
    assert "That was not done." in tom.does(f"/codes/{new}/extend", 409, days="5", code="BACK15-001")


def test_an_agent_has_a_limit_and_an_owner_none(
    app: FakedApp, cast: Cast, tom: Place, olga: Place, vic: Place
) -> None:
    number = give(app, cast.ana)
    page = tom.does(f"/codes/{number}/extend", 409, days="100", code="BACK15-000")
    assert "ask an owner" in page
    olga.does(f"/codes/{number}/extend", days="100", code="BACK15-000")
    assert olga.post(f"/codes/{number}/extend", days="-1", code="BACK15-000").status_code == 409
    assert 'class="code-deeds"' not in vic.page("/codes", code="BACK15-000")
    assert vic.post(f"/codes/{number}/void").status_code == 403


def test_a_code_of_another_shop_is_none(app: FakedApp, cast: Cast, stranger: Place) -> None:
    number = give(app, cast.ana)
    for deed in ("void", "extend", "replace"):
        assert stranger.post(f"/codes/{number}/{deed}", days="3").status_code == 404


MEND = {"offer": "earlier:comeback", "pool": "", "days": "9", "body-es": ""}


def test_a_wrong_offer_is_looked_at_and_then_mended_once(app: FakedApp, cast: Cast, olga: Place) -> None:
    plan(app)
    number = give(app, cast.ana)
    assert "comeback of earlier (1 live)" in olga.page("/codes/mend")
    said = MEND | {"body-en": "{{ shop.text_name }}: good till {{ offer.ends | day }}. STOP to opt out."}
    page = olga.does("/codes/mend/preview", **said)
    assert "Mend it for 1" in page
    assert "Juniper: good till" in page, "as it would read"
    with app.database.read() as session:
        assert session.scalars(select(Mending)).all() == []
    key = re.search(r'name="key" value="(\w+)"', page)
    assert key
    for _ in range(2):
        assert "to come" in olga.does("/codes/mend", key=key.group(1), **said)
    with app.database.read() as session:
        assert len(session.scalars(select(Mending)).all()) == 1
    assert run_due(app) == ["offers"]  # due at once, for somebody looks at «1 to come»
    carry_on(app)
    with app.database.read() as session:
        assert [each.fate for each in session.scalars(select(MendedCode))] == ["extended"]
        mended = session.scalars(select(Mending.id)).one()
    assert coupon(app, number).ends_at > NOW + timedelta(days=8)
    assert "nobody is left" in olga.page(f"/codes/mend/{mended}")


def test_whom_the_gate_lets_no_text_to_is_said_in_its_words(app: FakedApp, cast: Cast, olga: Place) -> None:
    give(app, cast.ana)
    with app.database.write() as session:
        session.get_one(Conversation, cast.ana.conversation_id).holder = "nobody"
    said = MEND | {"body-en": "{{ shop.text_name }}: good till {{ offer.ends | day }}. STOP to opt out."}
    page = olga.does("/codes/mend/preview", **said)
    assert "1 may not be sent: the conversation waits for a person" in page
    assert "may not be sent: holder" not in page


def test_whom_nobody_told_is_on_the_page_with_the_reason(app: FakedApp, cast: Cast, olga: Place) -> None:
    give(app, cast.ana)
    give(app, cast.ben, "BACK15-001")
    with app.database.write() as session:
        add_codes(session, cast.shop_id, "fresh", ["FRESH-0", "FRESH-1"], percent=20)
        session.get_one(Conversation, cast.ana.conversation_id).holder = "nobody"
    said = MEND | {
        "pool": "fresh",
        "body-en": "{{ shop.text_name }}: take {{ offer.code }}. STOP to opt out.",
    }
    page = olga.does("/codes/mend/preview", **said)
    assert "1 may not be sent: the conversation waits for a person, and wait until that is over" in page
    olga.does("/codes/mend", key="k", **said)
    carry_on(app)
    send_due(app)
    with app.database.read() as session:
        number = session.scalars(select(Mending.id)).one()
    page = olga.page(f"/codes/mend/{number}")
    assert "<code>BACK15-000</code>, now <code>FRESH-0</code>" in page
    assert "the conversation waits for a person. It leaves by itself when it may." in page
    assert "the number is suppressed: opted_out. No text will tell them: write to them." in page
    assert "1 wait to leave" in page
    page = olga.page("/codes", code="BACK15-000")
    assert "FRESH-0, no text has told them yet: let the till take the old one" in page
    assert olga.get("/codes/mend/999").status_code == 404


def test_every_end_of_a_text_has_words() -> None:
    assert set(STATUSES) == set(TONES)


def test_what_is_wrong_with_it_is_said_and_nothing_begins(
    app: FakedApp, cast: Cast, olga: Place, tom: Place
) -> None:
    give(app, cast.ana)
    assert "Choose an offer." in olga.does("/codes/mend/preview", 422, **MEND | {"offer": ""})
    page = olga.does("/codes/mend/preview", 422, **MEND | {"days": "0", "body-en": "{{ custmer }}"})
    assert "It lasts 1 to 365 days" in page
    assert "custmer" in page
    assert olga.post("/codes/mend", key="k", **MEND | {"days": "0"}).status_code == 422
    assert olga.post("/codes/mend", **MEND).status_code == 400
    assert tom.post("/codes/mend", key="k", **MEND).status_code == 403
    assert olga.get("/codes/mend/999").status_code == 404
