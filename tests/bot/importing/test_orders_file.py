"""An orders' file, in the shapes of the platforms, from its bytes to orders, lines, products and customers' totals."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.models import Customer, Order, OrderLine, Product
from tests.bot.importing import files
from tests.bot.importing.conftest import Desk

PEOPLE = (
    "id,first name,email,phone\n6001,Ana,ana@example.com,2125550101\n6002,Ben,ben@example.com,5125550102\n"
    "6003,Cleo,cleo@example.com,3055550103\n"
)


def orders(desk: Desk) -> dict[str, Order]:
    with desk.database.read() as session:
        return {order.external_id: order for order in session.scalars(select(Order))}


def lines(desk: Desk, external_id: str) -> list[tuple[str, str, int, int]]:
    with desk.database.read() as session:
        return [
            tuple(row)
            for row in session.execute(
                select(Product.external_id, Product.kind, OrderLine.quantity, OrderLine.price_cents)
                .join(OrderLine, OrderLine.product_id == Product.id)
                .join(Order, Order.id == OrderLine.order_id)
                .where(Order.external_id == external_id)
                .order_by(OrderLine.line_no)
            )
        ]


def totals(desk: Desk) -> dict[str | None, tuple[int, int, str, str]]:
    with desk.database.read() as session:
        return {
            customer.phone: (
                customer.orders_count,
                customer.spent_cents,
                f"{customer.first_order_at:%m-%d}" if customer.first_order_at else "",
                f"{customer.last_order_at:%m-%d}" if customer.last_order_at else "",
            )
            for customer in session.scalars(select(Customer))
        }


def dump(desk: Desk) -> list[list[str]]:
    skip = {"id"}
    with desk.database.read() as session:
        return [
            sorted(
                repr([getattr(row, c.key) for c in table.__table__.columns if c.key not in skip])
                for row in session.scalars(select(table))
            )
            for table in _TABLES
        ]


_TABLES: tuple[Any, ...] = (Order, Product, Customer)


def test_a_shopify_file(desk: Desk) -> None:
    desk.importing("customers", PEOPLE)
    outcome = desk.importing("orders", files.SHOPIFY_ORDERS)
    found = orders(desk)
    assert {name: (order.status, order.counts) for name, order in found.items()} == {
        "#1001": ("paid", True),
        "#1002": ("refunded", False),
        "#1003": ("partially refunded", True),
        "#1004": ("cancelled", False),
        "#1005": ("paid", False),
        "#1007": ("pending", False),
    }
    first = found["#1001"]
    assert (first.total_cents, first.currency, first.code) == (3600, "USD", "TEA10")
    assert first.placed_at.isoformat() == "2026-01-02T14:58:00+00:00"
    assert lines(desk, "#1001") == [("MB-12", "product", 2, 1250), ("Gift Card", "gift_card", 1, 500)]
    assert outcome.counts.reasons == {"no_customer": 1}
    assert totals(desk) == {
        "+12125550101": (1, 3600, "01-02", "01-02"),
        "+15125550102": (1, 2000, "01-04", "01-04"),
        "+13055550103": (0, 0, "", ""),
    }


def test_woocommerce_with_the_order_repeated_on_each_row(desk: Desk) -> None:
    desk.importing("orders", files.WOO_REPEATED_ROWS)
    assert {name: order.counts for name, order in orders(desk).items()} == {
        "501": True,
        "502": False,
        "503": False,
    }
    assert lines(desk, "501") == [("DR", "product", 2, 1000), ("Shipping", "shipping", 1, 1100)]
    assert totals(desk) == {"+12125550101": (1, 3100, "01-02", "01-02"), "+15125550102": (0, 0, "", "")}
    with desk.database.read() as session:
        ids = session.scalars(select(Customer.external_id).order_by(Customer.phone)).all()
    assert ids == [None, "17"], "0 is WooCommerce's guest, not a customer"


def test_woocommerce_with_numbered_columns_points_commas_and_german_numbers(desk: Desk) -> None:
    desk.importing("orders", files.WOO_NUMBERED_COLUMNS.encode("cp1252"), zone="Europe/Berlin")
    found = orders(desk)["901"]
    assert (found.total_cents, found.placed_at.isoformat()) == (103150, "2025-12-31T09:00:00+00:00")
    assert lines(desk, "901") == [("K1", "product", 2, 51000), ("Versand", "shipping", 1, 1150)]
    assert set(totals(desk)) == {"+4930901820", "+4930901821"}


def test_woocommerce_with_packed_lines(desk: Desk) -> None:
    desk.importing("orders", files.WOO_PACKED)
    assert lines(desk, "77") == [("DR", "product", 2, 1000), ("Cup", "product", 1, 900)]
    assert lines(desk, "78") == [("DR", "product", 1, 0)]


@pytest.mark.parametrize("text", [files.SHOPIFY_ORDERS, files.WOO_REPEATED_ROWS, files.WOO_PACKED])
def test_twice_is_as_once(desk: Desk, text: str) -> None:
    desk.importing("customers", PEOPLE)
    created = desk.importing("orders", text).counts.created
    before = dump(desk)
    again = desk.importing("orders", text).counts
    assert (again.created, again.updated, again.unchanged) == (0, 0, created)
    assert dump(desk) == before


def test_an_order_of_a_stranger_is_taken_once_the_customer_is_there(desk: Desk) -> None:
    text = "order id,customer id,date,total\n1,6001,2026-01-02,5\n"
    assert desk.importing("orders", text).counts.reasons == {"no_customer": 1}
    assert "no customer has this id or e-mail" in (desk.folder / "orders.csv.rejected.csv").read_text(
        "utf-8-sig"
    )
    desk.importing("customers", PEOPLE)
    assert desk.importing("orders", text).counts.created == 1
    assert not (desk.folder / "orders.csv.rejected.csv").exists()


def test_later_files_change_orders_and_the_totals_follow(desk: Desk) -> None:
    header = "order id,phone,date,total,status\n"
    desk.importing("orders", header + "2,2125550101,2026-02-02,7,paid\n1,2125550101,2026-01-02,5,paid\n")
    assert totals(desk)["+12125550101"] == (2, 1200, "01-02", "02-02")
    outcome = desk.importing("orders", header + "2,2125550101,2026-02-02,7,refunded\n")
    assert outcome.counts.updated == 1
    assert totals(desk)["+12125550101"] == (1, 500, "01-02", "01-02")


def test_an_order_that_comes_up_again_below_is_compared_not_overruled(desk: Desk) -> None:
    header = "order id,phone,date,total\n"
    one, two = "1,2125550101,2026-01-02,5\n", "2,2125550101,2026-01-03,6\n"
    outcome = desk.importing("orders", header + one + two + one + "2,2125550101,2026-01-03,99\n")
    assert (outcome.counts.created, outcome.counts.unchanged, outcome.counts.reasons) == (
        2,
        1,
        {"conflict": 1},
    )
    assert totals(desk)["+12125550101"] == (2, 1100, "01-02", "01-03")


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        (",2125550101,2026-01-02,5", "no_id", "order id"),
        ("1,2125550101,2026-13-02,5", "bad_date", "date"),
        ("1,2125550101,,5", "bad_date", "date"),
        ("1,2125550101,2031-01-02,5", "bad_date", "date"),
        ("1,2125550101,0198-01-02,5", "bad_date", "date"),
        ("1,2125550101,2026-01-02,free", "bad_amount", "total"),
        ("1,2125550101,2026-01-02,", "bad_amount", "total"),
        ("1,2125550101,2026-01-02,-5", "bad_amount", "total"),
        ("1,12,2026-01-02,5", "bad_phone", "phone"),
        ("1,1.2125E+10,2026-01-02,5", "bad_phone", "phone"),
        ("1,,2026-01-02,5", "no_customer", ""),
        ("1,2125550101,2026-01-02,5,6", "shape", ""),
        ("1,2125550101,2026-01-02,5\n1,2125550102,2026-01-02,5", "conflict", "phone"),
        ("1,2125550101,2026-01-02,5\n1,2125550101,2026-01-03,5", "conflict", "date"),
        ("x" * 101 + ",2125550101,2026-01-02,5", "no_id", "order id"),
    ],
)
def test_a_bad_row_is_reported_with_line_column_and_reason(
    quick_desk: Desk, row: str, code: str, column: str
) -> None:
    good = "900,2125550109,2026-01-02,5\n"
    outcome = quick_desk.importing("orders", f"order id,phone,date,total\n{good}{row}\n")
    assert (outcome.counts.created, outcome.counts.reasons) == (1, {code: 1})
    reported = (quick_desk.folder / "orders.csv.rejected.csv").read_text("utf-8-sig").splitlines()
    assert reported[0].startswith("line,column,reason,order id,phone,date,total")
    assert reported[1].split(",")[1] == column
    assert int(reported[1].split(",")[0]) in (3, 4)


def test_a_wrongly_mapped_id_does_not_gather_the_file_in_memory(quick_desk: Desk) -> None:
    body = "".join(f"paid,212555{n % 100:04d},2026-01-02,5\n" for n in range(3_000))
    outcome = quick_desk.importing(
        "orders", "status,phone,date,total\n" + body, chosen={"external_id": ["status"]}
    )
    assert outcome.counts.reasons == {"conflict": 1}


def test_day_and_month_are_told_apart_over_the_file(quick_desk: Desk) -> None:
    text = "order id,phone,date,total\n1,2125550101,3/2/2026,5\n2,2125550101,31/1/2026,5\n"
    quick_desk.importing("orders", text)
    assert [f"{order.placed_at:%m-%d}" for order in orders(quick_desk).values()] == ["02-03", "01-31"]
    plan = quick_desk.plan("orders", text.replace("31/1", "3/1"))
    assert (plan.dates.order, plan.dates.sure) == ("mdy", False)
    assert quick_desk.plan("orders", text.replace("31/1", "3/1"), date_order="dmy").dates.order == "dmy"
