"""A dry run: the whole file read and checked, nothing written. Owns what it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.importing.plan import Plan
from bot.importing.run import units
from bot.importing.units import CustomerRow, OrderRows, ProductRow, Rejected
from bot.orders.values import DOES_NOT_COUNT, does_count, plain_status

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Trial:
    """What an import would find. `first` are the first customers, orders or products as they would be taken."""

    plan: Plan
    taken: int
    rejected: int
    reasons: dict[str, int]
    first: tuple[CustomerRow | OrderRows | ProductRow, ...]
    first_rejected: tuple[Rejected, ...]
    consents: dict[str, int]
    """Customers: how many rows say yes, no, out."""
    statuses: dict[str, int]
    """Orders: how many have each status."""
    counting: int

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        columns, header = self.plan.columns, self.plan.columns.header
        return {
            "encoding": self.plan.survey.encoding,
            "delimiter": self.plan.survey.delimiter,
            "date_order": self.plan.dates.order,
            "date_order_sure": self.plan.dates.sure,
            "columns": {
                field: [header[place] for place in places] for field, places in columns.fields.items()
            },
            "attributes": {header[place]: name for place, name in columns.attributes.items()},
            "left_aside": {header[place]: why for place, why in columns.aside.items()},
            "rows": self.taken,
            "rejected": self.rejected,
            "reasons": self.reasons,
            "consents": self.consents,
            "statuses": self.statuses,
            "counting": self.counting,
        }


def try_import(plan: Plan, on_bytes: Callable[[int], None] = lambda read: None) -> Trial:
    """Read the whole file as the import would, without a database. Orders of unknown customers can't be told here."""
    taken = counting = 0
    first: list[CustomerRow | OrderRows | ProductRow] = []
    rejected: list[Rejected] = []
    reasons: Counter[str] = Counter()
    consents: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    for unit in units(plan, on_bytes):
        if unit.rejected:
            reasons[unit.rejected.code] += 1
            rejected += [unit.rejected] if len(rejected) < SHOWN else []
        match unit.taken:
            case CustomerRow(stated=stated, repeat=False):
                consents[stated.says if stated else "nothing"] += 1
            case OrderRows(order=order):
                statuses[plain_status(order.status)] += 1
                counting += does_count(order)
            case ProductRow():
                pass
            case _:
                continue
        taken += 1
        first += [unit.taken] if len(first) < SHOWN and unit.taken else []
    return Trial(
        plan,
        taken,
        sum(reasons.values()),
        dict(reasons),
        tuple(first),
        tuple(rejected),
        dict(consents),
        dict(statuses.most_common(20)),
        counting,
    )


def status_counts(status: str) -> bool:
    """Whether orders of this (plain) status count."""
    return status not in DOES_NOT_COUNT
