"""I14: a merchant's mistake is a list of problems, each with place, code and remedy; never a traceback."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.parser import library, read_flow
from flows.problems import CODES, Problem

GOOD = """\
flow: small
exit_on: [ordered]
offers:
  comeback: { percent: 15, valid_for: 72 hours }
start: hello
nodes:
  hello:
    say: "Hi, {{ shop.text_name }}'s text bot here. Same again? STOP to opt out."
    replies:
      reorder, yes: cart
      coupon: deal
    silence: { after: 4 days, then: deal }
  cart:
    say: "Here: {{ link.reorder }}"
    end: linked
  deal:
    offer: comeback
    say: "{{ offer.percent }}% off till {{ offer.ends | day }}: {{ link.checkout }}"
    end: offered
"""


def problems_of(source: str) -> list[Problem]:
    """What `winback flow check` would print."""
    return read_flow(source, "small.yml")[1]


def test_the_good_flow_has_no_problems() -> None:
    """Otherwise the table below shows nothing."""
    flow, problems = read_flow(GOOD, "small.yml")
    assert problems == []
    assert flow is not None


@pytest.mark.parametrize("name", library())
def test_what_ships_has_no_problems(name: str) -> None:
    """No false alarm on the library."""
    assert problems_of(library()[name]) == []


@pytest.mark.parametrize(
    ("change", "code", "line"),
    [
        (("start: hello", "start: helo"), "unknown-node", 5),
        (("reorder, yes: cart", "reorder, yes: carts"), "unknown-node", 10),
        (("then: deal", "then: nowhere"), "unknown-node", 12),
        (("coupon: deal", "cuopon: deal"), "unknown-intent", 11),
        (("coupon: deal", "stop: deal"), "protected-intent", 11),
        (("coupon: deal", "yes: deal"), "intent-twice", 11),
        (("    offer: comeback", "    offer: comebak"), "unknown-offer", 17),
        ((", valid_for: 72 hours", ""), "offer-expiry", 4),
        (("    silence: { after: 4 days, then: deal }\n", ""), "no-silence", 7),
        (("    end: linked\n", ""), "no-way-on", 13),
        (("    end: linked", "    then: cart"), "loop", 13),
        (('    say: "Here: {{ link.reorder }}"\n', ""), "unanswered", 10),
        (("exit_on: [ordered]\n", ""), "no-exit-on-order", 1),
        (("{{ shop.text_name }}'s text bot", "Your text bot"), "opener-name", 8),
        ((" STOP to opt out.", ""), "opener-stop", 8),
        (("text bot here", "shop here"), "opener-bot", 8),
        (("{{ link.reorder }}", "{{ link.reorder"), "bad-template", 14),
        (("{{ link.reorder }}", "{{ link.reoder }}"), "unknown-variable", 14),
        (("4 days", "4 dayz"), "shape", 12),
        (("percent: 15", "percent: 150"), "shape", 4),
        (("    end: offered", "    ends: offered"), "shape", 19),
        (("    end: offered", "\tend: offered"), "yaml", 19),
        (("  cart:\n", "  cart:\n    end: x\n    end: y\n"), "duplicate-key", 15),
        (("    end: offered", "    end: offered\n    notice: help"), "shape", 20),
        (("  deal:\n", "  lonely:\n    end: x\n  deal:\n"), "unreachable", 16),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_each_mistake_is_found_where_it_is(change: tuple[str, str], code: str, line: int) -> None:
    """Code, line and a remedy."""
    assert change[0] in GOOD
    found = problems_of(GOOD.replace(change[0], change[1], 1))
    assert code in CODES
    assert (code, line) in {(problem.code, problem.line) for problem in found}, [str(p) for p in found]
    assert all(problem.remedy and problem.column >= 1 for problem in found)


@pytest.mark.parametrize(
    ("cart", "way"),
    [
        ("tag: wants_cart\n    end: linked", "cart"),
        ("then: later_on\n  later_on:\n    end: linked", "cart -> later_on"),
        (
            "when:\n      - if: { orders: '>= 2' }\n        go: quiet\n      - otherwise: deal\n  quiet:\n    end: q",
            "cart -> quiet",
        ),
        ("then: deal", None),
        ("hand_off: wants a cart", None),
        ("when:\n      - otherwise: deal", None),
    ],
    ids=[
        "ends",
        "goes on and ends",
        "one branch ends",
        "says it further on",
        "a person",
        "says it in a branch",
    ],
)
def test_a_reply_that_meets_silence_is_found_wherever_the_way_leads(cart: str, way: str | None) -> None:
    """I16: every text gets an answer or a person."""
    source = GOOD.replace('say: "Here: {{ link.reorder }}"\n    end: linked', cart)
    assert source != GOOD
    found = [problem for problem in problems_of(source) if problem.code == "unanswered"]
    assert len(problems_of(source)) == len(found)
    if way is None:
        assert found == []
    else:
        assert [problem.line for problem in found] == [10]
        assert found[0].message == f"Who says reorder or yes here hears nothing: {way}."


@pytest.mark.parametrize(
    ("cap", "fine"), [("3 per 7 days", True), ("2 per 30 days", True), ("2 per 31 days", False)]
)
def test_a_cap_counts_no_further_back_than_anybody_looks(cap: str, fine: bool) -> None:
    found = problems_of(GOOD.replace("start: hello", f"texts: {{ at_most: {cap} }}\nstart: hello"))
    assert (not found) is fine, found


def test_all_mistakes_come_at_once() -> None:
    """Three mistakes, three problems, in the order of the file."""
    broken = (
        GOOD.replace("cart\n", "carts\n", 1).replace("cuopon", "").replace("coupon: deal", "cuopon: deal")
    )
    broken = broken.replace(", valid_for: 72 hours", "")
    found = problems_of(broken)
    assert [problem.code for problem in found] == ["offer-expiry", "unknown-node", "unknown-intent"]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "just words",
        "- a\n- list",
        "flow: 7\nnodes: 8",
        "a: &x [*x]",
        "a: &a [1]\nb: [*a, *a]\nflow: x",
        "x: " + "[" * 3000,
        "flow: x\n" * 100_000,
        "\x00\x01\x02",
        'flow: x\nstart: a\nnodes:\n  a:\n    say: "{% for i in (1..100000000) %}x{% endfor %}"\n    end: x',
    ],
    ids=[
        "empty",
        "words",
        "list",
        "numbers",
        "recursive",
        "aliases",
        "deep",
        "huge",
        "binary",
        "template bomb",
    ],
)
def test_rubbish_is_a_problem_within_a_second(source: str) -> None:
    """Never a traceback, never a hang."""
    began = time.perf_counter()
    _, problems = read_flow(source, "x.yml")
    assert problems
    assert time.perf_counter() - began < 5, "seconds, on a busy machine; a second on a quiet one"


@given(st.text(max_size=400))
def test_no_text_raises(source: str) -> None:
    """Whatever somebody saves as a flow."""
    read_flow(source, "x.yml")


@given(
    st.integers(0, len(GOOD) - 1),
    st.sampled_from([":", "{", "}", "-", "#", "\t", "'", '"', "&a", "*a", "%", "|", "\n"]),
)
def test_no_slip_of_the_finger_raises(at: int, typed: str) -> None:
    """One character too many, anywhere."""
    read_flow(GOOD[:at] + typed + GOOD[at:], "x.yml")


@pytest.mark.parametrize(
    ("step", "customer", "code"),
    [
        ("says: hi, intent: maybe", "language: es", "unknown-intent"),
        ("says: hi, intent: perhaps_stop", "language: es", None),
        ("says: hi, intent: yes", "shoe_size: 9", "unknown-variable"),
        ("says: hi, intent: yes", "orders: many", "unknown-variable"),
        ("says: hi, intent: yes, at: nowhere", "language: es", "unknown-node"),
    ],
)
def test_what_a_flows_own_tests_name_has_to_exist(step: str, customer: str, code: str | None) -> None:
    tests = f"tests:\n  - test: so\n    customer: {{ {customer} }}\n    steps:\n      - {{ {step} }}\n"
    found = read_flow(GOOD.rstrip("\n") + "\n" + tests, "small.yml")[1]
    assert [problem.code for problem in found] == ([code] if code else [])
    assert all(problem.line > GOOD.count("\n") for problem in found)
