"""Olga owns Ana's shop, which tells her own phone who waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.compliance import consent
from bot.conversations.customers import find_or_make
from bot.db import Database
from bot.models import ConfirmedPhone, Shop
from tests.bot.alerts.phoned import PHONE
from tests.bot.inbox.staffed import hear, hire, waits
from tests.support.cast import Cast, Member
from tests.support.clock import NOW
from tests.support.fakes import FakedApp


@pytest.fixture
def olga(app: FakedApp, db: Database, cast: Cast) -> Member:
    """The owner's own phone, confirmed; the shop tells it who waits, and Ana does."""
    with db.write() as session:
        boss = hire(session, cast.shop_id, "Olga", NOW, "owner")
        session.execute(
            update(Shop).where(Shop.id == cast.shop_id).values(settings={"notify": {"phone": PHONE}})
        )
        session.add(
            ConfirmedPhone(shop_id=cast.shop_id, phone=PHONE, staff_id=boss.staff_id, confirmed_at=NOW)
        )
        party = find_or_make(session, app.keys, cast.shop_id, PHONE, NOW)
        consent.opt_in(session, cast.shop_id, party.phone_key, kind="written", source="own_phone", at=NOW)
        hear(session, cast.ana, "do you have decaf?", NOW - timedelta(minutes=1), turned_at=NOW)
        waits(session, cast.ana, NOW)
    return Member(cast.shop_id, party.customer_id, party.conversation_id, PHONE, party.phone_key)
