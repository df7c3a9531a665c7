"""The short way in: a plain text of a known customer, stored by one statement (PostgreSQL).

Owns that statement. It does what `receive` does on the long way for a text with no keyword, opt-out or code in it:
the clock, the number's shop, the customer, the inbound row, and the conversation's mark, all or nothing. A statement by
itself is a transaction, so one trip to the server replaces five, and it is committed when it returns (I1). Whatever is
not that simple (unknown number, new customer, a repeat) comes back as «not stored» and takes the long way.
"""

from __future__ import annotations

import functools
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import psycopg

from bot.clock import RealNow
from bot.db import Database
from bot.models import Inbound


def store_known(database: Database, row: dict[str, Any], phone: str, real_now: RealNow, wait_us: int) -> bool:
    """Store the text unless something about it is not simple. `row`: columns of Inbound without its times and owner.

    `phone`: E.164. `wait_us`: for how many microseconds further texts may join the turn.
    """
    from psycopg.types.json import Jsonb  # here, so that an installation on SQLite does not load the driver

    given = {**row, "media": Jsonb(row["media"]), "phone": phone, "real": real_now(), "wait_us": wait_us}
    with database.driver_cursor() as cursor:
        return cursor.execute(_sql(), given).fetchone() is not None


@functools.cache
def _sql() -> str:
    """The statement as the driver wants it, each parameter with its type."""
    return str(
        _STATEMENT.compile(
            dialect=psycopg.dialect()  # type: ignore[no-untyped-call]
        )
    )


_GIVEN = (
    "account",
    "provider_id",
    "sender_number",
    "kind",
    "body",
    "media",
    "opt_out",
    "keyword",
    "provider_answers",
)

# By phone, not by phone_key: the key needs the shop. An erased customer has no phone and takes the long way. One value
# from each table, no joins: every step is a look into a unique index, whatever the planner knows of the tables.
_STATEMENT = text(
    f"""
WITH sender AS (
    SELECT shop_id FROM senders WHERE number = :sender_number AND account = :account AND active
), who AS (
    SELECT shop_id, id AS conversation_id,
        :real + coalesce((SELECT offset_us FROM clock WHERE id = 1), 0) * interval '1 microsecond' AS now
    FROM conversations
    WHERE shop_id = (SELECT shop_id FROM sender) AND customer_id = (
        SELECT id FROM customers WHERE shop_id = (SELECT shop_id FROM sender) AND phone = :phone
    )
), stored AS (
    INSERT INTO inbound (shop_id, conversation_id, received_at, settle_at, {", ".join(_GIVEN)})
    SELECT shop_id, conversation_id, now, now + :wait_us * interval '1 microsecond', :{", :".join(_GIVEN)}
    FROM who
    ON CONFLICT DO NOTHING
    RETURNING id, conversation_id, received_at, settle_at
)
UPDATE conversations SET
    last_inbound_id = stored.id,
    last_inbound_at = stored.received_at,
    work_due_at = least(coalesce(work_due_at, stored.settle_at), stored.settle_at),
    version = version + 1
FROM stored WHERE conversations.id = (SELECT conversation_id FROM stored)
RETURNING stored.id
"""  # noqa: S608  names of columns
).bindparams(
    bindparam("real", type_=Inbound.received_at.type),
    bindparam("wait_us", type_=Inbound.id.type),
    bindparam("phone", type_=Inbound.sender_number.type),
    *(bindparam(name, type_=getattr(Inbound, name).type) for name in _GIVEN),
)
