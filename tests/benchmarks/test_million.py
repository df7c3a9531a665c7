"""The measurement of a million customers, at a thousand: what it draws, and that each step finds what is in the files."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from benchmarks.million.behaviour import CDNOW, Bought, fit, histories, with_orders_each
from benchmarks.million.files import write_files
from benchmarks.million.plans import _whole
from benchmarks.million.report import as_page, growth
from benchmarks.million.run import Step, measure
from benchmarks.stack import Postgres

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

TODAY = date(2026, 11, 20)


def test_what_is_drawn_has_the_numbers_that_it_is_drawn_from(tmp_path: Path) -> None:
    lines = (
        f"{number} {bought.day:%Y%m%d} {bought.pieces} {bought.cents / 100:.2f}\n"
        for number, orders in enumerate(histories(CDNOW, 20_000, TODAY, seed=3), 1)
        for bought in orders
    )
    (tmp_path / "drawn.txt").write_text("".join(lines))
    found = fit(tmp_path / "drawn.txt")
    assert found.further == pytest.approx(CDNOW.further, rel=0.08)
    assert found.shape == pytest.approx(CDNOW.shape, rel=0.1)
    for mine, given in (
        (found.between, CDNOW.between),
        (found.cents, CDNOW.cents),
        *zip(found.since, CDNOW.since, strict=True),
    ):
        assert mine[1:-1] == pytest.approx(given[1:-1], rel=0.15, abs=5)


def test_the_same_seed_draws_the_same_and_nobody_buys_tomorrow() -> None:
    one, two = (list(histories(CDNOW, 200, TODAY, seed=7)) for _ in range(2))
    assert one == two
    assert one != list(histories(CDNOW, 200, TODAY, seed=8))
    assert all(order.day <= TODAY for orders in one for order in orders)
    assert all(orders == sorted(orders, key=lambda order: order.day) for orders in one)


def test_a_file_without_orders_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("customer date pieces dollars\n")
    with pytest.raises(ValueError, match="has no orders"):
        fit(tmp_path / "empty.txt")


def test_the_reckoning_is_what_one_counts_in_the_files(tmp_path: Path) -> None:
    told = write_files(tmp_path, with_orders_each(CDNOW, 5), 2_000, TODAY, seed=1, lapsed=(45, 365))
    people = {row["Customer ID"]: row for row in csv.DictReader((tmp_path / "customers.csv").open())}
    orders = list(csv.DictReader((tmp_path / "orders.csv").open()))
    last: dict[str, Bought] = defaultdict(lambda: Bought(date.min, 0, 0))
    for row in orders:
        if row["Status"] == "completed":
            day = date.fromisoformat(row["Order Date"])
            last[row["Customer ID"]] = max(last[row["Customer ID"]], Bought(day, 0, 0), key=lambda b: b.day)
    lapsed = [who for who, order in last.items() if 45 <= (TODAY - order.day).days <= 365]
    assert (told.customers, told.orders) == (len(people), len(orders)) == (2_000, told.orders)
    assert told.unreadable == sum(row["Phone"] == "555" for row in people.values()) > 0
    assert told.counting == sum(row["Status"] == "completed" for row in orders) < told.orders
    assert told.lapsed == len(lapsed)
    assert told.may_start == sum(people[who]["SMS Consent"] == "yes" for who in lapsed)
    assert [row["Order Date"] for row in orders] == sorted(row["Order Date"] for row in orders)
    assert not list(tmp_path.glob("orders.part.*"))


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        (["Seq Scan on customers (actual time=0.01..9.1 rows=4000.00 loops=1)"], ("customers",)),
        (
            [
                "Limit  (actual time=0.01..9.1 rows=1.00 loops=1)",
                "  ->  Seq Scan on outbound (actual time=0.01..9.1 rows=1.00 loops=1)",
                "        Rows Removed by Filter: 900000",
            ],
            ("outbound",),
        ),
        (["Limit (rows=1)", "  ->  Seq Scan on outbound (actual time=0.01..0.1 rows=1.00 loops=1)"], ()),
        (["Limit (rows=1)", "  ->  Seq Scan on orders (never executed)"], ()),
        (["Seq Scan on shops (actual time=0.01..9.1 rows=4000.00 loops=1)"], ()),
        (["Index Scan using ix on orders (actual time=0.01..9.1 rows=4000.00 loops=1)"], ()),
    ],
)
def test_a_scan_is_of_the_whole_table_when_it_went_on(lines: list[str], whole: tuple[str, ...]) -> None:
    assert _whole(lines) == whole


def test_growth_is_processor_time_for_a_piece_of_work() -> None:
    def step(work: int, cpu: float) -> Step:
        return Step("import", "orders", work, 99.0, cpu, cpu, 1, 1, {})

    assert growth(step(100, 1), step(1_000, 10)) == pytest.approx(1)
    assert growth(step(100, 1), step(1_000, 20)) == pytest.approx(2)


@pytest.mark.server
def test_a_thousand_customers_are_found_as_reckoned() -> None:
    """The whole measurement, in small: every count of a step against the files."""
    before, postgres = dict(os.environ), Postgres()
    said: list[str] = []
    try:
        size = measure(postgres, with_orders_each(CDNOW, 3), 1_000, say=said.append, explain=True)
    finally:
        postgres.close()
        os.environ.clear()
        os.environ.update(before)
    assert size.wrong == []
    found = {step.name: step.found for step in size.steps}
    assert found["import orders"]["created"] == size.reckoned.orders > 2_000
    assert found["import orders, again"]["unchanged"] == size.reckoned.orders
    assert found["list the lapsed"]["lapsed"] == size.reckoned.lapsed > 100
    assert found["enrol a day's batch"]["treated"] == 10
    assert found["tick, everybody asleep"]["asleep"] == 1_000 - size.reckoned.unreadable
    assert found["pick of due texts"]["waiting"] == 1_000 - size.reckoned.unreadable
    assert {plan.path for plan in size.plans if plan.often and plan.whole} == set()
    page = as_page(size, size)
    assert "agrees with the plain reckoning" in page
    assert "none reads a large table" in page
