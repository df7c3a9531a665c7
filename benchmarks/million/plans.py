"""The statements that the program really puts, and PostgreSQL's own account of how it answers them.

Owns listening and asking. Statements are caught on their way out of the program's functions, so what is explained is what
runs; whatever explaining writes is rolled back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from benchmarks.million.steps import FLOW, LAPSED
from bot.audience.conditions import asked
from bot.audience.finding import PAGE, candidates
from bot.audience.lapsed import Lapsed, Question, count_lapsed, lapsed_page
from bot.clock import domain_now
from bot.compose import App
from bot.conversations.customers import find_or_make
from bot.flows_store import current, flow_of
from bot.jobs.clockwork import due
from bot.models import Customer, Order, Shop
from bot.orders import CustomerIn, OrderIn, record_order
from bot.sending.picking import pick

LARGE = frozenset(
    "customers orders order_lines consents consent_ledger consent_payloads conversations enrolments timers outbound".split()
)

MANY = 1_000
"""Rows. More of them are no look at a place."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One statement. `whole`: the large tables of which it reads every row. `often`: it runs each tick, turn or webhook."""

    path: str
    often: bool
    statement: str
    milliseconds: float
    whole: tuple[str, ...]
    plan: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For the results."""
        return asdict(self)


def explain_audience(app: App) -> list[Explained]:
    """The statements around a start and a reported order, while there is still somebody to enrol."""
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
        shop_id = session.execute(select(Shop.id)).scalar_one()
        middle = session.execute(
            select(Customer.id, Customer.phone, Customer.last_order_at, Customer.external_id)
            .where(Customer.shop_id == shop_id, Customer.last_order_at.is_not(None))
            .order_by(Customer.id)
            .limit(1)
        ).one()
        order = session.execute(select(Order).where(Order.customer_id == middle.id).limit(1)).scalar_one()
        revision = current(session, shop_id, FLOW)
        assert revision is not None
        flow = flow_of(session, revision.id)
    question = Question(shop_id, LAPSED[0], now, LAPSED[1])
    place = (now - (now - middle.last_order_at) / 2, middle.id)
    who = CustomerIn(external_id=middle.external_id, phone=middle.phone)
    new = OrderIn("a new order", now, 100, order.currency, who, "paid")

    def page(session: Session, after: Any) -> None:
        ask = asked(session, shop_id, revision.flow_id, flow, now)
        for number, _ in enumerate(candidates(session, ask, after=after), 1):
            if number == PAGE:
                break

    paths: list[tuple[str, bool, Callable[[Session], Any]]] = [
        (
            "whose text it is",
            True,
            lambda session: find_or_make(session, app.keys, shop_id, middle.phone, now),
        ),
        ("an order that a shop reports", True, lambda session: _report(session, app, shop_id, new)),
        (
            "count the lapsed",
            False,
            lambda session: count_lapsed(session, shop_id, days_from=LAPSED[0], days_to=LAPSED[1], as_of=now),
        ),
        (
            "a page of the lapsed",
            False,
            lambda session: lapsed_page(session, question, after=Lapsed(*place)),
        ),
        ("the first batch of a day", False, lambda session: page(session, None)),
        ("a later batch of a day", False, lambda session: page(session, place)),
    ]
    return [each for name, often, work in paths for each in _explain(app, name, often, work)]


def explain_ticks(app: App) -> list[Explained]:
    """The statements that run all the time, while everybody sleeps, or a text is due to everybody."""
    with app.database.read() as session:
        now = domain_now(session, app.real_now)
    return [
        *_explain(
            app, "the clock's look, each second", True, lambda session: due(session, now, app.real_now())
        ),
        *_explain(app, "which texts may leave now", True, lambda _: pick(app, now, 16)),
    ]


def _report(session: Session, app: App, shop_id: int, order: OrderIn) -> None:
    record_order(session, app.keys, shop_id, order, source="api", now=order.placed_at)


def _explain(app: App, path: str, often: bool, work: Callable[[Session], Any]) -> Iterator[Explained]:
    with app.database.write() as session:
        with _listening(app) as heard:
            work(session)
        session.rollback()
    with app.database.engine.connect() as connection:
        for statement, parameters in heard.items():
            for _ in range(2):  # the second time, what it reads is in memory
                transaction = connection.begin()
                lines = [
                    str(line)
                    for (line,) in connection.exec_driver_sql(
                        f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}", parameters
                    )
                ]
                transaction.rollback()
            yield Explained(path, often, _flat(statement), _took(lines), _whole(lines), tuple(lines))


@contextmanager
def _listening(app: App) -> Iterator[dict[str, Any]]:
    """Each statement on one of the large tables, once, with parameters that it was put with."""
    heard: dict[str, Any] = {}

    def hear(_: Connection, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if any(re.search(rf"\b{table}\b", statement) for table in LARGE):
            heard.setdefault(statement, parameters)

    event.listen(app.database.engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(app.database.engine, "before_cursor_execute", hear)


def _whole(lines: list[str]) -> tuple[str, ...]:
    """Tables of which a scan read so many rows that it must have begun at the first and gone on: a scan that stops at its
    first row, because any will do, is none."""
    read: dict[str, int] = {}
    table = ""
    for line in lines:
        if "->" in line or line is lines[0]:
            scan = re.search(r"Seq Scan on (\w+).*\(actual .*rows=(\d+)", line)
            table = scan.group(1) if scan else ""
            if scan:
                read[table] = read.get(table, 0) + int(scan.group(2))
        elif table and (removed := re.search(r"Rows Removed by Filter: (\d+)", line)):
            read[table] += int(removed.group(1))
    return tuple(sorted(name for name, rows in read.items() if name in LARGE and rows >= MANY))


def _took(lines: list[str]) -> float:
    return next(float(line.split()[2]) for line in lines if line.startswith("Execution Time"))


def _flat(statement: str) -> str:
    return " ".join(statement.split())
