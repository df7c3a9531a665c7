"""Texts that the provider received and no webhook brought: listed, and handed to the same `receive` as all others.

Owns the looking. Each of our numbers has a mark, `heard_until`: up to there everything that the provider received is
here. A look begins a little before the mark, ends a little before now (what has just come is the webhook's to bring,
and it knows more of a text than a listing does), and moves the mark only when all of it is stored. A restored backup
brings its old mark with it, so the next look reaches back to the backup by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select, update

from bot.clock import offset
from bot.compose import App
from bot.conversations.receive import InboundText, Media, receive
from bot.models import Inbound, Sender, Shop, StrayText
from bot.sending.archive import ListingError, ReceivedText

OVERLAP = timedelta(minutes=15)
"""How far before the mark a look begins: a provider may show a text later than it dates it."""
SETTLED = timedelta(minutes=2)
"""How old a text must be before its webhook counts as lost: Twilio waits 15 s for us, tries again, then falls back."""
FIRST_LOOK = timedelta(days=30)
"""How far the first look of a number reaches back at most, and never to before its shop existed."""
SPAN = timedelta(days=1)
"""One listing. What is longer is done day by day, oldest first, with the mark moved after each."""
_AT_ONCE = 200

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Mark:
    sender_id: int
    account: str
    number: str
    begins: datetime


def look_for_missed(app: App) -> int:
    """Look once for each active number; gives how many texts were missing. A number that cannot be asked for keeps
    its mark, and the others are looked at all the same."""
    until = app.real_now() - SETTLED
    found = 0
    for mark in _marks(app):
        try:
            for begin, end in _spans(mark.begins, until):
                listed = app.archive.list_received(mark.account, mark.number, begin - OVERLAP, end)
                found += _bring(app, mark, listed)
                _move(app, mark, end)
        except ListingError as error:
            _log.warning("missed texts could not be looked for", sender=mark.sender_id, why=str(error))
    return found


def _marks(app: App) -> list[_Mark]:
    with app.database.read() as session:
        ahead = offset(session)
        rows = session.execute(
            select(Sender.id, Sender.account, Sender.number, Sender.heard_until, Shop.created_at)
            .join(Shop, Shop.id == Sender.shop_id)
            .where(Sender.active.is_(True))
            .order_by(Sender.id)
        ).all()
    earliest = app.real_now() - FIRST_LOOK
    return [
        _Mark(row.id, row.account, row.number, row.heard_until or max(row.created_at - ahead, earliest))
        for row in rows
    ]


def _spans(begin: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    while begin < until:
        end = min(begin + SPAN, until)
        yield begin, end
        begin = end


def _bring(app: App, mark: _Mark, listed: list[ReceivedText]) -> int:
    """Store those that are not here, oldest first. Before each, nothing is taken for granted: `receive` tells a repeat
    by its id, and a webhook that comes at the same moment does no harm."""
    known = _known(app, mark.account, listed)
    missing = [text for text in listed if text.provider_id not in known]
    for text in missing:
        refs = app.archive.list_media(text.account, text.provider_id) if text.media_count else ()
        receive(
            app,
            InboundText(
                account=text.account,
                provider_id=text.provider_id,
                from_number=text.from_number,
                to_number=text.to_number,
                body=text.body,
                media=tuple(Media(ref.url, ref.content_type) for ref in refs),
                messaging_service=text.messaging_service,
                received_at=text.received_at,
            ),
        )
    if missing:
        _log.warning("texts were missed by the webhook", sender=mark.sender_id, count=len(missing))
    return len(missing)


def _known(app: App, account: str, listed: Iterable[ReceivedText]) -> set[str]:
    ids = [text.provider_id for text in listed]
    known: set[str] = set()
    with app.database.read() as session:
        for at in range(0, len(ids), _AT_ONCE):
            some = ids[at : at + _AT_ONCE]
            for table in (Inbound, StrayText):
                known.update(
                    session.scalars(
                        select(table.provider_id).where(table.account == account, table.provider_id.in_(some))
                    )
                )
    return known


def _move(app: App, mark: _Mark, until: datetime) -> None:
    with app.database.write() as session:
        session.execute(
            update(Sender)
            .where(Sender.id == mark.sender_id, or_(Sender.heard_until.is_(None), Sender.heard_until < until))
            .values(heard_until=until)
        )
