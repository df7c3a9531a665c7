"""A member of the shop proves that a phone is theirs, by texting a code that the command showed them.

Owns that proof: the only phones that a shop in test may text. The phone's owner asked for it, so it is written consent.
"""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.compliance import consent
from bot.conversations.customers import Party
from bot.keys import api_key_hash
from bot.models import ConfirmedPhone

_CODE = re.compile(r"\d{6}")


def may_be_code(body: str) -> bool:
    """Whether a text looks like a code at all."""
    return _CODE.fullmatch(body.strip()) is not None


def confirm_phone(session: Session, party: Party, phone: str, body: str, now: datetime) -> bool:
    """Whether this text is the code that was waited for from this phone; if so it is confirmed from now on."""
    if not may_be_code(body):
        return False
    code = body.strip()
    row = session.execute(
        select(ConfirmedPhone).where(ConfirmedPhone.shop_id == party.shop_id, ConfirmedPhone.phone == phone)
    ).scalar_one_or_none()
    if row is None or row.code_hash != api_key_hash(f"{party.shop_id}/{code}"):
        return False
    row.confirmed_at, row.code_hash = now, None
    consent.opt_in(
        session,
        party.shop_id,
        party.phone_key,
        kind="written",
        source="own_phone",
        at=now,
        details={"medium": "text", "how": "the code that was shown to the owner, texted from this phone"},
        payload={"words": code},
    )
    return True
