"""The demonstration from the order file to the figures.

Owns the order of the steps and the figures. Tells what it does as it goes; prints nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import func, select

from benchmarks.cdnow import expect, shop, source
from benchmarks.cdnow.audit import Findings, audit, deliveries
from benchmarks.cdnow.play import Play, Player, players
from benchmarks.cdnow.script import deal
from benchmarks.cdnow.shop import START, Town
from bot.models import Click, Coupon, Customer, Enrolment, Recovery
from bot.timetravel import settle

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Figures:
    """The last line. `enrolled` is without the holdout; `recovered_revenue` in dollars."""

    customers: int
    orders: int
    rejected: int
    lapsed: int
    enrolled: int
    texts: int
    texts_outside_window: int
    texts_after_stop: int
    texts_twice: int
    replies: int
    right_next_step: int
    coupons: int
    clicks: int
    recovered_orders: int
    recovered_revenue: float

    def to_json(self) -> dict[str, Any]:
        """By name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures, what is wrong (each in a sentence), and the play for whoever wants to look at conversations.

    `broken`: a promise, or a figure that disagrees with itself. `misses`: replies that were met in another way than the
    script says.
    """

    figures: Figures
    broken: list[str]
    misses: list[str]
    play: Play


def demonstrate(
    orders_file: Path, home: Path, *, customers: int, weeks: int, database_url: str | None, tell: Tell
) -> Outcome:
    """Import, enrol, let the weeks pass, and count. `customers`: how many are texted."""
    people = source.read_people(orders_file)
    with shop.open_shop(home, database_url) as town:
        imported = _import(town, people, home, tell)
        lapsed = shop.count_the_lapsed(town)
        tell(f"1998-07-01: {lapsed:,} have bought nothing for {shop.LAPSED_DAYS} days or more")
        plan = shop.start_flow(town, customers)
        tell(
            f"started {plan.flow}: {plan.customers} customers, {plan.control} more in the holdout, "
            f"at most ${plan.cost_at_most_cents / 100:.2f} if nobody answers"
        )
        settle(town.app)
        play = _play(town, people, weeks, tell)
        findings = _audit(town, play)
        figures = _figures(town, imported, lapsed, play, findings)
    misses = [
        f"{said.part.name}, «{' / '.join(said.words)}»: " + "; ".join(said.problems)
        for said in play.said
        if said.problems
    ]
    return Outcome(figures, _broken(figures, play, findings, people), misses, play)


def _import(town: Town, people: list[source.Person], home: Path, tell: Tell) -> tuple[int, int, int]:
    """(customers, orders, rejected rows)"""
    customers, orders = home / "customers.csv", home / "orders.csv"
    source.write_customers(people, customers)
    source.write_orders(people, orders)
    taken, rejected = [], 0
    for kind, path in (("customers", customers), ("orders", orders)):
        began = perf_counter()
        number, bad = shop.import_file(town, kind, path)  # type: ignore[arg-type]
        tell(f"imported {number:,} {kind} in {perf_counter() - began:.0f} s, {bad} rows rejected")
        taken.append(number)
        rejected += bad
    return taken[0], taken[1], rejected


def _play(town: Town, people: list[source.Person], weeks: int, tell: Tell) -> Play:
    known = {person.phone: person for person in people}
    arms: dict[str, list[source.Person]] = {"treated": [], "control": []}
    with town.app.database.read() as session:
        rows = session.execute(
            select(Customer.phone, Enrolment.arm)
            .join(Enrolment, (Enrolment.shop_id == Customer.shop_id) & (Enrolment.customer_id == Customer.id))
            .where(Enrolment.start_id.is_not(None))
        )
        for phone, arm in rows:
            assert phone is not None
            arms[arm].append(known[phone])
    play = Play(town, players(arms["treated"], deal(len(arms["treated"]))), expect.look)
    for place, person in enumerate(sorted(arms["control"], key=lambda each: each.phone)[:3]):
        play.at(START + timedelta(days=9 + 2 * place), _order_of_the_holdout(play, person))

    def day(over: date, texts: int, replies: int) -> None:
        tell(f"{over:%a %b %d, %Y}: {texts:,} texts both ways so far, {replies} replies")

    play.run(START + timedelta(weeks=weeks), day)
    for said in play.said:
        said.problems += expect.look_back(play.players[said.person.phone], said)
    return play


def _order_of_the_holdout(play: Play, person: source.Person) -> Callable[[], None]:
    """Customers who got nothing buy as well: that is what a holdout is for, and no recovery."""
    return lambda: play.order(person.phone, person.last_carts()[-1], 1999, None, play.now())


def _audit(town: Town, play: Play) -> Findings:
    stops = {}
    for said in play.said:
        if said.reply.expect.suppressed == "opted_out":
            stops[said.person.phone] = said.after_seq + 1
    return audit(deliveries(play.record(), play.timeline), stops)


def _figures(
    town: Town, imported: tuple[int, int, int], lapsed: int, play: Play, findings: Findings
) -> Figures:
    mine = town.shop_id
    with town.app.database.read() as session:

        def count(table: Any, *where: Any) -> int:
            return session.execute(
                select(func.count()).select_from(table).where(table.shop_id == mine, *where)
            ).scalar_one()

        revenue = session.execute(
            select(func.coalesce(func.sum(Recovery.revenue_cents), 0)).where(Recovery.shop_id == mine)
        ).scalar_one()
        return Figures(
            customers=imported[0],
            orders=imported[1],
            rejected=imported[2],
            lapsed=lapsed,
            enrolled=count(Enrolment, Enrolment.start_id.is_not(None), Enrolment.arm == "treated"),
            texts=findings.texts,
            texts_outside_window=len(findings.outside_window),
            texts_after_stop=len(findings.after_stop),
            texts_twice=len(findings.twice),
            replies=len(play.said),
            right_next_step=sum(not said.problems for said in play.said),
            coupons=count(Coupon, Coupon.starts_at.is_not(None)),
            clicks=count(Click, Click.by_machine.is_(False)),
            recovered_orders=count(Recovery),
            recovered_revenue=int(revenue) / 100,
        )


def _broken(figures: Figures, play: Play, findings: Findings, people: list[source.Person]) -> list[str]:
    found = [f"outside the window: {each}" for each in findings.outside_window]
    found += [f"after a stop: {each}" for each in findings.after_stop]
    found += [f"twice: {each}" for each in findings.twice]
    by_hand = source.lapsed_by_hand(people, shop.LAPSED_DAYS, START.date())
    revenue = sum(cents for _, cents in play.orders) / 100
    for what, counted, right in (
        ("lapsed", figures.lapsed, by_hand),
        ("customers", figures.customers, len(people)),
        ("orders", figures.orders, sum(len(person.orders) for person in people)),
        ("clicks", figures.clicks, play.clicks),
        ("recovered orders", figures.recovered_orders, len(play.orders)),
        ("recovered revenue", figures.recovered_revenue, round(revenue, 2)),
    ):
        if counted != right:
            found.append(f"{what}: the program says {counted}, counted apart it is {right}")
    found += [f"after buying: {text}" for player in play.players.values() for text in _after_order(player)]
    return found


def _after_order(player: Player) -> list[str]:
    """An order ends the flow: whoever bought hears no more of it."""
    if player.bought_at is None:
        return []
    return [text.body for text in player.texts if text.author == "shop" and text.at > player.bought_at]
