"""The short way in: a plain text of a known customer, stored by the fewest statements there can be.

Owns these statements. They do what `receive` does on the long way for a text with no keyword, opt-out or code in it:
the clock, the number's shop, the customer, the inbound row, and the conversation's mark, all or nothing. On PostgreSQL
it is a single statement, which by itself is a transaction: one trip to the server instead of five, and committed when it
returns (I1). On SQLite there are no trips to save, so it is three in a transaction. Whatever is not that simple (unknown
number, new customer, a repeat) comes back as «not stored» and takes the long way.
"""

from __future__ import annotations

import functools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, text

from bot.clock import RealNow, domain_time
from bot.db import Database
from bot.models import Inbound


def store_known(
    database: Database, row: dict[str, Any], phone: str, real_now: RealNow, waits: timedelta
) -> bool:
    """Store the text unless something about it is not simple. `row`: columns of Inbound without its times and owner.

    `phone`: E.164. `waits`: for how long further texts may join the turn.
    """
    given = {**row, "phone": phone}
    with database.driver_cursor() as cursor:
        if database.is_sqlite:
            return _by_three(cursor, given, real_now, waits)
        return _by_one(cursor, given, real_now, waits)


def _by_one(cursor: Any, given: dict[str, Any], real_now: RealNow, waits: timedelta) -> bool:
    from psycopg.types.json import Jsonb  # here, so that an installation on SQLite does not load the driver

    wait_us = waits // timedelta(microseconds=1)
    given |= {"media": Jsonb(given["media"]), "real": real_now(), "wait_us": wait_us}
    return cursor.execute(_one(), given).fetchone() is not None


def _by_three(cursor: Any, given: dict[str, Any], real_now: RealNow, waits: timedelta) -> bool:
    found = cursor.execute(_WHO, given).fetchone()
    if found is None:
        return False
    shop_id, conversation_id, offset_us = found
    now = domain_time(offset_us, real_now)
    given |= {
        "shop_id": shop_id,
        "conversation_id": conversation_id,
        "media": json.dumps(given["media"]),
        "now": _stored(now),
        "due": _stored(now + waits),
    }
    stored = cursor.execute(_INSERT, given).fetchone()
    if stored is None:
        return False
    cursor.execute(_MARK, given | {"inbound_id": stored[0]})
    return True


def _stored(moment: datetime) -> str:
    """An instant as SQLAlchemy stores it in SQLite."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


@functools.cache
def _one() -> str:
    """The statement as PostgreSQL's driver wants it, each parameter with its type."""
    from sqlalchemy.dialects.postgresql import psycopg

    return str(_STATEMENT.compile(dialect=psycopg.dialect()))  # type: ignore[no-untyped-call]


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

# While people hold, they owe an answer (a thumb wants none); and what was put aside comes up again.
_FOR_PEOPLE = """
    owed_since = CASE WHEN holder = 'bot' OR :kind IN ('reaction', 'empty') THEN owed_since
        ELSE coalesce(owed_since, {at}) END,
    snoozed_until = CASE WHEN :kind IN ('reaction', 'empty') THEN snoozed_until END,
    closed_at = CASE WHEN :kind IN ('reaction', 'empty') THEN closed_at END
"""
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
    {_FOR_PEOPLE.format(at="stored.received_at")},
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

_WHO = """
SELECT conversations.shop_id, conversations.id, (SELECT offset_us FROM clock WHERE id = 1)
FROM senders
JOIN customers ON customers.shop_id = senders.shop_id AND customers.phone = :phone
JOIN conversations ON conversations.shop_id = customers.shop_id AND conversations.customer_id = customers.id
WHERE senders.number = :sender_number AND senders.account = :account AND senders.active
"""
_INSERT = f"""
INSERT INTO inbound (shop_id, conversation_id, received_at, settle_at, {", ".join(_GIVEN)})
VALUES (:shop_id, :conversation_id, :now, :due, :{", :".join(_GIVEN)})
ON CONFLICT DO NOTHING
RETURNING id
"""  # noqa: S608  names of columns
_MARK = f"""
UPDATE conversations SET
    last_inbound_id = :inbound_id,
    last_inbound_at = :now,
    work_due_at = min(coalesce(work_due_at, :due), :due),
    {_FOR_PEOPLE.format(at=":now")},
    version = version + 1
WHERE id = :conversation_id
"""  # noqa: S608  names of columns
