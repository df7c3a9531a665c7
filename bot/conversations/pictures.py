"""Pictures that customers send: noted with the text, fetched by a job, kept in the database.

Owns the way of a picture from «waiting» to its end. The webhook only notes the address; the fetch comes later, with no
transaction open. What the bytes are is told by the bytes: a file that is no picture is kept, and never called one. In
the database and not in a folder, because web, worker and console may run on different machines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.compose import App
from bot.conversations.rows import fixed, insert_once
from bot.models import Conversation, Inbound, InboundMedia
from bot.sending.archive import MediaRefused, MediaUnavailable

LEASE = timedelta(minutes=5)
"""Real time. A claim moves `next_try_at` so far on; a fetch takes less, and one that died is tried again after it."""
PAUSES = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
)
"""After each try that failed. Then it is given up, and the row says why."""
BATCH = 20

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture in plain values."""

    kind: str
    body: bytes


def expect(
    session: Session,
    shop_id: int,
    inbound_id: int,
    account: str,
    media: Sequence[Mapping[str, str]],
    real: datetime,
) -> None:
    """Note what came beside a text, so that it is fetched. In the text's own transaction."""
    for place, each in enumerate(media):
        values = {
            "shop_id": shop_id,
            "inbound_id": inbound_id,
            "place": place,
            "account": account,
            "url": each["url"],
            "claimed_type": each["content_type"][:100],
            "status": "waiting",
            "tries": 0,
            "next_try_at": real,
        }
        insert_once(session, InboundMedia, values)


def fetch_due(app: App, limit: int = BATCH) -> int:
    """Fetch what is due, the longest waiting first; gives how many were tried."""
    tried = 0
    while tried < limit and (claimed := _claim(app)) is not None:
        media_id, account, url = claimed
        try:
            body = app.archive.fetch_media(account, url)
        except MediaUnavailable as error:
            _put_off(app, media_id, str(error))
        except MediaRefused as error:
            _end(app, media_id, {"status": "given_up", "why": str(error)[:64]})
        except Exception as error:  # a fault of ours in one picture must not be tried for ever
            _log.exception("a picture was not fetched", media=media_id)
            _put_off(app, media_id, type(error).__name__)
        else:
            _keep(app, media_id, body)
        tried += 1
    return tried


def picture(session: Session, shop_id: int, media_id: int) -> Kept | None:
    """The picture, to be shown. None: not there (yet), or no picture."""
    row = session.execute(
        select(InboundMedia.kind, InboundMedia.body).where(
            InboundMedia.shop_id == shop_id, InboundMedia.id == media_id, InboundMedia.status == "picture"
        )
    ).one_or_none()
    return Kept(row.kind, row.body) if row and row.kind and row.body is not None else None


def forget(session: Session, shop_id: int, customer_id: int) -> int:
    """Erasure: delete whatever this customer sent beside their texts; gives how many there were.

    A claim that is under way finds no row to write into.
    """
    theirs = (
        select(Inbound.id)
        .join(
            Conversation,
            (Conversation.shop_id == Inbound.shop_id) & (Conversation.id == Inbound.conversation_id),
        )
        .where(Conversation.shop_id == shop_id, Conversation.customer_id == customer_id)
    )
    done = session.execute(
        delete(InboundMedia)
        .where(InboundMedia.shop_id == shop_id, InboundMedia.inbound_id.in_(theirs))
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def kind_of(body: bytes) -> str | None:
    """What the bytes begin like; None for whatever a page must not show as a picture."""
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    if body[4:8] == b"ftyp" and body[8:12] in (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"):
        return "image/heic"
    return None


def _claim(app: App) -> tuple[int, str, str] | None:
    with app.database.write() as session:
        real = app.real_now()
        row = session.execute(
            select(InboundMedia.id, InboundMedia.account, InboundMedia.url)
            .where(InboundMedia.status == fixed("waiting"), InboundMedia.next_try_at <= real)
            .order_by(InboundMedia.next_try_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if row is None:
            return None
        session.execute(
            update(InboundMedia)
            .where(InboundMedia.id == row.id)
            .values(next_try_at=real + LEASE, tries=InboundMedia.tries + 1)
        )
    return row.id, row.account, row.url


def _keep(app: App, media_id: int, body: bytes) -> None:
    kind = kind_of(body)
    values = {
        "status": "picture" if kind else "not_a_picture",
        "why": None,
        "kind": kind,
        "size": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "body": body,
        "fetched_at": app.real_now(),
    }
    _end(app, media_id, values)


def _end(app: App, media_id: int, values: dict[str, Any]) -> None:
    with app.database.write() as session:
        session.execute(
            update(InboundMedia)
            .where(InboundMedia.id == media_id, InboundMedia.status == "waiting")
            .values(next_try_at=None, **values)
        )
    if values["status"] == "given_up":
        _log.warning("a picture was given up", media=media_id, why=values["why"])


def _put_off(app: App, media_id: int, why: str) -> None:
    with app.database.read() as session:
        tries = session.execute(select(InboundMedia.tries).where(InboundMedia.id == media_id)).scalar() or 1
    if tries > len(PAUSES):
        _end(app, media_id, {"status": "given_up", "why": why[:64]})
        return
    with app.database.write() as session:
        session.execute(
            update(InboundMedia)
            .where(InboundMedia.id == media_id, InboundMedia.status == "waiting")
            .values(next_try_at=app.real_now() + PAUSES[tries - 1], why=why[:64])
        )
