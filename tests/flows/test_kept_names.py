"""What a flow keeps of a customer: never under a name that the language uses itself, and a birthday can be said."""

from __future__ import annotations

import pytest

from flows.effects import SendText
from flows.parser import read_flow
from flows.play.customer import BEGIN, customer_facts
from flows.render import Rendered, Unrenderable, render
from flows.source import OWN_NAMES


@pytest.mark.parametrize("name", sorted(OWN_NAMES))
@pytest.mark.parametrize(
    "node", ["{{ set: {{ {0}: x }}, end: done }}", "{{ ask: {{ name: {0} }}, then: n }}"]
)
def test_the_languages_own_names_are_taken(name: str, node: str) -> None:
    """Kept as `rhythm`, «whenever» would be no rhythm, and every later turn of the customer would fail."""
    flow, problems = read_flow(f"flow: f\nstart: n\nnodes:\n  n: {node.format(name)}\n")
    assert flow is None
    assert [(each.code, each.line) for each in problems] == [("shape", 4)]
    assert "of the language's own" in problems[0].message


@pytest.mark.parametrize(("language", "said"), [("en", "Mar 14"), ("es", "14 mar")])
def test_a_birthday_is_said_without_a_year(language: str, said: str) -> None:
    text = SendText(0, "n", "{{ said.birthday | day }}", language, "yes", values={"birthday": "03-14"})
    assert render(text, customer_facts({}), BEGIN) == Rendered(said)


@pytest.mark.parametrize("name", ["size", "first", "last"])
def test_what_liquid_calls_a_property_is_a_column_like_any(name: str) -> None:
    """Missing, it is missing; it is not the count of the columns."""
    text = SendText(0, "a", "Your {{ customer.attributes." + name + " }}", "en", None)
    having = customer_facts({f"customer.attributes.{name}": "large"})
    assert render(text, having, BEGIN) == Rendered("Your large")
    for lacking in (customer_facts({}), customer_facts({"customer.attributes.roast": "dark"})):
        assert isinstance(render(text, lacking, BEGIN), Unrenderable)
