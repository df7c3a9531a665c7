"""A recorded chat always replays green, and the file around it stays as it was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.events import Reading
from flows.intents import INTENTS
from flows.parser import library, published
from flows.play import recording
from flows.play.came import Came, Heard
from flows.play.customer import BEGIN, customer_facts
from flows.play.player import Player
from flows.play.script import cases_beside, cases_in, run
from tests.flows.play.small import SMALL
from tests.support.examples import examples

SHIPPED = {name: published(source) for name, source in library().items()}
WAITS = ("1 hour", "2 days", "36 hours", "3 weeks")

_readings = st.builds(
    Reading,
    st.sampled_from(sorted(set(INTENTS) - {"stop"})),
    st.just(0.9),
    st.booleans(),
    st.dictionaries(
        st.sampled_from(["later_until", "fact", "percent", "asks"]),
        st.sampled_from(["2026-12-24", "shipping", "loss", "code_fails", 20]),
        max_size=2,
    ),
    st.sampled_from(["en", "es", None]),
    st.sampled_from(["pleased", "neutral", "so_so", "upset"]),
)
_words = st.text(min_size=1, max_size=40).filter(lambda text: text.strip() and text.isprintable())
_happenings = st.one_of(
    st.tuples(
        st.just("says"),
        st.builds(Heard, _readings, st.sampled_from(["none", "none", "held", "opted_out"])),
        _words,
    ),
    st.tuples(st.just("silence")),
    st.tuples(st.just("after"), st.sampled_from(WAITS)),
    st.tuples(st.just("orders")),
    st.tuples(st.just("hand_back")),
    st.tuples(st.just("no_codes")),
)


@settings(max_examples=examples(60))
@given(st.sampled_from(sorted(SHIPPED)), st.lists(_happenings, max_size=8), st.sampled_from(["en", "es"]))
def test_what_was_recorded_replays_green(name: str, happenings: list[Any], language: str) -> None:
    customer = {"language": language}
    player = Player(SHIPPED[name], customer_facts(customer), BEGIN, others=SHIPPED)
    steps = [recording.recorded({}, player.start(), player)]
    for happening in happenings:
        step = _happen(player, happening)
        if step is None:
            continue
        kept, came = step
        if came.lacking:
            return  # it could not be written: a chat shows that, and no test wants it
        steps.append(recording.recorded(kept, came, player))
    text = recording.new_file("it goes so", customer, steps)
    cases, problems = cases_beside(text, "beside.yml")
    assert not problems, (text, problems)
    result = run(SHIPPED[name], cases[0], None, SHIPPED)
    assert result.passed, (text, result.problems)


def _happen(player: Player, happening: Any) -> tuple[dict[str, Any], Came] | None:
    match happening:
        case ("says", heard, words):
            return recording.words_said(words, heard), player.say(words, heard)
        case ("silence",):
            came = player.silence()
            return None if came is None else ({"silence": True}, came)
        case ("after", span):
            number, unit = span.split()
            length = timedelta(**{unit if unit.endswith("s") else unit + "s": int(number)})
            return {"after": span}, player.wait(length)
        case ("orders",):
            return {"orders": True}, player.order()
        case ("hand_back",):
            return {"hand_back": True}, player.hand_back()
        case _:
            player.codes = 0
            return {"no_codes": True, "after": "1 minute"}, player.wait(timedelta(minutes=1))


STEPS = [
    {"expects": ["Hi from Juniper's text bot"], "at": "hello"},
    {"says": "no", "intent": "no", "expects": []},
]
TESTED = SMALL + "tests:\n  # what has to hold\n  - test: first\n    steps:\n      - expects: Hi   # so\n"
FILES = {
    "no tests yet": SMALL,
    "no line end at the end": SMALL.rstrip("\n"),
    "tests at the end": TESTED,
    "tests in the middle": TESTED.replace("# my own flow\n", "").replace("title: Small\n", "")
    + "\n# and its title\ntitle: Small\n",
    "tests without indentation": SMALL + "tests:\n- test: first\n  steps:\n  - expects: Hi\n",
    "lines that end as on Windows": TESTED.replace("\n", "\r\n"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_test_is_put_behind_the_others_and_nothing_else_is_touched(name: str) -> None:
    source = FILES[name]
    text = recording.with_test(source, "second", {"language": "en"}, STEPS)
    assert text is not None
    cases, problems = cases_in(text, "small.yml")
    assert not problems
    assert [case.test.test for case in cases][-1] == "second"
    kept = text.splitlines()
    assert all(line in kept for line in source.splitlines())
    assert [line for line in kept if line in source.splitlines()][: len(source.splitlines())]
    again = recording.with_test(text, "third", {}, STEPS)
    assert again is not None
    assert [case.test.test for case in cases_in(again, "small.yml")[0]][-2:] == ["second", "third"]


@pytest.mark.parametrize(
    "source", [SMALL + "tests: []\n", "flow: [", SMALL + "tests: [{test: a, steps: [{expects: Hi}]}]\n"]
)
def test_what_cannot_be_added_to_is_left_alone(source: str) -> None:
    assert recording.with_test(source, "second", {}, STEPS) is None


@pytest.mark.parametrize(
    "words",
    [
        "no",
        "yes",
        "null",
        "1e3",
        "2026-12-01",
        "a: b",
        "# x",
        "'",
        '"',
        "\\",
        "é🎉‍",
        "- a",
        "{{ x }}",
        "\x85",
    ],
)
def test_words_come_back_as_they_were(words: str) -> None:
    text = recording.new_file(
        words, {}, [{"says": words, "intent": "no", "slots": {"percent": 20, "fact": words}}]
    )
    cases, problems = cases_beside(text, "f")
    assert not problems, text
    step = cases[0].test.steps[0]
    assert (cases[0].test.test, step.says, step.intent) == (words, words, "no")
    assert step.slots == {"percent": 20, "fact": words}
