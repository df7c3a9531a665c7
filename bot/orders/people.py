"""Whose order it is: the customer found by id, phone or e-mail, or made from the phone.

Owns the finding and the making. Must not text anybody nor write consent: a purchase is no consent (R20).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from bot.bulk import Question, among, ask, columns_of
from bot.keys import Keys
from bot.models import Customer
from bot.orders.upsert import chunks, insert_new
from bot.orders.values import CustomerIn
from bot.phones import country_of


@dataclass(slots=True)
class _Person:
    """One customer while a batch is worked on; `id` is None until a new one is inserted."""

    id: int | None
    phone_key: str
    external_id: str | None
    email: str | None
    first_name: str | None
    erased: bool
    row: dict[str, Any] | None = None
    fill: dict[str, Any] | None = None


class _Known:
    """The customers that a batch may mean, by each of their three names."""

    def __init__(self) -> None:
        self.by_id: dict[int, _Person] = {}
        self.by_external: dict[str, _Person] = {}
        self.by_phone: dict[str, _Person] = {}
        self.by_email: dict[str, _Person | None] = {}
        """None: several have that address, so it names nobody."""

    def add(self, person: _Person) -> None:
        if person.id is not None:
            if person.id in self.by_id:
                return
            self.by_id[person.id] = person
        self.by_phone[person.phone_key] = person
        if person.external_id:
            self.by_external[person.external_id] = person
        if person.email:
            self.by_email[person.email] = None if person.email in self.by_email else person

    def find(self, wanted: CustomerIn, phone_key: str | None) -> _Person | None:
        return (
            (self.by_external.get(wanted.external_id) if wanted.external_id else None)
            or (self.by_phone.get(phone_key) if phone_key else None)
            or (self.by_email.get(wanted.email) if wanted.email else None)
        )


def resolve(
    session: Session, keys: Keys, shop_id: int, wanted: Sequence[CustomerIn], *, now: datetime
) -> list[int | None]:
    """The customer ids, in order. Unknown with a phone: made. Unknown without: None. Blanks of known ones are filled,
    except after erasure."""
    phone_keys = [keys.phone_key(shop_id, one.phone) if one.phone else None for one in wanted]
    known = _load(session, shop_id, wanted, phone_keys)
    people: list[_Person | None] = []
    for one, phone_key in zip(wanted, phone_keys, strict=True):
        person = known.find(one, phone_key)
        if person is None and one.phone and phone_key:
            person = _new(shop_id, one, phone_key, now)
            known.add(person)
        elif person is not None:
            _fill(person, one, known)
        people.append(person)
    _write(session, shop_id, [person for person in people if person])
    return [person.id if person else None for person in people]


def _load(
    session: Session, shop_id: int, wanted: Sequence[CustomerIn], phone_keys: Sequence[str | None]
) -> _Known:
    known = _Known()
    _read(session, shop_id, known, "external_id", {one.external_id for one in wanted if one.external_id})
    unknown = {
        key for one, key in zip(wanted, phone_keys, strict=True) if key and known.find(one, None) is None
    }
    _read(session, shop_id, known, "phone_key", unknown)
    emails = {
        one.email
        for one, key in zip(wanted, phone_keys, strict=True)
        if one.email and one.email not in known.by_email and known.find(one, key) is None
    }
    _read(session, shop_id, known, "email", emails)
    return known


def _read(session: Session, shop_id: int, known: _Known, name: _Name, values: Iterable[str]) -> None:
    for part in chunks(sorted(values)):
        for id_, phone_key, external_id, email, first_name, erased_at in ask(
            session, _BY_NAME[name], shop_id=shop_id, among=part
        ):
            known.add(_Person(id_, phone_key, external_id, email, first_name, erased_at is not None))


def _by(name: _Name) -> Question:
    @functools.cache
    def question(dialect: str) -> Any:
        c = columns_of(Customer)
        return select(c.id, c.phone_key, c.external_id, c.email, c.first_name, c.erased_at).where(
            c.shop_id == bindparam("shop_id"), among(dialect, c[name])
        )

    return question


_Name: TypeAlias = Literal["external_id", "phone_key", "email"]
_BY_NAME: dict[_Name, Question] = {
    "external_id": _by("external_id"),
    "phone_key": _by("phone_key"),
    "email": _by("email"),
}


def _new(shop_id: int, one: CustomerIn, phone_key: str, now: datetime) -> _Person:
    assert one.phone
    row = {
        "shop_id": shop_id,
        "external_id": one.external_id,
        "phone": one.phone,
        "phone_key": phone_key,
        "first_name": one.first_name,
        "email": one.email,
        "country": country_of(one.phone) or one.country or "ZZ",
        "created_at": now,
    }
    return _Person(None, phone_key, one.external_id, one.email, one.first_name, erased=False, row=row)


def _fill(person: _Person, one: CustomerIn, known: _Known) -> None:
    if person.erased:
        return
    blanks: dict[str, Any] = {}
    if one.first_name and not person.first_name:
        blanks["first_name"] = person.first_name = one.first_name
    if one.email and not person.email:
        blanks["email"] = person.email = one.email
    if one.external_id and not person.external_id and one.external_id not in known.by_external:
        blanks["external_id"] = person.external_id = one.external_id
        known.by_external[one.external_id] = person
    if person.row is not None:
        person.row.update(blanks)
    elif blanks:
        person.fill = {**(person.fill or {}), **blanks}


def _write(session: Session, shop_id: int, people: list[_Person]) -> None:
    fresh = {person.phone_key: person for person in people if person.row is not None}
    if fresh:
        rows = [person.row for person in fresh.values() if person.row is not None]
        for id_, phone_key in insert_new(session, Customer, rows, "id", "phone_key"):
            fresh[phone_key].id = id_
        late = [key for key, person in fresh.items() if person.id is None]
        for part in chunks(late):  # somebody else made them since we looked
            for id_, phone_key, *_ in ask(session, _BY_NAME["phone_key"], shop_id=shop_id, among=part):
                fresh[phone_key].id = id_
    for person in {id(person): person for person in people}.values():
        if person.fill:
            session.execute(
                update(Customer)
                .where(Customer.shop_id == shop_id, Customer.id == person.id)
                .values(**person.fill)
                .execution_options(synchronize_session=False)
            )
