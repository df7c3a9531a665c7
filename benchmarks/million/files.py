"""A shop's two exports, drawn and written as a stream, and what is in them, reckoned beside the writing.

Owns the files and the reckoning, which knows nothing of the program: what the steps find is held against it. Memory does
not grow with the number of customers, nor with that of the orders.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from benchmarks.cdnow.source import CONSENT, NAMES, TITLES, area_codes, sku
from benchmarks.million.behaviour import Behaviour, Bought, histories

BUCKET_DAYS = 14
"""Orders are sorted by day within so many days at a time: an export is in the order of the orders."""
CUSTOMERS_HEADER = (
    "Customer ID",
    "First Name",
    "Phone",
    "Country",
    "SMS Consent",
    "SMS Consent Date",
    "SMS Consent Wording",
    "Points",
)
ORDERS_HEADER = (
    "Order ID",
    "Customer ID",
    "Phone",
    "Order Date",
    "Status",
    "Total",
    "Currency",
    "Lineitem Name",
    "Lineitem Quantity",
    "Lineitem Price",
    "Lineitem SKU",
)


@dataclass(slots=True)
class Reckoning:
    """What is in the files. `lapsed`: last order that counts `days_from` to `days_to` days ago; `may_start`: those of
    them who gave a consent that marketing needs."""

    today: str
    days_from: int
    days_to: int
    customers: int = 0
    unreadable: int = 0
    consents: int = 0
    opted_out: int = 0
    orders: int = 0
    counting: int = 0
    cents: int = 0
    lapsed: int = 0
    may_start: int = 0

    def as_dict(self) -> dict[str, int | str]:
        """For the report."""
        return asdict(self)


def write_files(
    folder: Path, behaviour: Behaviour, customers: int, today: date, *, seed: int, lapsed: tuple[int, int]
) -> Reckoning:
    """Write customers.csv and orders.csv. One customer in 200 has a number that nobody can read, and no orders."""
    found = Reckoning(today.isoformat(), *lapsed)
    codes = area_codes()
    buckets = _Buckets(folder, today)
    with (folder / "customers.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(CUSTOMERS_HEADER)
        for number, orders in enumerate(histories(behaviour, customers, today, seed), 1):
            chance = _chance(seed, number)
            phone = f"+1{codes[number % len(codes)]}555{number // len(codes):04d}"
            if chance % 200 == 0:
                found.unreadable += 1
                phone = "555"
            found.customers += 1
            says = _consent(chance)
            out.writerow(
                [
                    f"c{number}",
                    NAMES[chance % len(NAMES)],
                    phone,
                    "US",
                    says,
                    orders[0].day.isoformat() if says else "",
                    CONSENT if says == "yes" else "",
                    chance % 500,
                ]
            )
            if phone != "555":
                _reckon(found, says, [order for order in orders if _counts(number, order)], today)
                found.orders += len(orders)
                for order in orders:
                    buckets.add(number, phone, order)
    buckets.write(folder / "orders.csv")
    return found


def _consent(chance: int) -> str:
    """Out of a hundred customers, 60 said yes and 3 stopped it."""
    place = chance // 200 % 100
    return "yes" if place < 60 else "unsubscribed" if place < 63 else ""


def _counts(number: int, order: Bought) -> bool:
    """One order in fifty was cancelled."""
    return (number + order.day.toordinal()) % 50 != 0


def _reckon(found: Reckoning, says: str, counting: list[Bought], today: date) -> None:
    found.consents += says == "yes"
    found.opted_out += says == "unsubscribed"
    found.counting += len(counting)
    found.cents += sum(order.cents for order in counting)
    if counting and found.days_from <= (today - counting[-1].day).days <= found.days_to:
        found.lapsed += 1
        found.may_start += says == "yes"


def _chance(seed: int, number: int) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}/{number}".encode(), digest_size=6).digest())


class _Buckets:
    """Orders put aside by fortnight, so that a bounded number of them is sorted at a time."""

    def __init__(self, folder: Path, today: date) -> None:
        self._folder = folder
        self._today = today
        self._lines: dict[int, list[str]] = {}
        self._waiting = 0

    def add(self, number: int, phone: str, order: Bought) -> None:
        bucket = (self._today - order.day).days // BUCKET_DAYS
        line = f"{order.day.isoformat()},{number},{phone},{order.cents},{order.pieces}\n"
        self._lines.setdefault(bucket, []).append(line)
        self._waiting += 1
        if self._waiting >= 200_000:
            self._put_aside()

    def _put_aside(self) -> None:
        for bucket, lines in self._lines.items():
            with self._path(bucket).open("a", encoding="utf-8") as file:
                file.writelines(lines)
        self._lines, self._waiting = {}, 0

    def write(self, path: Path) -> None:
        """The orders' export: numbered in the order of their days."""
        self._put_aside()
        with path.open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(ORDERS_HEADER)
            for serial, (day, number, phone, cents, pieces) in enumerate(self._sorted(), 1):
                title = TITLES[serial % len(TITLES)]
                order = Bought(date.fromisoformat(day), int(cents), int(pieces))
                status = "completed" if _counts(int(number), order) else "cancelled"
                total, price = f"{order.cents / 100:.2f}", f"{order.cents / order.pieces / 100:.2f}"
                what = [f"{title} (CD)", pieces, price, sku(title)]
                out.writerow([serial, f"c{number}", phone, day, status, total, "USD", *what])

    def _sorted(self) -> Iterator[list[str]]:
        paths = {int(path.suffix[1:]): path for path in self._folder.glob("orders.part.*")}
        for bucket in sorted(paths, reverse=True):
            for line in sorted(paths[bucket].read_text("utf-8").splitlines()):
                yield line.split(",")
            paths[bucket].unlink()

    def _path(self, bucket: int) -> Path:
        return self._folder / f"orders.part.{bucket}"
