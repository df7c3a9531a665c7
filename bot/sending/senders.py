"""Which sender a text will leave from, and how fast that sender, its account and its brand may go.

Owns the kinds of numbers and their rates (R102). The sender that really is used is dispatch's choice, under the lock; the
same rule is applied here beforehand, and where a customer texts another number in between, the room is taken from the
wrong sender once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models import Conversation, Inbound, Sender, Shop
from bot.phones import kind_of_number
from bot.sending.outcomes import TextToSend
from bot.sending.pacing import Names, Rates, Want
from bot.sending.results import too_late
from bot.settings import Settings
from bot.shops import ShopSettings


@dataclass(frozen=True, slots=True)
class Line:
    """One sender of a shop: its number, and where and how fast it counts."""

    number: str
    names: Names
    rates: Rates


def lines_of(session: Session, settings: Settings, shops: Iterable[int]) -> dict[int, list[Line]]:
    """The senders of these shops in use, by shop."""
    wanted = sorted(set(shops))
    own = {
        row.id: ShopSettings.model_validate(row.settings)
        for row in session.execute(select(Shop.id, Shop.settings).where(Shop.id.in_(wanted)))
    }
    found: dict[int, list[Line]] = {}
    statement = (
        select(Sender.shop_id, Sender.account, Sender.number, Sender.messaging_service)
        .where(Sender.shop_id.in_(wanted), Sender.active.is_(True))
        .order_by(Sender.id)
    )
    for row in session.execute(statement):
        names = Names(
            sender_name(row.messaging_service or row.number), account_name(row.account), f"shop {row.shop_id}"
        )
        rates = _rates(settings, own[row.shop_id], row.number)
        found.setdefault(row.shop_id, []).append(Line(row.number, names, rates))
    return found


def wants_of(session: Session, settings: Settings, rows: Sequence[Any], now: datetime) -> list[Want]:
    """What these rows of `outbound` would use. A text without a sender needs no room: it will be denied."""
    lines = lines_of(session, settings, (row.shop_id for row in rows))
    texted = _texted(session, [row.conversation_id for row in rows])
    wants = []
    for row in rows:
        own = lines.get(row.shop_id)
        over = own is None or row.provider_id is not None or too_late(row, now)
        line = _line(own, texted.get(row.conversation_id)) if own else _NOBODY
        wants.append(Want(row.id, row.kind, row.parts, line.names, line.rates, over))
    return wants


def sender_name(number_or_service: str) -> str:
    """The name of a sender's pace."""
    return f"sender {number_or_service}"


def account_name(account: str) -> str:
    """The name of an account's pace."""
    return f"account {account}"


def sender_of(text: TextToSend) -> str:
    """The name of the pace of whoever sent this."""
    return sender_name(text.messaging_service or text.from_number or "nobody")


def _line(lines: Sequence[Line], texted: str | None) -> Line:
    return next((line for line in lines if line.number == texted), lines[0])


def _texted(session: Session, conversations: Sequence[int]) -> Mapping[int, str]:
    """The number that each customer texted last, where they ever did."""
    statement = (
        select(Conversation.id, Inbound.sender_number)
        .join(Inbound, Inbound.id == Conversation.last_inbound_id)
        .where(Conversation.id.in_(conversations))
    )
    return {row.id: row.sender_number for row in session.execute(statement)}


def _rates(settings: Settings, shop: ShopSettings, number: str) -> Rates:
    pace = settings.twilio.pace
    rate = shop.parts_per_second or pace.long_code
    kind = kind_of_number(number)
    if shop.parts_per_second is None and kind == "toll_free":
        rate = pace.toll_free
    elif shop.parts_per_second is None and kind == "short_code":
        rate = pace.short_code
    if not settings.paced:
        return Rates(when_slow=rate)
    return Rates(rate, pace.account, shop.parts_per_day, when_slow=rate)


_NOBODY = Line("", Names("sender nobody", "account nobody", "shop nobody"), Rates())
