"""Files of lines: what is read, and what is wrong with them, with place and remedy."""

from __future__ import annotations

import pytest

from bot.teaching.from_file import MAX_BYTES, read_lines

GOOD = """version: "3.1"
nlu:
  - intent: gift_wrap
    examples: |
      - can you wrap it?
      - put a bow on it
  - intent: question
    examples:
      - text: |
          what about the blue one
  - synonym: bag
    examples: |
      - sack
"""


def test_lines_are_read_with_their_intent_and_language() -> None:
    lines, problems = read_lines(GOOD, "x.yml", "es")
    assert problems == []
    assert [(line.intent, line.text, line.language) for line in lines] == [
        ("gift_wrap", "can you wrap it?", "es"),
        ("gift_wrap", "put a bow on it", "es"),
        ("question", "what about the blue one", "es"),
    ]


@pytest.mark.parametrize(
    ("source", "code", "line", "remedy"),
    [
        ("nothing: here\n", "not-lines", 1, "Write `nlu:`"),
        ("just words", "not-lines", 1, "Write `nlu:`"),
        ("nlu:\n  - intent: gift_wrap\n", "not-lines", 2, "with `examples: |`"),
        ("nlu:\n  - intent: Gift Wrap\n    examples: |\n      - a line\n", "own-name", 2, "as in gift_wrap"),
        ("nlu:\n  - intent: stpo\n    examples: |\n      - a line\n      no dash\n", "not-lines", 5, "dash"),
        ("nlu:\n  - intent: upset\n    examples: |\n      - a line\n", "own-name", 2, "my_upset"),
        ("nlu:\n  - intent: rhythm\n    examples: |\n      - a line\n", "own-name", 2, "my_rhythm"),
        (
            "nlu:\n  - intent: start\n    examples: |\n      - a line\n",
            "not-taught",
            2,
            "Take these lines out",
        ),
        ("nlu:\n  - intent: yes\n    examples: |\n      - a line\n      - …\n", "line", 5, "Take it out"),
        (
            f"nlu:\n  - intent: question\n    examples: |\n      - {'a ' * 400}\n",
            "line",
            4,
            "as a customer would",
        ),
        (
            "nlu:\n  - intent: coupon\n    examples: |\n      - same line\n  - intent: human\n    examples: |\n      - Same line!\n",
            "taught-twice",
            7,
            "Keep one of the two",
        ),
        ("nlu:\n\t- intent: x\n", "yaml", 2, "Indent with blanks"),
        ("# " + "x" * MAX_BYTES, "not-lines", 1, "Split it"),
    ],
)
def test_each_mistake_has_its_place_and_remedy(source: str, code: str, line: int, remedy: str) -> None:
    lines, problems = read_lines(source, "x.yml", "en")
    assert lines == ()
    assert (problems[0].code, problems[0].line) == (code, line)
    assert remedy in problems[0].remedy


def test_all_mistakes_are_told_at_once() -> None:
    source = (
        "nlu:\n  - intent: A B\n    examples: |\n      - x\n  - intent: start\n    examples: |\n      - y\n"
    )
    assert [problem.code for problem in read_lines(source, "x.yml", "en")[1]] == ["own-name", "not-taught"]
