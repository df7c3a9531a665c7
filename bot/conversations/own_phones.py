"""A member of the shop proves that a phone is theirs, by texting a code that they were shown: a command shows it, or a page.

Owns that proof, and whose the phone is: the only phones that a shop in test may text, and that may answer customers. The
phone's owner asked for it, so it is written consent.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.compliance import consent
from bot.conversations.customers import Party
from bot.keys import Keys, api_key_hash
from bot.models import ConfirmedPhone, Shop

_CODE = re.compile(r"\d{6}")


def may_be_code(body: str) -> bool:
    """Whether a text looks like a code at all."""
    return _CODE.fullmatch(body.strip()) is not None


def ask(session: Session, keys: Keys, shop_id: int, phone: str, staff_id: int | None = None) -> str:
    """The code that is to be texted from this phone (E.164), which is then this member's.

    Always the same for both, so that who asks twice before it arrives is not sent in a circle. Whoever asks without
    saying whose it is, changes nothing about that.
    """
    row = _row(session, shop_id, phone)
    if row is None:
        row = ConfirmedPhone(shop_id=shop_id, phone=phone)
        session.add(row)
    if row.confirmed_at is None and staff_id is not None:
        row.staff_id = staff_id
    code = code_for(keys, shop_id, phone, row.staff_id)
    row.code_hash = api_key_hash(f"{shop_id}/{code}")
    return code


def code_for(keys: Keys, shop_id: int, phone: str, staff_id: int | None) -> str:
    """The code for this phone and this member, for a page that shows it again. Asks for nothing."""
    whose = f"/{staff_id}" if staff_id is not None else ""
    digest = hmac.new(keys.secret, f"own-phone/{shop_id}/{phone}{whose}".encode(), hashlib.sha256).digest()
    return f"{100_000 + int.from_bytes(digest[:8]) % 900_000}"


def say_whose(session: Session, shop_id: int, phone: str, staff_id: int) -> bool:
    """Put down whose a phone is that was confirmed before. False: it was not."""
    row = _row(session, shop_id, phone)
    if row is None or row.confirmed_at is None:
        return False
    row.staff_id = staff_id
    return True


def forget(session: Session, shop_id: int, phone: str) -> bool:
    """From now on it is nobody's, and the shop tells it nothing. Its consent stays: only a STOP from it ends that.

    False: there was no such phone.
    """
    gone = session.execute(
        delete(ConfirmedPhone).where(ConfirmedPhone.shop_id == shop_id, ConfirmedPhone.phone == phone)
    )
    shop = session.get_one(Shop, shop_id)
    if (shop.settings.get("notify") or {}).get("phone") == phone:
        shop.settings = shop.settings | {"notify": shop.settings["notify"] | {"phone": None}}
    return bool(gone.rowcount)  # type: ignore[attr-defined]


def confirm_phone(session: Session, party: Party, phone: str, body: str, now: datetime) -> bool:
    """Whether this text is the code that was waited for from this phone; if so it is confirmed from now on."""
    if not may_be_code(body):
        return False
    code = body.strip()
    row = _row(session, party.shop_id, phone)
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


def _row(session: Session, shop_id: int, phone: str) -> ConfirmedPhone | None:
    return session.execute(
        select(ConfirmedPhone).where(ConfirmedPhone.shop_id == shop_id, ConfirmedPhone.phone == phone)
    ).scalar_one_or_none()
