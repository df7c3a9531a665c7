"""What is walked once stands for what comes to the same: the same stops are found when everything is walked."""

from __future__ import annotations

import pytest

from flows.definition import Flow
from flows.parser import library, published
from flows.prover.alike import Alike
from flows.prover.explore import explore
from flows.prover.reduced import key


@pytest.mark.parametrize("name", ["after_purchase", "replenishment", "choose_your_product"])
def test_the_same_stops_are_found_when_every_reply_is_walked(name: str) -> None:
    flow: Flow = published(library()[name])
    every = frozenset(flow.courtesy.nodes)  # a courtesy that is worded is always walked
    short, long = explore(flow), explore(flow, every)
    assert short.whole
    assert long.whole
    assert {key(spot) for spot in short.spots} == {key(spot) for spot in long.spots}
    assert sum(map(len, short.moves_of.values())) < sum(map(len, long.moves_of.values()))


def test_courtesies_that_only_sound_different_are_alike() -> None:
    alike = Alike(published(library()["winback_offer"]), frozenset())
    assert alike._shape("which") == alike._shape("smalltalk") == alike._shape("rhythm")
    assert (
        len({alike._shape(name) for name in ("which", "who", "human", "no_problem", "later", "coupon")}) == 6
    )
