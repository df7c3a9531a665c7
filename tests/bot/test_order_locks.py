"""An order and a turn of the same customer at once, on a real PostgreSQL: neither is a victim."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select, update

from bot.audience.recovery import order_arrived
from bot.db import Database
from bot.keys import Keys
from bot.models import Conversation, Customer, Order
from bot.orders import CustomerIn, OrderIn, record_order
from tests.support.cast import bring_cast
from tests.support.clock import NOW
from tests.support.databases import wait_for_a_lock


@pytest.mark.server
def test_an_order_waits_for_the_turn_that_writes_its_customer(postgres_db: Database, keys: Keys) -> None:
    """Both lock the conversation first. The other way round, PostgreSQL would end one of them after a second."""
    with postgres_db.write() as session:
        cast = bring_cast(session, keys, NOW)
    bought = OrderIn("9", NOW, 4000, "USD", CustomerIn(phone=cast.ana.phone), status="paid")
    faults: list[Exception] = []

    def order() -> None:
        try:
            with postgres_db.write() as session:
                done = record_order(session, keys, cast.shop_id, bought, source="api", now=NOW)
                assert done.order_id is not None
                order_arrived(session, cast.shop_id, done.order_id, NOW)
                session.execute(
                    update(Conversation)
                    .where(Conversation.id == cast.ana.conversation_id)
                    .values(work_due_at=NOW)
                )
        except Exception as fault:
            faults.append(fault)

    shop = threading.Thread(target=order)
    with postgres_db.write() as turn:
        turn.execute(
            select(Conversation.id).where(Conversation.id == cast.ana.conversation_id).with_for_update()
        )
        shop.start()
        wait_for_a_lock(postgres_db)
        turn.execute(update(Customer).where(Customer.id == cast.ana.customer_id).values(language="es"))
    shop.join(10)
    assert faults == []
    with postgres_db.read() as session:
        assert session.execute(select(Order.id).where(Order.external_id == "9")).first()
