"""What a flow keeps of a customer: never under a name that the language uses itself, and a birthday can be said."""

from __future__ import annotations

import pytest

from flows.effects import SendText
from flows.parser import read_flow
from flows.play.customer import BEGIN, customer_facts
from flows.render import Rendered, render
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
