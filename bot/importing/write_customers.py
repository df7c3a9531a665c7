"""Customers' rows into the database, a batch at a time, in the caller's transaction.

Owns what a row changes: filled cells overrule what is stored, blank ones leave it. Must not touch a suppression except
through bot.compliance.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from bot.bulk import Question, among, ask, columns_of, insert_rows, update_rows
from bot.importing.units import Code, CustomerRow, Rejected
from bot.importing.write_consents import suppressed, write_consents
from bot.keys import Keys
from bot.models import Customer
from bot.orders.upsert import chunks
from bot.phones import mask

_PLAIN = ("first_name", "last_name", "email", "language", "region", "postcode", "points")
_MUTABLE = ("external_id", "phone", "phone_key", "country", *_PLAIN, "attributes")


@dataclass(slots=True)
class Written:
    """What became of a batch."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    counting: int = 0
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(slots=True)
class _Known:
    id: int | None
    values: dict[str, Any]
    before: dict[str, Any]
    erased: bool = False


def write_customers(
    session: Session, keys: Keys, shop_id: int, batch: Sequence[CustomerRow], *, now: datetime, file: str
) -> Written:
    """Write the batch: customers made or mended, and what the file documents of consent."""
    written = Written()
    phone_keys = [keys.phone_key(shop_id, row.phone) for row in batch]
    by_phone, by_external = _load(session, shop_id, batch, phone_keys)
    told = []
    touched: dict[int, _Known] = {}
    for row, phone_key in zip(batch, phone_keys, strict=True):
        known = by_phone.get(phone_key) or by_external.get(row.external_id or "")
        wrong = None if row.repeat else _refusal(session, shop_id, row, phone_key, known)
        if wrong:
            written.rejected.append(wrong)
        elif not row.repeat:
            if known is None:
                known = _new(shop_id, row, phone_key, now)
            _merge(known, row, phone_key, by_phone, by_external)
            by_phone[phone_key] = known
            if known.values["external_id"]:
                by_external[known.values["external_id"]] = known
            touched[id(known)] = known
        if row.stated and (not wrong or row.stated.says == "out"):
            told.append((row, phone_key, row.stated))
    _write(session, shop_id, touched.values(), written)
    write_consents(session, shop_id, told, now=now, file=file)
    return written


def _load(
    session: Session, shop_id: int, batch: Sequence[CustomerRow], phone_keys: Sequence[str]
) -> tuple[dict[str, _Known], dict[str, _Known]]:
    by_phone: dict[str, _Known] = {}
    by_external: dict[str, _Known] = {}
    externals = sorted({row.external_id for row in batch if row.external_id})
    for question, values in ((_BY_PHONE, sorted(set(phone_keys))), (_BY_EXTERNAL, externals)):
        for part in chunks(values):
            for id_, erased_at, *cells in ask(session, question, shop_id=shop_id, among=part):
                values_ = dict(zip(_MUTABLE, cells, strict=True))
                known = by_phone.get(values_["phone_key"]) or _Known(
                    id_, values_, dict(values_), erased_at is not None
                )
                by_phone[values_["phone_key"]] = known
                if values_["external_id"]:
                    by_external[values_["external_id"]] = known
    return by_phone, by_external


def _by(name: str) -> Question:
    @functools.cache
    def question(dialect: str) -> Any:
        c = columns_of(Customer)
        return (
            select(c.id, c.erased_at, *(c[each] for each in _MUTABLE))
            .where(c.shop_id == bindparam("shop_id"), among(dialect, c[name]))
            .order_by(c[name])  # by id, SQLite would walk all of the shop's customers to save a sort
            .with_for_update(key_share=True)  # whoever only points to a customer need not wait
        )

    return question


_BY_PHONE, _BY_EXTERNAL = _by("phone_key"), _by("external_id")


def _refusal(
    session: Session, shop_id: int, row: CustomerRow, phone_key: str, known: _Known | None
) -> Rejected | None:
    def reject(code: Code, why: str) -> Rejected:
        return Rejected(row.line, "", code, why, row.cells)

    if known is None:
        return None
    if known.erased:
        return reject("erased", "this person's data were erased; a file does not bring them back")
    if known.values["phone_key"] == phone_key:
        theirs = known.values["external_id"]
        if row.external_id and theirs and theirs != row.external_id:
            return reject("repeated", f"customer {theirs} has the same number")
        return None
    if suppressed(session, shop_id, known.values["phone_key"]):
        before = mask(known.values["phone"])
        return reject(
            "opted_out_before", f"customer {row.external_id} opted out under another number ({before})"
        )
    return None


def _new(shop_id: int, row: CustomerRow, phone_key: str, now: datetime) -> _Known:
    values: dict[str, Any] = dict.fromkeys(_MUTABLE)
    values |= {"shop_id": shop_id, "attributes": {}, "created_at": now}
    return _Known(None, values, {})


def _merge(
    known: _Known,
    row: CustomerRow,
    phone_key: str,
    by_phone: dict[str, _Known],
    by_external: dict[str, _Known],
) -> None:
    values = known.values
    if values["phone_key"] != phone_key:  # new, or known by id with another number
        by_phone.pop(values["phone_key"] or "", None)
        values |= {"phone": row.phone, "phone_key": phone_key, "country": row.country}
    if row.external_id and not values["external_id"] and row.external_id not in by_external:
        values["external_id"] = row.external_id
    for name in _PLAIN:
        told = getattr(row, name)
        if told is not None:
            values[name] = told
    if row.attributes:
        values["attributes"] = {**values["attributes"], **row.attributes}


def _write(session: Session, shop_id: int, people: Collection[_Known], written: Written) -> None:
    fresh = [known.values for known in people if known.id is None]
    changed = [known for known in people if known.id is not None and known.values != known.before]
    table = Customer.__table__
    connection = session.connection()
    insert_rows(connection, Customer, fresh)
    changed.sort(key=lambda known: known.id or 0)
    if changed and connection.dialect.name != "sqlite":
        update_rows(
            connection,
            Customer,
            [
                {"shop_id": shop_id, "id": known.id, **{name: known.values[name] for name in _MUTABLE}}
                for known in changed
            ],
        )
    elif changed:
        session.connection().execute(
            update(table)  # type: ignore[arg-type]
            .where(table.c.shop_id == shop_id, table.c.id == bindparam("b_id"))
            .values({name: bindparam(f"b_{name}") for name in _MUTABLE}),
            [
                {"b_id": known.id, **{f"b_{name}": known.values[name] for name in _MUTABLE}}
                for known in changed
            ],
        )
    written.created += len(fresh)
    written.updated += len(changed)
    written.unchanged += len(people) - len(fresh) - len(changed)
