"""Whom the walk is walked for: an ordinary customer, and one more for each way that a condition can turn out.

Owns the choice of facts. Facts that no condition looks at cannot change the way; they are varied where texts are printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flows.conditions import Test, holds
from flows.definition import Flow
from flows.facts import CodeFacts, Facts, OrderFacts
from flows.names import NAMES, condition_names
from flows.prover.says import names_of
from flows.sample import NOW, sample_facts
from flows.values import Scalar

MOST_PEOPLE = 80
"""More outcomes of conditions than this are not walked, and the flow counts as not proved."""

_SHORT = {
    "orders": "customer.orders",
    "points": "customer.points",
    "language": "customer.language",
}
_DYNAMIC = ("offer", "said")
"""What the conversation itself decides: the walk has both without being told."""


@dataclass(frozen=True, slots=True)
class Person:
    """A customer for the walk. `called` says what is special about them, empty for the ordinary one; `node` has the condition
    that they are for."""

    facts: Facts
    called: str
    node: str = ""


def people(flow: Flow) -> list[Person]:
    """Everybody who matters, the ordinary customer first, up to one more than can be walked for. Those whom `audience` keeps
    out are not among them."""
    base = _admitted(flow, ordinary(flow))
    found = [Person(base, "")]
    for name, node in flow.nodes.items():
        if len(found) > 8 * MOST_PEOPLE:
            break
        before: list[Test] = []
        for branch in node.when:
            wanted = [test for test in branch.tests if not _dynamic(test)]
            facts = base
            for test in before:
                facts = with_fact(facts, test.fact, _value(test, holding=False))
            for test in wanted:
                facts = with_fact(facts, test.fact, _value(test, holding=True))
            if wanted:
                found.append(Person(facts, _called(wanted, holding=True), name))
            for test in wanted:
                other = with_fact(facts, test.fact, _value(test, holding=False))
                found.append(Person(other, _called([test], holding=False), name))
            before += wanted
    once: list[Person] = []
    for person in found:
        if len(once) > MOST_PEOPLE:
            break
        admitted = _admits(flow, person.facts)
        known = any(person.facts == each.facts and each.node in ("", person.node) for each in once)
        if not known and (admitted or person is found[0]):
            once.append(person)
    return once


def ordinary(flow: Flow) -> Facts:
    """The usual customer, of whom everything is known that this flow asks about."""
    facts = sample_facts(flow, None, "en")
    facts = replace(
        facts,
        offer=None,
        customer=replace(facts.customer, segment="loyal", birthday="12-04", days_since_order=70, points=120),
        link=replace(facts.link, to=dict.fromkeys(flow.links, "https://t.example/l/3kk9nQr5y")),
    )
    answers = {node.answer: "Orders leave within a day." for node in flow.nodes.values() if node.answer}
    facts = replace(facts, shop=replace(facts.shop, answers={**answers, "shipping": "Within a day."}))
    for name in sorted(used_names(flow)):
        if name.startswith(("customer.attributes.", "shop.answers.")):
            facts = with_fact(facts, name, "Best cup in town")
        elif name.startswith("code."):
            code = CodeFacts("BACK-7KQ4MX", "used", NOW + timedelta(days=2), NOW - timedelta(days=1))
            facts = replace(facts, code=code)
    return facts


def used_names(flow: Flow) -> frozenset[str]:
    """Every name that the flow's own texts and conditions look up."""
    found = {
        name
        for node in flow.nodes.values()
        for variant in (node.say.variants if node.say else ())
        for template in variant.values()
        for name in names_of(template)
    }
    tests = [test for node in flow.nodes.values() for branch in node.when for test in branch.tests]
    return frozenset(found | {_SHORT.get(test.fact, test.fact) for test in (*tests, *flow.audience)})


def may_be_empty(name: str) -> bool:
    """Whether a customer may lack it, whatever came before."""
    if name.partition(".")[0] in (*_DYNAMIC, "link", "here"):
        return False
    if name.startswith(("customer.attributes.", "shop.answers.")):
        return True
    return NAMES.get(name, ("", False))[1]


def admits(flow: Flow, facts: Facts) -> bool:
    """Whether the flow takes such a customer: its audience, and what its trigger implies."""
    return _admits(flow, facts)


