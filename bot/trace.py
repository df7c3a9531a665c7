"""One text's way through the house, out of the database: received, read, turned, written, looked at, attempted, reported.

Owns the questions. Works for a text received and for a text sent, by whichever of its names somebody has: our public
id, or the provider's. Gives ids, times, rules and codes, never a body or a number (I12).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.models import Enrolment, Inbound, Journal, Outbound, Receipt, Sender, StatusReport, StrayText
from bot.phones import mask_in

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stop:
    """One station, in domain time. `at` is empty where a text has not got so far, or nobody noted when."""

    station: str
    at: datetime | None
    trace: str
    said: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "station": self.station,
            "at": self.at.isoformat() if self.at else None,
            "trace": self.trace,
            **self.said,
        }


def trace(session: Session, name: str, shop_id: int | None = None) -> list[Stop]:
    """The stations of the text with this name and of what it led to or came from, in order of time.

    Empty: nobody knows it, or (with `shop_id`) it is another shop's. A handful of statements, each over an index.
    """
    texts = _sent(session, name)
    heard = [] if texts else _heard(session, name)
    if shop_id is not None:
        texts = [row for row in texts if row.shop_id == shop_id]
        heard = [row for row in heard if row.shop_id == shop_id]
    if texts:
        heard = [row for text in texts for row in _origin(session, text)]
    elif heard:
        texts = [row for each in heard for row in _consequence(session, each)]
    elif shop_id is None:
        return [
            _stray(row) for row in session.scalars(select(StrayText).where(_named(StrayText, session, name)))
        ]
    stops = [stop for row in heard for stop in _stops_of_inbound(row)]
    stops += [stop for row in texts for stop in _stops_of_outbound(session, row)]
    return sorted(stops, key=lambda stop: stop.at or _NEVER)


def _named(table: type[Inbound] | type[StrayText], session: Session, name: str) -> Any:
    """The unique key begins with the account, and there are few of them."""
    accounts = session.scalars(select(Sender.account).distinct()).all()
    return table.account.in_(accounts) & (table.provider_id == name)


def _heard(session: Session, name: str) -> list[Inbound]:
    return list(session.scalars(select(Inbound).where(_named(Inbound, session, name))))


def _sent(session: Session, name: str) -> list[Outbound]:
    return list(
        session.scalars(select(Outbound).where(or_(Outbound.public_id == name, Outbound.provider_id == name)))
    )


def _origin(session: Session, text: Outbound) -> list[Inbound]:
    """The texts that the turn which wrote this one had read. None for an opener, or for what people wrote."""
    if text.enrolment_id is None or text.turn is None:
        return []
    ids = session.scalars(
        select(Journal.inbound_ids).where(
            Journal.shop_id == text.shop_id,
            Journal.enrolment_id == text.enrolment_id,
            Journal.turn == text.turn,
        )
    )
    wanted = {each for found in ids for each in found}
    return list(
        session.scalars(select(Inbound).where(Inbound.shop_id == text.shop_id, Inbound.id.in_(wanted)))
    )


def _consequence(session: Session, heard: Inbound) -> list[Outbound]:
    """What the turn that took this text wrote."""
    if heard.turned_at is None:
        return []
    turns = session.execute(
        select(Journal.enrolment_id, Journal.turn, Journal.inbound_ids)
        .join(Enrolment, (Enrolment.shop_id == Journal.shop_id) & (Enrolment.id == Journal.enrolment_id))
        .where(
            Enrolment.shop_id == heard.shop_id,
            Enrolment.conversation_id == heard.conversation_id,
            Journal.at == heard.turned_at,
        )
    )
    written = {(row.enrolment_id, row.turn) for row in turns if heard.id in row.inbound_ids}
    rows = session.scalars(
        select(Outbound).where(
            Outbound.shop_id == heard.shop_id,
            Outbound.conversation_id == heard.conversation_id,
            Outbound.created_at == heard.turned_at,
        )
    )
    return [row for row in rows if (row.enrolment_id, row.turn) in written]


def _stops_of_inbound(row: Inbound) -> Iterator[Stop]:
    ids = {"inbound": row.id, "conversation": row.conversation_id}
    yield Stop(
        "received", row.received_at, row.provider_id, {**ids, "kind": row.kind, **_if(keyword=row.keyword)}
    )
    if row.opt_out:
        yield Stop("opted out", row.received_at, row.provider_id, {**ids, "found_by": row.opt_out})
    yield Stop("settled", row.settle_at, row.provider_id, ids)
    if row.reading:
        read = {name: row.reading.get(name) for name in ("intent", "confidence", "understood", "model")}
        yield Stop("read", row.turned_at, row.provider_id, {**ids, **read})
    yield Stop("turned", row.turned_at, row.provider_id, ids)


def _stops_of_outbound(session: Session, row: Outbound) -> Iterator[Stop]:
    ids = {"outbound": row.id, "conversation": row.conversation_id}
    wrote = {
        "author": row.author,
        "kind": row.kind,
        "parts": row.parts,
        **_if(enrolment=row.enrolment_id, turn=row.turn),
    }
    yield Stop("written", row.created_at, row.public_id, {**ids, **wrote})
    receipts = session.scalars(
        select(Receipt)
        .where(Receipt.shop_id == row.shop_id, Receipt.outbound_id == row.id)
        .order_by(Receipt.id)
    )
    for receipt in receipts:
        until = receipt.until.isoformat() if receipt.until else None
        against = [rule["id"] for rule in receipt.rules if rule["verdict"] != "allow"]
        answer = {"decision": receipt.decision, **_if(rules=against or None, until=until)}
        yield Stop("asked the gate", receipt.at, row.public_id, {**ids, **answer})
    if row.attempted_at:
        yield Stop("attempted", row.attempted_at, row.public_id, {**ids, "attempts": row.attempts})
    why = mask_in(row.why) if row.why else None
    end = _if(
        why=why, error_code=row.error_code, provider_id=row.provider_id, provider_status=row.provider_status
    )
    yield Stop(row.status, row.attempted_at, row.public_id, {**ids, **end})
    yield from _reports(session, row)


def _reports(session: Session, row: Outbound) -> Iterator[Stop]:
    reports: Iterable[StatusReport] = session.scalars(
        select(StatusReport)
        .where(StatusReport.outbound_public_id == row.public_id)
        .order_by(StatusReport.received_at, StatusReport.id)
    )
    for report in reports:
        told = {"status": report.status, "times": report.times, **_if(error_code=report.error_code or None)}
        yield Stop("reported", report.received_at, row.public_id, {"outbound": row.id, **told})


def _stray(row: StrayText) -> Stop:
    return Stop("received for nobody", row.received_at, row.provider_id, {"stray": row.id})


def _if(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
