"""The short way of a known customer's plain text does what the long way does, and leaves it everything else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from bot.clock import set_offset
from bot.conversations import receive as door
from bot.conversations.known import store_known
from bot.conversations.receive import InboundText, Media, receive
from bot.db import Database
from bot.models import Conversation, Customer, Inbound, StrayText
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp


def said(cast: Cast, body: str, sid: str = "SM1", **changes: Any) -> InboundText:
    """Ana's text."""
    return InboundText(**{"account": ACCOUNT, "provider_id": sid, "from_number": cast.ana.phone,
                          "to_number": cast.number, "body": body} | changes)  # fmt: skip


def stored(app: FakedApp) -> list[dict[str, Any]]:
    """What is kept of the texts, and of the conversation that they belong to."""
    with app.database.read() as session:
        rows = session.execute(
            select(
                Inbound.__table__,
                Conversation.last_inbound_at,
                Conversation.work_due_at,
                Conversation.version,
            )
            .join(Conversation, Conversation.id == Inbound.conversation_id)
            .order_by(Inbound.id)
        ).mappings()
        return [{name: value for name, value in row.items() if name != "id"} for row in rows]


@pytest.mark.parametrize(
    "text_in",
    [
        {"body": "same again please"},
        {"body": "", "media": (Media("https://api.twilio.com/m1", "image/jpeg"),)},
        {"body": "Liked “Here's your cart”"},
        {"body": "¿cuánto tarda? 👍"},
    ],
    ids=["words", "picture", "reaction", "other letters"],
)
def test_both_ways_store_the_same(app: FakedApp, cast: Cast, text_in: dict[str, Any]) -> None:
    receive(app, said(cast, **text_in))
    (short,) = stored(app)
    with app.database.write() as session:
        session.execute(text("DELETE FROM inbound"))
        fresh = {"last_inbound_id": None, "last_inbound_at": None, "work_due_at": None, "version": 0}
        session.execute(update(Conversation).values(fresh))
    with app.database.write() as session:
        door._store(session, app, door._look_at(app.settings, said(cast, **text_in), call=False))
    assert stored(app) == [short]
    assert app.bell.rung == ["turns"]  # type: ignore[attr-defined]


def test_a_repeat_is_stored_once_and_rings_once(app: FakedApp, cast: Cast) -> None:
    for _ in range(3):
        receive(app, said(cast, "same again"))
    assert len(stored(app)) == 1
    assert app.bell.rung == ["turns"]  # type: ignore[attr-defined]


def test_it_goes_by_the_moved_clock_and_never_puts_work_off(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    with app.database.write() as session:
        set_offset(session, timedelta(days=3))
        early = clock() + timedelta(days=2)
        session.execute(
            update(Conversation).where(Conversation.id == cast.ana.conversation_id).values(work_due_at=early)
        )
    receive(app, said(cast, "same again"))
    (row,) = stored(app)
    assert row["received_at"] == clock() + timedelta(days=3)
    assert row["settle_at"] == clock() + timedelta(days=3, seconds=app.settings.settle_seconds)
    assert row["work_due_at"] == early


@pytest.mark.parametrize(
    "changes",
    [{"account": "AC" + "9" * 32}, {"to_number": "+19995550100"}],
    ids=["another account's token", "a number that no shop has"],
)
def test_it_writes_into_no_shop_that_is_not_the_account_s(
    app: FakedApp, cast: Cast, changes: dict[str, str]
) -> None:
    receive(app, said(cast, "same again", **changes))
    assert stored(app) == []
    with app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(StrayText)) == 1


def test_an_erased_customer_who_writes_again_is_found_by_the_key(app: FakedApp, cast: Cast) -> None:
    with app.database.write() as session:
        session.execute(update(Customer).where(Customer.id == cast.ana.customer_id).values(phone=None))
    receive(app, said(cast, "same again"))
    (row,) = stored(app)
    assert row["conversation_id"] == cast.ana.conversation_id


def test_a_connection_that_breaks_is_not_used_again(app: FakedApp, cast: Cast, db: Database) -> None:
    row: dict[str, Any] = {"account": ACCOUNT, "sender_number": cast.number, "kind": "text", "body": "hi", "media": [],
           "opt_out": None, "keyword": None, "provider_answers": False}  # fmt: skip
    with pytest.raises(Exception, match=r"null|NULL"):
        store_known(db, {**row, "provider_id": None}, cast.ana.phone, app.real_now, timedelta())
    assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    assert store_known(db, {**row, "provider_id": "SM2"}, cast.ana.phone, app.real_now, timedelta())