def with_fact(facts: Facts, name: str, value: Any) -> Facts:
    """The facts with another value for one name; None takes it away. A name that the conversation owns stays as it is."""
    group, _, key = _SHORT.get(name, name).partition(".")
    match group:
        case "customer":
            return replace(facts, customer=_customer(facts, key, value))
        case "last_order":
            return replace(facts, last_order=_order(facts.last_order, key, value))
        case "shop" if key.startswith("answers."):
            answers = _changed(facts.shop.answers, key.removeprefix("answers."), value)
            return replace(facts, shop=replace(facts.shop, answers=answers))
        case "shop" if key in ("name", "text_name", "site", "contact", "person_by"):
            return replace(facts, shop=replace(facts.shop, **{key: value}))
        case "code":
            if value is None or key not in ("state", "code"):
                return replace(facts, code=None if value is None else facts.code)
            code = facts.code or CodeFacts("BACK-7KQ4MX", "used", NOW, NOW)
            return replace(facts, code=replace(code, **{key: value}))
        case _:
            return facts


def _customer(facts: Facts, key: str, value: Any) -> Any:
    customer = facts.customer
    if key.startswith("attributes."):
        changed = _changed(customer.attributes, key.removeprefix("attributes."), value)
        return replace(customer, attributes=changed)
    if key == "spent":
        return replace(customer, spent_cents=int(float(value or 0) * 100))
    if key == "orders":
        return replace(customer, orders=value or 0)
    known = ("first_name", "points", "segment", "birthday", "language", "country", "days_since_order")
    return replace(customer, **{key: value}) if key in known else customer


def _order(order: OrderFacts | None, key: str, value: Any) -> OrderFacts | None:
    if value is None:
        return replace(order, product=None) if order and key == "product" else None
    order = order or OrderFacts(None, 1, 2000, NOW - timedelta(days=70))
    match key:
        case "product":
            return replace(order, product=str(value))
        case "items":
            return replace(order, items=value)
        case "total":
            return replace(order, total_cents=int(float(value) * 100))
        case _:
            return order


def _changed(values: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    return {name: each for name, each in {**values, key: value}.items() if each is not None}


def _value(test: Test, *, holding: bool) -> Scalar:
    """A value with which the test holds, or fails; None stands for absence."""
    wanted = test.value[0] if isinstance(test.value, tuple) else test.value
    number = wanted if isinstance(wanted, (int, float)) and not isinstance(wanted, bool) else None
    if test.compare in ("present", "absent"):
        here = (test.compare == "present") == holding
        return _something(test.fact) if here else None
    if number is not None:
        step = {
            ">=": (0, -1),
            ">": (1, 0),
            "<=": (0, 1),
            "<": (-1, 0),
            "=": (0, 1),
            "!=": (1, 0),
            "in": (0, 10_000),
        }
        return number + step[test.compare][0 if holding else 1]
    if isinstance(wanted, bool):
        return wanted if holding == (test.compare != "!=") else not wanted
    same = holding == (test.compare in ("=", "in", ">=", "<="))
    return wanted if same else f"not {wanted}"


def _something(fact: str) -> Scalar:
    numbers = ("orders", "points", "items", "total", "spent", "days_since_order")
    return 5 if fact.rpartition(".")[2] in numbers else "used" if fact == "code.state" else "dark roast"


def values_for(tests: Iterator[Test]) -> list[Scalar]:
    """Values on both sides of every test, for what the customer can be asked."""
    found: list[Scalar] = []
    for test in tests:
        for holding in (True, False):
            value = _value(test, holding=holding)
            if value is not None and value not in found:
                found.append(value)
    return found


def _admitted(flow: Flow, facts: Facts) -> Facts:
    for test in flow.audience:
        if not holds(test, condition_names(facts, {})):
            facts = with_fact(facts, test.fact, _value(test, holding=True))
    return facts


def _admits(flow: Flow, facts: Facts) -> bool:
    entered = flow.trigger
    bought = entered.lapsed or entered.after_purchase or entered.replenishment or entered.segments
    if bought and facts.last_order is None:
        return False
    names = condition_names(facts, {})
    return all(holds(test, names) for test in flow.audience)


def _dynamic(test: Test) -> bool:
    return test.fact.partition(".")[0] in _DYNAMIC


def _called(tests: list[Test], *, holding: bool) -> str:
    said = " and ".join(
        f"{test.fact} {test.compare}" + ("" if test.compare in ("present", "absent") else f" {test.value}")
        for test in tests
    )
    return said if holding else f"not: {said}"
