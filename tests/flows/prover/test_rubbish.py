"""I14: whatever somebody saves as a flow gives problems with places, soon, and never a traceback.

Bombs of every kind that is known to us, and shipped flows with bytes of them changed.
"""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.parser import library, read_flow
from tests.support.examples import examples

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

ONE = 'flow: x\nexit_on: [ordered]\nstart: a\nnodes:\n  a:\n    say: "%s"\n    end: x\n'
HEAD = "flow: x\nexit_on: [ordered]\nstart: n0\nnodes:\n"

BOMBS = {
    "empty": "",
    "words": "just words",
    "a list": "- a\n- list",
    "tab": "flow: x\n\tstart: a",
    "dashes": "- " * 15_000,
    "question marks": "? " * 15_000,
    "brackets": "[" * 20_000,
    "deep by indentation": "\n".join(" " * depth + "a:" for depth in range(340)),
    "quotes": '"' * 60_000,
    "anchors": "a: &a [1]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(400)),
    "recursive alias": "a: &x [*x]",
    "merge key": "a: &a { b: 1 }\n<<: *a\n",
    "nul": "flow: \x00",
    "utf-16": "flow: x\nstart: a".encode("utf-16").decode("utf-8", "replace"),
    "binary": bytes(range(256)).decode("utf-8", "replace"),
    "numbers as keys": "1: 2\n3: 4\n",
    "nothing as key": "? \n: x\n",
    "a list as key": "? [a]\n: b",
    "a map as key": "{ a: 1 }: 3",
    "yes and on as keys": "flow: x\nstart: a\nnodes:\n  yes: { end: x }\n  on: { end: y }\n",
    "duplicate key": "flow: x\nflow: y\n",
    "a python object": "flow: !!python/object:os.system x",
    "endless number": "priority: .inf\nflow: x",
    "a number of 5000 digits": "priority: " + "9" * 5000,
    "5 MB": "flow: x\n" * 700_000,
    "10,000 nodes": HEAD + "".join(f"  n{n}: {{ end: x }}\n" for n in range(10_000)),
    "a huge range": ONE % "{% for i in (1..100000000) %}x{% endfor %}",
    "loops in loops": ONE % ("{% for i in (1..99) %}" * 8 + "x" + "{% endfor %}" * 8),
    "replace upon replace": ONE % ("{{ 'aaaaaaaaaa'" + " | replace: 'a', 'aaaaaaaaaa'" * 9 + " }}"),
    "join of many": ONE % ("{{ '" + "a" * 9000 + "' | split: '' | join: '" + "b" * 9000 + "' }}"),
    "doubling": ONE % ("{% assign x = 'aa' %}" + "{% assign x = x | append: x %}" * 40 + "{{ x }}"),
    "capture of capture": ONE
    % "{% capture x %}aa{% endcapture %}{% capture x %}{{ x }}{{ x }}{% endcapture %}",
    "ifs in ifs": ONE % ("{% if a %}" * 3000 + "{% endif %}" * 3000),
    "large numbers": ONE % ("{{ 9 " + "| times: 99999999999999999999" * 1000 + " }}"),
    "another file": ONE % "{% include '/etc/passwd' %}",
    "a chain of 1,000": HEAD
    + "".join(f"  n{n}: {{ tag: a, then: n{n + 1} }}\n" for n in range(1000))
    + "  n1000: { end: x }\n",
    "430 waits": HEAD
    + "".join(
        f"  n{n}: {{ say: hi, replies: {{ 'no': n{n} }}, silence: {{ after: 3 days, then: n{n + 1} }} }}\n"
        for n in range(430)
    )
    + "  n430: { end: x }\n",
    "200 conditions": HEAD
    + "".join(
        f"  n{n}: {{ when: [{{ if: {{ customer.attributes.a{n}: '> 3' }}, go: n{n + 1} }}], say: hi, "
        f"replies: {{ 'no': n{n} }}, silence: {{ after: 2 days, then: n{n + 1} }} }}\n"
        for n in range(200)
    )
    + "  n200: { end: x }\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_rubbish_and_bombs_are_problems_with_places_and_soon(name: str) -> None:
    began = time.process_time()
    flow, problems = read_flow(BOMBS[name], "x.yml")
    assert time.process_time() - began < 3, "a second on a quiet machine; this one may be busy"
    assert flow is None
    assert problems
    assert all(each.line >= 1 and each.column >= 1 and each.remedy for each in problems)


@pytest.mark.parametrize("name", ["430 waits", "200 conditions"])
def test_a_flow_that_is_too_large_to_walk_is_said_not_to_be_proved(name: str) -> None:
    assert "not-proved" in {problem.code for problem in read_flow(BOMBS[name], "x.yml")[1]}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks_of_other_systems_are_no_mistake(mark: str, end: str) -> None:
    source = ONE % "{{ shop.text_name }}'s text bot. STOP to opt out."
    assert read_flow(mark + source.replace("\n", end), "x.yml")[1] == []


@settings(max_examples=examples(100))
@given(
    st.sampled_from(sorted(library())),
    st.lists(st.tuples(st.integers(0, 20_000), st.binary(min_size=1, max_size=3)), min_size=1, max_size=4),
    st.booleans(),
)
def test_bytes_changed_anywhere_in_a_shipped_flow_raise_nothing(
    name: str, changes: list[tuple[int, bytes]], over: bool
) -> None:
    changed = bytearray(library()[name].encode())
    for at, put in changes:
        at %= len(changed)
        changed[at : at + len(put) * over] = put
    _, problems = read_flow(changed.decode("utf-8", "replace"), "x.yml")
    assert all(each.line >= 1 and each.column >= 1 and each.remedy and each.message for each in problems)


@settings(max_examples=examples(60))
@given(st.sampled_from(sorted(library())), st.integers(0, 400), st.integers(0, 400), st.booleans())
def test_lines_lost_or_said_twice_raise_nothing(name: str, first: int, many: int, twice: bool) -> None:
    lines = library()[name].splitlines(keepends=True)
    first %= len(lines)
    piece = lines[first : first + many % 12 + 1]
    read_flow("".join([*lines[:first], *(piece * 2 if twice else []), *lines[first + len(piece) :]]), "x.yml")
