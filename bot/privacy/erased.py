"""The tombstone: texts of before an erasure do not come back, and who comes back afterwards is welcome.

Owns the difference. A provider may bring an old text again (the sweep for missed ones, a late webhook); it leaves a row
with its id, so that it is known, and nothing of what it said.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations.rows import insert_once
from bot.models import Conversation, Erasure, Inbound, StrayText
from bot.privacy.forgetting import Erased, expect_copy


def left_behind(
    session: Session,
    shop_id: int,
    phone_key: str,
    row: Mapping[str, Any],
    came: datetime,
    now: datetime,
) -> bool:
    """Whether this text came before its writer was erased; then only its id is kept. `row`: as in `receive`."""
    found = session.execute(
        select(Erasure).where(
            Erasure.shop_id == shop_id, Erasure.phone_key == phone_key, Erasure.asked_at >= came
        )
    ).scalar_one_or_none()
    if found is None:
        return False
    conversation = session.execute(
        select(Conversation.id).where(
            Conversation.shop_id == shop_id, Conversation.customer_id == found.customer_id
        )
    ).scalar_one_or_none()
    if conversation is None:
        bare = {"from_number": "", "to_number": row["sender_number"], "body": "", "received_at": came}
        insert_once(
            session, StrayText, {"account": row["account"], "provider_id": row["provider_id"], **bare}
        )
    else:
        empty = {"body": "", "media": [], "shop_id": shop_id, "conversation_id": conversation}
        times = {"received_at": came, "settle_at": came, "turned_at": now}
        insert_once(session, Inbound, {**row, **empty, **times})
    erased = Erased(found.id, shop_id, phone_key, found.customer_id, found.asked_at)
    expect_copy(session, erased, row["account"], row["provider_id"])
    return True
