"""The CDNOW file as a shop's two exports: customers with names, numbers and consent; orders with lines.

Owns what is made up around the real history (names, numbers, titles), all of it by fixed rules: the same file gives the
same exports. Reads the order file, writes CSV; knows nothing of Winback but the columns that any shop exports.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from phonenumbers.tzdata import TIMEZONE_DATA
from ruamel.yaml import YAML

AREAS = Path(__file__).parents[2] / "bot" / "compliance" / "areas.yml"
AREA_CODES = 240
NOT_A_STATE = frozenset({"DC", "PR", "VI", "GU", "AS", "MP"})
SHOP_NUMBER = "+12125550199"
"""With 240 codes for 23,570 people no customer's number ends in 0199."""

NAMES = (
    "Abel Ada Alma Amos Anita Arlo Audrey Beth Boris Bruno Carla Cecil Clara Cyrus Daria Dennis Dora Edgar Elsa "
    "Enid Ezra Faye Felix Flora Frank Gemma Gil Greta Hal Hazel Hugo Ida Ines Ivan Jill Joan Jonas June Kai Kara "
    "Kurt Lars Leona Lionel Lotte Mabel Max Mina Moses Nadia Ned Nina Olga Oscar Otto Pearl Percy Petra Quinn "
    "Ralph Rita Rosa Rufus Sadie Saul Selma Simon Tess Tilda Tom Ursula Vera Victor Wanda Walt Yara Zeno Zoe"
).split()

TITLES = (
    "Quiet Harbor",
    "Paper Lanterns",
    "Nine Miles of Rain",
    "The Copper Room",
    "Salt and Cedar",
    "Night Ferry",
    "Small Hours",
    "Winter Radio",
    "Marigold Street",
    "Long Way Home Again",
    "Blue Kitchen",
    "Field Notes",
)
"""Records that nobody made."""

CONSENT = "I agree to recurring marketing texts from Groove Yard Records at this number. Consent is no condition of purchase. STOP ends it."


@dataclass(frozen=True, slots=True)
class Order:
    """One line of the file: what was really bought, and the titles that we gave it."""

    number: int
    customer: str
    day: date
    cents: int
    lines: tuple[tuple[str, int], ...]
    """(sku, how many)."""


@dataclass(frozen=True, slots=True)
class Person:
    """One customer: real orders, a given name and number."""

    external_id: str
    name: str
    phone: str
    orders: list[Order] = field(default_factory=list)

    def last_carts(self) -> list[dict[str, int]]:
        """What may stand in the cart of a reorder: the last order's lines (each order of that day, if there are two)."""
        last = max(order.day for order in self.orders)
        return [dict(order.lines) for order in self.orders if order.day == last]


def sku(title: str) -> str:
    """The title's number at the shop."""
    return f"GY-{100 + TITLES.index(title)}"


def area_codes() -> list[str]:
    """Some 240 geographic area codes of the fifty states, spread over all of them."""
    states: Mapping[str, str] = YAML(typ="safe").load(AREAS.read_text("utf-8"))["area_codes"]["US"]
    known = sorted(
        code
        for state, codes in states.items()
        if state not in NOT_A_STATE
        for code in codes.split()
        if f"1{code}" in TIMEZONE_DATA
    )
    return [known[place * len(known) // AREA_CODES] for place in range(AREA_CODES)]


def read_people(path: Path) -> list[Person]:
    """The customers in the order of their ids, each with their orders. Raises ValueError with the line that is wrong."""
    codes = area_codes()
    people: dict[str, Person] = {}
    for order in _orders(path):
        person = people.get(order.customer)
        if person is None:
            place = len(people)
            if place >= AREA_CODES * 99:
                raise ValueError(f"more than {AREA_CODES * 99:,} customers: there are no more free numbers")
            phone = f"+1{codes[place % AREA_CODES]}5550{100 + place // AREA_CODES}"
            name = NAMES[_hash("name", order.customer) % len(NAMES)]
            person = people[order.customer] = Person(order.customer, name, phone)
        person.orders.append(order)
    return list(people.values())


def write_customers(people: list[Person], path: Path) -> None:
    """The customers' export. Consent was given with the first order."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        header = ["Customer ID", "First Name", "Phone", "Country", "SMS Consent", "SMS Consent Date"]
        out.writerow([*header, "SMS Consent Wording"])
        for person in people:
            first = min(order.day for order in person.orders).isoformat()
            out.writerow([person.external_id, person.name, person.phone, "US", "yes", first, CONSENT])


def write_orders(people: list[Person], path: Path) -> int:
    """The orders' export, a row a line of the order; gives how many orders."""
    orders = sorted((order for person in people for order in person.orders), key=lambda order: order.number)
    phones = {person.external_id: person.phone for person in people}
    titles = {sku(title): title for title in TITLES}
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        header = ["Order ID", "Customer ID", "Phone", "Order Date", "Total", "Currency"]
        out.writerow(
            [*header, "Lineitem Name", "Lineitem Quantity", "Lineitem Price", "Lineitem SKU"],
        )
        for order in orders:
            pieces = sum(count for _, count in order.lines)
            for number, count in order.lines:
                out.writerow(
                    [
                        order.number,
                        order.customer,
                        phones[order.customer],
                        order.day.isoformat(),
                        f"{order.cents / 100:.2f}",
                        "USD",
                        f"{titles[number]} (CD)",
                        count,
                        f"{order.cents / pieces / 100:.2f}",
                        number,
                    ]
                )
    return len(orders)


def lapsed_by_hand(people: list[Person], days: int, today: date) -> int:
    """Who has lapsed, counted from the file alone, to hold against the program's answer."""
    return sum((today - max(order.day for order in person.orders)).days >= days for person in people)


def _orders(path: Path) -> Iterator[Order]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            cells = line.split()
            if not cells or not cells[0].isdigit():  # the header, blank lines
                continue
            try:
                customer, day, pieces, dollars = cells
                when = datetime.strptime(day, "%Y%m%d").date()  # noqa: DTZ007  a day
                yield Order(
                    number, customer, when, round(float(dollars) * 100), _lines(number, max(int(pieces), 1))
                )
            except ValueError as error:
                raise ValueError(f"{path.name}, line {number}: {error}") from error


def _lines(number: int, pieces: int) -> tuple[tuple[str, int], ...]:
    """Titles for an order's CDs: one, or from three CDs on two."""
    first = _hash("title", str(number)) % len(TITLES)
    if pieces < 3:
        return ((sku(TITLES[first]), pieces),)
    second = (first + 1 + _hash("second", str(number)) % (len(TITLES) - 1)) % len(TITLES)
    return ((sku(TITLES[first]), pieces - 1), (sku(TITLES[second]), 1))


def _hash(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("/".join(parts).encode()).digest()[:6])
