"""What a file is cut into: one customer, order or product each, with what was wrong with it.

Owns the values that the readers give and the writers take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from bot.orders.values import OrderIn
from flows.values import Scalar

Code: TypeAlias = Literal[
    "no_phone",
    "bad_phone",
    "repeated",
    "no_id",
    "bad_date",
    "bad_amount",
    "no_customer",
    "conflict",
    "erased",
    "opted_out_before",
    "no_name",
    "too_long",
    "bad_days",
    "shape",
]

REMEDIES: dict[Code, str] = {
    "no_phone": "collect a number at checkout, or map the column that has it: --map phone=...",
    "bad_phone": "mend the numbers (export the column as text), or give the country: --country",
    "repeated": "nothing, when they are the same person; one number is one customer",
    "no_id": "map the column with the number of the order, or the id of the product: --map external_id=...",
    "bad_date": "mend the dates, or say what comes first: --date-order",
    "bad_amount": "mend the amounts, or map the right column: --map total=...",
    "no_customer": "import the customers first, then this file again",
    "conflict": "map the column with the order's own number, or sort the file by it",
    "erased": "nothing: they asked for their data to be erased",
    "opted_out_before": "nothing: they stopped us under the number that they had before",
    "no_name": "map the column with the products' names: --map name=...",
    "too_long": "shorten them to 24 characters",
    "bad_days": "write how many days one of it lasts, as a whole number",
    "shape": "mend quotes and delimiters in these lines",
}
"""What would mend each kind of rejected row."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was not taken: where, why, and what stood there."""

    line: int
    column: str
    code: Code
    why: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """What a row says of consent to texts. `says`: yes, no (not now, or never), out (withdrawn),
    unconfirmed (signed up, and has not confirmed it).

    `at` is None where the file has no date; `wording` is what was agreed to, word for word (R22).
    """

    says: Literal["yes", "no", "out", "unconfirmed"]
    cell: str
    at: datetime | None = None
    wording: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One customer as the file has them. None: the file does not say. `country` is the number's, which
    is what the law asks about (R156). `repeat`: an earlier line has the same number, so
    only an opt-out is taken from this one."""

    line: int
    phone: str
    country: str
    cells: tuple[str, ...]
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    language: str | None = None
    region: str | None = None
    postcode: str | None = None
    points: int | None = None
    attributes: Mapping[str, Scalar] | None = None
    stated: Stated | None = None
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class OrderRows:
    """One order, from one or several rows. `repeat`: the same id stood further up, other orders between."""

    line: int
    order: OrderIn
    cells: tuple[str, ...]
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One product as the file has it. None: the file does not say. `ids`: by what orders may know it, the best first."""

    line: int
    cells: tuple[str, ...]
    ids: tuple[str, ...]
    name: str | None = None
    text_name: str | None = None
    price_cents: int | None = None
    days_of_use: int | None = None
    private: bool | None = None
    retired: bool | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of the file that is taken or rejected whole. `last_line` is where a killed run goes on after it."""

    last_line: int
    taken: CustomerRow | OrderRows | ProductRow | None
    rejected: Rejected | None = None
