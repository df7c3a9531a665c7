"""What a merchant reads who has mistyped: each slip with a remedy of its own, and no word of a library's."""

from __future__ import annotations

import re

import pytest

from flows.parser import read_flow
from flows.remedies import near
from tests.flows.test_checks import GOOD

CART = '"Here: {{ link.reorder }}"'
SILENCE = "silence: { after: 4 days"
SLIPS = [
    (CART, "Here it is: {{ link.reorder }}", "A text with a colon in it needs quotation marks"),
    (CART, "{{ shop.name }} has it", "A text that begins with {{ or {% needs quotation marks"),
    (CART, "“Here: {{ link.reorder }}”", "Curly quotation marks"),
    (CART, "*Here*", "begins with * or &"),
    (CART, '"Here', "opened, and never closed"),
    ("    say: " + CART, "\tsay: " + CART, "begins with a tab"),
    ("    say: " + CART, "\u00a0   say: " + CART, "A no-break space"),
    ("    say: " + CART, "   say: " + CART, "indented otherwise"),
    ("start: hello", "...\nstart: hello", "ends the flow here"),
    ("percent: 15", "percent: 15%", "Write `percent: 15`."),
    ("percent: 15", "percent: 150", "`percent` is at most 90. Write 90 or less."),
    ("percent: 15", "percent: lots", "`percent` is a number."),
    (SILENCE, "silence: { after: 4", "Write `after: 4 days`, or hours."),
    (SILENCE, "silence: { after: four days", "`four days` can't be read at `after`."),
    (SILENCE, "silense: { after: 4 days", "Did you mean `silence`?"),
    ("reorder, yes:", "buy, yes:", "Write `reorder`."),
    ("reorder, yes:", "unsubscribe, yes:", "An opt-out is built in"),
    ("reorder, yes:", "reoder, yes:", "Did you mean `reorder`?"),
    ("{{ link.reorder }}", "{{ link.reoder }}", "Did you mean `link.reorder`?"),
    ("{{ link.reorder }}", "{{ link.reorder | date }}", "Did you mean `day`?"),
    ("start: hello", "start: helo", "Did you mean `hello`?"),
    ("nodes:", "nodes: &all\n  again: *all\nother:", "The anchor `&all` is used again as `*all`"),
]


@pytest.mark.parametrize(("right", "wrong", "told"), SLIPS)
def test_each_slip_is_told_in_the_merchants_words(right: str, wrong: str, told: str) -> None:
    assert right in GOOD
    problems = read_flow(GOOD.replace(right, wrong, 1), "x.yml")[1]
    said = "\n".join(map(str, problems))
    assert told in said
    assert not re.search(r"\w+Source\b|Input should|pydantic|<block|scalar", said)
    assert all(problem.message.rstrip(".") != problem.remedy.rstrip(".") for problem in problems)


@pytest.mark.parametrize("value", ["", "7", "[]", "{}", "true", "...", "{ a: 1 }", "[1, 2]", "1.5", "'é'"])
@pytest.mark.parametrize(
    "key",
    [
        "say",
        "replies",
        "silence",
        "when",
        "offer",
        "link",
        "answer",
        "ask",
        "wait",
        "set",
        "tag",
        "run",
        "end",
        "then",
    ],
)
def test_no_value_of_a_key_brings_out_a_librarys_message(key: str, value: str) -> None:
    source = GOOD.replace("    say: " + CART, f"    {key}: {value}")
    said = "\n".join(map(str, read_flow(source, "x.yml")[1]))
    assert not re.search(r"\w+Source\b|[Ii]nput should|[Vv]alid (?:string|dict|int)|function-|str\b", said), (
        said
    )


def test_near_misses_are_near() -> None:
    assert (near("by", ["bye", "cart"]), near("zebra", ["bye"])) == ("Did you mean `bye`? ", "")
