"""Texts by the thousand, written straight into the tables: what picking and pacing are tried with."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.models import Outbound
from tests.support.cast import Member


def write_texts(
    session: Session,
    who: Member,
    kind: str,
    count: int,
    now: datetime,
    *,
    parts: int = 1,
    ago: timedelta = timedelta(minutes=5),
) -> None:
    """`count` ready texts of one kind, due a millisecond apart, the first `ago` before now."""
    prompted = {"prompted_by": "yes"} if kind == "answer" else {}
    rows = [
        {
            "shop_id": who.shop_id,
            "public_id": uuid.uuid4().hex,
            "conversation_id": who.conversation_id,
            "key": f"flood:{uuid.uuid4().hex}",
            "author": "staff" if kind == "staff" else "bot",
            "effect": prompted,
            "body": "Hi",
            "language": "en",
            "encoding": "gsm7",
            "parts": parts,
            "kind": kind,
            "status": "ready",
            "fence": 0,
            "due_at": now - ago + timedelta(milliseconds=n),
            "created_at": now - ago,
        }
        for n in range(count)
    ]
    for begin in range(0, count, 5000):
        session.execute(insert(Outbound), rows[begin : begin + 5000])
