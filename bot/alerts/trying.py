"""A test of one way on which a shop's people are told: sent when somebody presses the button, and what came of it.

Owns that a test is a matter like any other, told on that way alone, at any hour, and tried once; and that there is an end to
pressing. How it gets there is bot.alerts.deliver's.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.alerts.deliver import tell_now
from bot.alerts.outcomes import Mailer, Poster
from bot.clock import domain_now
from bot.compose import App
from bot.conversations.own_answers import KEY
from bot.conversations.rows import insert_once
from bot.inbox.alerting import ways
from bot.inbox.matters import TEST
from bot.models import ConfirmedPhone, Notice, Notification, Outbound, Shop
from bot.shops import ShopSettings
from bot.staff import audit

Channel: TypeAlias = Literal["webhook", "email", "text"]
CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)
AN_HOUR = 20
"""Tests that a shop may send in an hour: the addresses are somebody's, and need not be theirs."""
PATIENCE = 3.0
"""Seconds that whoever presses the button waits; what takes longer goes on by itself."""
_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Begun:
    """It is on its way to so many addresses, or there already: `results` knows."""

    addresses: int


@dataclass(frozen=True, slots=True)
class NotSet:
    """The shop wants to be told nothing on that way."""


@dataclass(frozen=True, slots=True)
class TooOften:
    """As many as there may be in an hour have been sent."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of the last test to one address. `status`: of the notice; a text's is the text's own, or `delivered`."""

    channel: Channel
    where: str
    """A URL, an e-mail address, or a phone (E.164)."""
    status: str
    why: str
    at: datetime
    leaves_at: datetime | None = None
    """When a text may leave that the gate put off."""

    @property
    def settled(self) -> bool:
        """Whether it will not change any more."""
        under_way = ("waiting", "ready", "claimed", "sent") if self.channel == "text" else ("waiting",)
        return self.status not in under_way


def send_test(
    app: App,
    shop_id: int,
    channel: Channel,
    by: audit.By,
    *,
    mailer: Mailer | None = None,
    poster: Poster | None = None,
    patience: float = PATIENCE,
) -> Begun | NotSet | TooOften:
    """Tell that this is a test, on this way, to wherever the shop wants it. No transaction may be open."""
    with app.database.write() as session:
        now = domain_now(session, app.real_now)
        shop = session.get_one(Shop, shop_id, with_for_update=True)  # one press at a time is counted
        found = ways(session, shop_id, ShopSettings.model_validate(shop.settings))
        addresses = [address for its, address in found if its == channel]
        if not addresses:
            return NotSet()
        if _lately(session, shop_id, now) >= AN_HOUR:
            return TooOften()
        notices = _write(app, session, shop_id, channel, addresses, by, now)
        audit.record(
            session,
            by,
            "notification tested",
            shop_id=shop_id,
            at=now,
            details={"way": channel, "addresses": len(addresses)},
        )
    going = threading.Thread(
        target=tell_now, args=(app, notices, channel, mailer, poster), name="test", daemon=True
    )
    going.start()
    going.join(patience)
    return Begun(len(addresses))


def results(session: Session, shop_id: int) -> dict[Channel, tuple[Result, ...]]:
    """What came of the last test on each way that was ever tested (of the last tests)."""
    rows: Any = session.execute(
        select(Notice, Notification.at)
        .join(
            Notification,
            (Notification.shop_id == Notice.shop_id) & (Notification.id == Notice.notification_id),
        )
        .where(Notice.shop_id == shop_id, Notification.matter == TEST)
        .order_by(Notice.id.desc())
        .limit(_LOOKED_AT)
    ).all()
    newest: dict[str, int] = {}
    found: dict[Channel, tuple[Result, ...]] = {}
    for notice, at in rows:
        channel = next((each for each in CHANNELS if each == notice.channel), None)
        if channel and newest.setdefault(channel, notice.notification_id) == notice.notification_id:
            its = _of_text(session, notice, at) if channel == "text" else _plain(channel, notice, at)
            found[channel] = (its, *found.get(channel, ()))
    return found


def _plain(channel: Channel, notice: Notice, at: datetime) -> Result:
    return Result(channel, notice.address, notice.status, notice.why or "", at)


def _of_text(session: Session, notice: Notice, at: datetime) -> Result:
    phone = session.execute(
        select(ConfirmedPhone.phone).where(
            ConfirmedPhone.shop_id == notice.shop_id, ConfirmedPhone.id == int(notice.address)
        )
    ).scalar_one_or_none()
    row = session.execute(
        select(Outbound).where(Outbound.shop_id == notice.shop_id, Outbound.key == f"{KEY}{notice.id}")
    ).scalar_one_or_none()
    if row is None:
        return Result("text", phone or "", notice.status, notice.why or "", at)
    reported = row.provider_status if row.provider_status in ("delivered", "undelivered", "failed") else None
    why = row.why or row.error_code or ""
    return Result("text", phone or "", reported or row.status, str(why), at, row.due_at)


def _lately(session: Session, shop_id: int, now: datetime) -> int:
    return session.execute(
        select(func.count()).where(
            Notification.shop_id == shop_id,
            Notification.matter == TEST,
            Notification.at > now - timedelta(hours=1),
        )
    ).scalar_one()


def _write(
    app: App,
    session: Session,
    shop_id: int,
    channel: Channel,
    addresses: Iterable[str],
    by: audit.By,
    now: datetime,
) -> list[int]:
    """The matter, and a notice for each address; gives the notices. Whoever pressed is the one whose affair it is."""
    matter = {
        "shop_id": shop_id,
        "key": f"{TEST}:{uuid.uuid4().hex}",
        "matter": TEST,
        "staff_id": by.staff_id,
        "line": "this is a test",
        "at": now,
    }
    made = insert_once(session, Notification, matter)
    notice = {
        "shop_id": shop_id,
        "notification_id": made,
        "channel": channel,
        "status": "waiting",
        "tries": 0,
        "next_try_at": app.real_now(),
    }
    found = [insert_once(session, Notice, notice | {"address": each}) for each in addresses]
    return [each for each in found if each is not None]
