"""What the language itself sees to is proved all the same: here with an engine's answers that break the promise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.effects import Effect, SendText
from flows.parser import load_yaml, published, read_flow
from flows.places import Places
from flows.prover.circles import circles
from flows.prover.explore import explore
from flows.prover.offers import at_least_as_good
from flows.prover.promises import promises
from flows.prover.spots import Walk
from flows.source import FlowSource
from tests.flows.test_checks import GOOD

SOLD = SendText(0, "hello", "20% off!", "en", None)


def said_of(walk: Walk) -> set[str]:
    """The codes that a walk gives rise to."""
    document, _ = load_yaml(GOOD, "small.yml")
    shaped = FlowSource.model_validate(document)
    return {problem.code for problem in promises(walk.flow, shaped, Places("small.yml", document), walk)}


def changed(said: str, effects: tuple[Effect, ...], after: str | None = None) -> Walk:
    """The walk of the good flow, with another answer of the engine to whatever is put in these words."""
    walk = explore(published(GOOD))
    ended = next(n for n, spot in enumerate(walk.spots) if spot.state.phase == "waiting")
    for number, moves in walk.moves_of.items():
        walk.moves_of[number] = [
            replace(move, effects=effects, after=ended if after else move.after)
            if move.said == said
            else move
            for move in moves
        ]
    return walk


def test_the_good_flow_keeps_every_promise() -> None:
    assert said_of(explore(published(GOOD))) == set()


@pytest.mark.parametrize(
    ("said", "effects", "after", "code"),
    [
        ("customer: STOP", (SOLD,), None, "opt-out"),
        ("customer: (human)", (), None, "no-person"),
        ("(the customer orders)", (), "waiting", "no-exit-on-order"),
    ],
)
def test_an_engine_that_breaks_a_promise_is_found_out(
    said: str, effects: tuple[Effect, ...], after: str | None, code: str
) -> None:
    assert code in said_of(changed(said, effects, after))


def test_words_after_the_end_are_found_out() -> None:
    walk = explore(published(GOOD))
    over = next(n for n, spot in enumerate(walk.spots) if spot.state.phase == "ended")
    walk.moves_of[over] = [replace(move, effects=(SOLD,)) for move in walk.moves_of[over]]
    assert "after-the-end" in said_of(walk)


def test_the_walk_sees_every_stop_under_every_kind_of_event() -> None:
    """Silence, answers, staff, refusals, orders and stops, at each wait of the flow."""
    walk = explore(published(GOOD))
    waiting = [n for n, spot in enumerate(walk.spots) if spot.state.phase == "waiting"]
    assert waiting
    for number in waiting:
        kinds = {move.kind for move in walk.moves_of[number]}
        if walk.spots[number].state.again:
            kinds |= {"reply"}  # a text was refused: what is said then goes its way without that
        assert kinds >= {"reply", "people", "report", "shop", "consent"}
        assert ("silence" in kinds) == (walk.spots[number].timer is not None)


def test_the_same_file_gives_the_same_answer() -> None:
    source = GOOD.replace(
        "    end: offered", "    replies: { later: deal }\n    silence: { after: 2 days, then: deal }"
    )
    assert read_flow(source + "\n", "a.yml")[1] == read_flow(source + "\n\n", "a.yml")[1]


@pytest.mark.parametrize(
    ("ways", "found"),
    [
        ({"a": ["b"], "b": []}, []),
        ({"a": ["a"]}, [["a"]]),
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, [["b", "c"]]),
        ({"a": ["b", "gone"], "b": ["a"], "c": ["d"], "d": ["c"]}, [["a", "b"], ["c", "d"]]),
    ],
)
def test_circles_are_found_once_each(ways: dict[str, list[str]], found: list[list[str]]) -> None:
    assert circles(ways) == found


def test_circles_of_any_length_are_found_without_recursion() -> None:
    ring = {number: [(number + 1) % 5000] for number in range(5000)}
    assert len(circles(ring)[0]) == 5000


@pytest.mark.parametrize(
    ("one", "other", "as_good"),
    [
        ("percent: 20", "percent: 15", True),
        ("percent: 15", "percent: 15", True),
        ("percent: 10", "percent: 15", False),
        ("amount: 5", "percent: 15", False),
        ("points: 300", "points: 200", True),
        ("free_shipping: true", "free_shipping: true", True),
        ("free_shipping: true", "percent: 5", False),
        ("gift: A1", "gift: B2", True),
    ],
)
def test_offers_are_compared_by_kind_and_size(one: str, other: str, as_good: bool) -> None:
    offers = [published(GOOD.replace("percent: 15", words)).offers["comeback"] for words in (one, other)]
    assert at_least_as_good(*offers) is as_good


def test_what_happens_at_a_stop_is_made_of_the_engines_own_events() -> None:
    """Nothing else goes in: a new event has to be put among the happenings."""
    from typing import get_args

    from flows.events import Event
    from flows.prover import happenings as module

    unused = {kind.__name__ for kind in get_args(Event)} - set(vars(module))
    assert unused == {"OptedIn"}, "OptedIn changes nothing in a passage"
