"""The whole file on one customer: every act of consent with its proof, every text with its receipt, in order of time.

Owns what belongs into it (R22). Reads by the phone key alone, so that it can be made after an erasure, and says where
something was erased. How it looks on paper is bot.proof.paper's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.compliance.chain import verify_chain
from bot.compliance.checkpoints import covering, verify_checkpoints
from bot.compliance.consent import status
from bot.compliance.gate import data_version
from bot.models import (
    ConsentPayload,
    Conversation,
    Customer,
    Erasure,
    Inbound,
    LedgerEntry,
    Outbound,
    Receipt,
    Shop,
    StatusReport,
)

FORM = 1
"""Of the JSON; raised when a field changes its meaning."""
_AT_ONCE = 500


def evidence(
    session: Session, shop_id: int, phone_key: str, now: datetime, *, phone: str | None = None
) -> dict[str, Any] | None:
    """The file in plain JSON values; None when nothing is known of this number. `phone`: as whoever asks gave it."""
    customer = session.execute(
        select(Customer).where(Customer.shop_id == shop_id, Customer.phone_key == phone_key)
    ).scalar_one_or_none()
    links = list(_links(session, shop_id, phone_key))
    if customer is None and not links:
        return None
    shop = session.get_one(Shop, shop_id)
    standing = status(session, shop_id, phone_key)
    texts = _texts(session, shop_id, customer.id) if customer else []
    erased = session.execute(
        select(Erasure).where(Erasure.shop_id == shop_id, Erasure.phone_key == phone_key)
    ).scalar_one_or_none()
    return {
        "form": FORM,
        "made_at": _iso(now),
        "data_version": data_version(),
        "shop": {"slug": shop.slug, "name": shop.name, "zone": shop.zone},
        "customer": {
            "phone": phone or (customer.phone if customer else None),
            "phone_key": phone_key,
            "since": _iso(customer.created_at) if customer else None,
            "country": customer.country if customer else None,
            "erased_at": _iso(erased.asked_at) if erased else None,
            "erased": dict(erased.counts) if erased else None,
        },
        "standing": {
            "consent": standing.consent and {"kind": standing.consent.kind, "at": _iso(standing.consent.at)},
            "suppression": standing.suppression
            and {
                "kind": standing.suppression.kind,
                "source": standing.suppression.source,
                "since": _iso(standing.suppression.since),
            },
        },
        "chain": _checked(session, shop_id, phone_key, links, texts),
        "ledger": links,
        "texts": texts,
    }


def _checked(
    session: Session, shop_id: int, phone_key: str, links: list[dict[str, Any]], texts: list[dict[str, Any]]
) -> dict[str, Any]:
    """Whether the chain adds up: by itself, with the consents that its texts rest on, and with the checkpoints. Only the
    last two can tell that its end is gone, or all of it."""
    newest, last = links[-1]["seq"] if links else 0, max((link["id"] for link in links), default=0)
    wrong = verify_checkpoints(session, link=last)
    covered = covering(session, last)
    if covered is not None:
        covered["fits"] = all(each.day != covered["day"] for each in wrong)
    found = [(fault.seq, fault.what) for fault in verify_chain(session, shop_id, phone_key)]
    given = {link["seq"] for link in links if link["act"] == "opted_in"}
    found += sorted(_without_link(given, texts))
    found += [(newest, f"checkpoint of {each.day} does not fit: {each.what}") for each in wrong]
    return {
        "ok": not found,
        "links": len(links),
        "faults": [{"seq": seq, "what": what} for seq, what in found],
        "checkpoint": covered,
    }


def _without_link(given: set[int], texts: list[dict[str, Any]]) -> set[tuple[int, str]]:
    """The consents that texts went out on, by their receipts, and that the ledger has not."""
    found: set[tuple[int, str]] = set()
    for text in texts:
        if text["direction"] == "in" or not text["left_at"]:
            continue
        facts = next((each["facts"] for each in reversed(text["receipts"])), None) or {}
        consent = facts.get("consent") or {}
        link = consent.get("link")
        if link is not None and link not in given:
            found.add((link, "texts went out on this consent, and the ledger has it not"))
        elif not given and (consent or text["kind"] == "marketing"):
            found.add((0, "texts went out on a consent, and the ledger has none"))
    return found


def _links(session: Session, shop_id: int, phone_key: str) -> Iterable[dict[str, Any]]:
    rows: Any = session.execute(
        select(LedgerEntry, ConsentPayload.payload)
        .outerjoin(ConsentPayload, ConsentPayload.ledger_id == LedgerEntry.id)
        .where(LedgerEntry.shop_id == shop_id, LedgerEntry.phone_key == phone_key)
        .order_by(LedgerEntry.seq)
    )
    for link, payload in rows:
        yield {
            "id": link.id,
            "seq": link.seq,
            "at": _iso(link.at),
            "act": link.act,
            "source": link.source,
            "details": link.details,
            "personal": payload,
            "personal_erased": payload is None and bool(link.payload_hash),
            "payload_hash": link.payload_hash,
            "prev_hash": link.prev_hash,
            "hash": link.hash,
        }


def _texts(session: Session, shop_id: int, customer_id: int) -> list[dict[str, Any]]:
    conversation = session.execute(
        select(Conversation.id).where(
            Conversation.shop_id == shop_id, Conversation.customer_id == customer_id
        )
    ).scalar_one_or_none()
    if conversation is None:
        return []
    sent = list(
        session.scalars(
            select(Outbound)
            .where(Outbound.shop_id == shop_id, Outbound.conversation_id == conversation)
            .order_by(Outbound.id)
        )
    )
    heard = session.scalars(
        select(Inbound)
        .where(Inbound.shop_id == shop_id, Inbound.conversation_id == conversation)
        .order_by(Inbound.id)
    )
    receipts, reports = _receipts(session, shop_id, sent), _reports(session, sent)
    found = [_sent(row, receipts[row.id], reports[row.public_id]) for row in sent]
    found += [_heard(row) for row in heard]
    return sorted(found, key=lambda text: str(text["at"]))


def _receipts(session: Session, shop_id: int, sent: list[Outbound]) -> Mapping[int, list[dict[str, Any]]]:
    """As they were stored: whatever rules and facts there were then, a later version shows them unchanged."""
    found = defaultdict[int, list[dict[str, Any]]](list)
    for part in _parts([row.id for row in sent]):
        rows = session.scalars(
            select(Receipt)
            .where(Receipt.shop_id == shop_id, Receipt.outbound_id.in_(part))
            .order_by(Receipt.id)
        )
        for row in rows:
            found[row.outbound_id].append(
                {
                    "at": _iso(row.at),
                    "decision": row.decision,
                    "until": _iso(row.until) if row.until else None,
                    "kind": row.kind,
                    "rules": row.rules,
                    "facts": row.facts,
                    "data_version": row.data_version,
                }
            )
    return found


def _reports(session: Session, sent: list[Outbound]) -> Mapping[str, list[dict[str, Any]]]:
    found = defaultdict[str, list[dict[str, Any]]](list)
    for part in _parts([row.public_id for row in sent]):
        rows = session.scalars(
            select(StatusReport).where(StatusReport.outbound_public_id.in_(part)).order_by(StatusReport.id)
        )
        for row in rows:
            found[row.outbound_public_id or ""].append(
                {
                    "status": row.status,
                    "error_code": row.error_code or None,
                    "at": _iso(row.received_at),
                    "times": row.times,
                }
            )
    return found


def _sent(row: Outbound, receipts: list[dict[str, Any]], reports: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "direction": "out",
        "at": _iso(row.attempted_at or row.created_at),
        "written_at": _iso(row.created_at),
        "left_at": _iso(row.attempted_at) if row.attempted_at else None,
        "author": row.author,
        "kind": row.kind,
        "status": row.status,
        "why": row.why,
        "body": row.body or None,
        "parts": row.parts,
        "our_id": row.public_id,
        "provider_id": row.provider_id,
        "provider_status": row.provider_status,
        "error_code": row.error_code,
        "receipts": receipts,
        "reports": reports,
    }


def _heard(row: Inbound) -> dict[str, Any]:
    reading = row.reading or {}
    return {
        "direction": "in",
        "at": _iso(row.received_at),
        "kind": row.kind,
        "body": row.body or None,
        "media": len(row.media),
        "our_number": row.sender_number,
        "provider_id": row.provider_id,
        "opt_out": row.opt_out,
        "keyword": row.keyword,
        "read_as": reading.get("intent"),
    }


def _parts(values: list[Any]) -> Iterable[list[Any]]:
    for begin in range(0, len(values), _AT_ONCE):
        yield values[begin : begin + _AT_ONCE]


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
