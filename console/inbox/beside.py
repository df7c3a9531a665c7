"""The customer beside the conversation: who they are, how things stand, orders, codes, promises.

Owns those words. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.inbox.talk import Code, Passage, Talk
from console import words
from console.inbox.times import Times
from console.people import LANGUAGES, SILENCED, shown_phone

ORDERS = 4
"""Orders that are shown before the fold."""
CODES = {"promised": "promised", "live": "live", "used": "used", "ended": "ended", "void": "void"}


@dataclass(frozen=True, slots=True)
class Row:
    """A name and what it is. `tone`: calm, stop, call or go."""

    name: str
    value: str
    tone: str = "calm"


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order."""

    when: str
    what: str
    total: str
    state: str


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code."""

    id: int
    code: str
    worth: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """What staff said they would do. `tone`: late, calm or go (kept)."""

    id: int
    what: str
    by: str
    due: str
    kept: bool
    tone: str


@dataclass(frozen=True, slots=True)
class Beside:
    """The panel's values. `clock`: what it shows where they are, in the zone `zone`, called `there`."""

    name: str
    phone: str
    clock: str
    zone: str
    there: str
    rows: tuple[Row, ...]
    flows: tuple[Row, ...]
    orders: tuple[OrderRow, ...]
    more_orders: int
    codes: tuple[CodeRow, ...]
    promises: tuple[PromiseRow, ...]


def beside(talk: Talk, times: Times) -> Beside:
    """The panel as it reads."""
    person = talk.person
    orders = tuple(
        OrderRow(
            times.day(each.at),
            ", ".join(f"{count} x {name}" if count != 1 else name for name, count in each.what) or each.order,
            money(each.total_cents, each.currency),
            "" if each.counts else each.status,
        )
        for each in person.orders
    )
    return Beside(
        name=person.name or "No name",
        phone=shown_phone(person.phone) if person.phone else "",
        clock=words.clock(times.now, person.zone),
        zone=person.zone,
        there=words.zone_name(person.zone),
        rows=tuple(_rows(talk, times)),
        flows=tuple(_flows(talk, times)),
        orders=orders[:ORDERS],
        more_orders=max(0, person.orders_count - ORDERS),
        codes=tuple(_code(each, times) for each in person.codes),
        promises=tuple(
            PromiseRow(
                each.id,
                each.what,
                each.by.name if each.by else "",
                times.both(each.due_at, person.zone),
                each.kept_at is not None,
                "go" if each.kept_at else "late" if each.due_at <= times.now else "calm",
            )
            for each in talk.promises
        ),
    )


def money(cents: int, currency: str) -> str:
    """`$31.00`, `EUR 12.50`."""
    return f"${cents / 100:,.2f}" if currency == "USD" else f"{currency} {cents / 100:,.2f}"


def _rows(talk: Talk, times: Times) -> list[Row]:
    person, standing, found = talk.person, talk.standing, list[Row]()
    if person.orders_count:
        spent = money(person.spent_cents, person.currency)
        found.append(Row("Spent", f"{spent} in {person.orders_count} order{_s(person.orders_count)}"))
    else:
        found.append(Row("Spent", "nothing yet"))
    if person.first_order_at:
        found.append(Row("Customer since", times.day(person.first_order_at)))
    if person.last_order_at:
        found.append(Row("Last order", times.day(person.last_order_at)))
    if standing.silenced:
        kind, by = standing.silenced
        said = f"no: {SILENCED.get(kind, kind.replace('_', ' '))}, by {words.SOURCES.get(by, by)}"
        found.append(Row("May be texted", said, "stop"))
    elif standing.consent is None:
        found.append(Row("May be texted", "answers only: no consent on record", "call"))
    else:
        found.append(Row("May be texted", f"yes, {standing.consent} consent"))
    if talk.marketing_paused_until and talk.marketing_paused_until > times.now:
        found.append(Row("Marketing", f"paused until {times.when(talk.marketing_paused_until)}", "call"))
    if talk.open_matter:
        found.append(Row("Open matter", talk.open_matter.replace("_", " "), "call"))
    if talk.language or person.language:
        spoken = talk.language or person.language or ""
        found.append(Row("Speaks", ({"en": "English"} | LANGUAGES).get(spoken, spoken)))
    if person.email:
        found.append(Row("E-mail", person.email))
    if person.points:
        found.append(Row("Points", f"{person.points:,}"))
    if standing.link_opened_at:
        found.append(Row("Link opened", times.when(standing.link_opened_at)))
    return found


def _flows(talk: Talk, times: Times) -> list[Row]:
    found = [_flow(each) for each in talk.standing.passages]
    if not found:
        found.append(Row("Flow", "none; the front desk answers"))
    held = talk.holder != "bot"
    found += [
        Row("Text leaves", times.both(leaves, talk.person.zone))
        for leaves in talk.standing.leaves
        if leaves > times.now and not held
    ]
    for waits in talk.standing.waits:
        if held:
            found.append(Row("Then", "waits while people hold", "calm"))
            break
        until = "from when the text leaves" if waits is None else f"until {times.when(waits)}"
        found.append(Row("Waits for answer", until))
    return found


def _flow(each: Passage) -> Row:
    if each.holdout:
        return Row(each.title, "holdout: hears nothing")
    where = f"at {words.node_words(each.node)}"
    then = f"; in silence then {words.node_words(each.then)}" if each.then else ""
    return Row(each.title, where + then)


def _code(each: Code, times: Times) -> CodeRow:
    worth = (
        f"{each.percent}%"
        if each.percent
        else f"{each.amount_cents / 100:,.2f} off"
        if each.amount_cents
        else "free shipping"
        if each.free_shipping
        else each.gift or (f"{each.points} points" if each.points else "")
    )
    state = CODES[each.state]
    if each.state == "live" and each.ends_at:
        state = f"till {times.when(each.ends_at)}"
    elif each.state == "used" and each.used_at:
        state = f"used {times.day(each.used_at)}"
    return CodeRow(each.id, each.code, worth, state, "go" if each.state == "live" else "calm")


def _s(count: int) -> str:
    return "" if count == 1 else "s"
