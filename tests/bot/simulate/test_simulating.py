"""A population lives through a flow: the same seed gives the same bytes, and what must be nothing is nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.simulate.run import Plan, live, simulate
from flows.parser import library
from tests.bot.simulate.plans import HELLO, plan

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


def figures(of: Plan, **how: Any) -> dict[str, Any]:
    return simulate(of, **how).figures


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    first, again, other = (json.dumps(figures(plan(seed=seed))) for seed in (7, 7, 8))
    assert first == again
    assert first != other


@pytest.mark.slow
def test_two_processes_give_the_bytes_of_one() -> None:
    told: list[int] = []
    of = plan(customers=130)
    assert json.dumps(figures(of)) == json.dumps(figures(of, processes=2, progress=told.append))
    assert sum(told) == 130


def test_more_customers_leave_the_first_ones_as_they_were() -> None:
    few, many = live(plan(), 11), live(plan(customers=4000), 11)
    assert few.person == many.person
    assert few.talk.log.left == many.talk.log.left


def test_everybody_is_enrolled_held_out_or_left_out_and_says_how_it_ended() -> None:
    found = figures(plan(customers=150))
    assert found["treated"] + found["control"] + sum(found["not_enrolled"].values()) == 150
    assert found["control"] > 0
    assert sum(found["outcomes"].values()) == found["treated"]
    assert sum(found["texts"].values()) <= found["parts"]
    assert found["opt_outs"]["total"] == sum(found["opt_outs"]["after_texts"].values())


def test_the_holdout_hears_nothing_and_orders_by_itself_alone() -> None:
    lives = [live(plan(HELLO, "orders_anyway=1"), number) for number in range(60)]
    held_out = [each for each in lives if each.person.arm == "control" and each.person.out is None]
    assert held_out
    assert all(not each.talk.log.left for each in held_out)
    assert all(len(each.orders) == 1 for each in held_out)


def test_whoever_buys_without_a_code_pays_in_full() -> None:
    found = figures(plan(HELLO, "pays_after_link=1", only="buys"))
    orders, coupons = found["orders"], found["coupons"]
    assert orders["without_offer"] > 0
    assert orders["with_offer"] == coupons["used"] <= coupons["given"]
    assert coupons["spend_cents"] > 0 if coupons["used"] else coupons["spend_cents"] == 0
    assert orders["buyers_treated"] > orders["buyers_control"]


def test_an_order_ends_the_flow() -> None:
    lives = (live(plan(HELLO, "pays_after_link=1", only="buys"), number) for number in range(30))
    bought = [each for each in lives if each.orders and each.person.arm == "treated"]
    assert bought
    for each in bought:
        assert not [
            text for text in each.talk.log.left if text.at > each.orders[0][0] and not text.prompted_by
        ]


def test_people_of_the_shop_answer_in_their_hours_and_hand_back() -> None:
    found = figures(plan(only="complains", customers=60))
    assert found["hand_offs"]["total"] > 0
    assert found["hand_offs"]["minutes"] >= 2 * found["hand_offs"]["total"]
    assert found["texts"]["staff"] > 0
    assert "with_people" not in found["outcomes"]


def test_who_moves_is_texted_by_the_new_clock() -> None:
    found = figures(plan(HELLO, "moves=1", customers=60))
    assert found["moved"] > 0
    assert found["violations"]["outside_hours"] == 0


def test_words_read_with_the_model_find_the_stops(request: pytest.FixtureRequest) -> None:
    found = figures(plan(HELLO, "stop_sayer=30", "silent=0", customers=20, nlu=(0.55, 0.30)))
    assert found["replies"]["total"] > 0
    assert found["opt_outs"]["total"] > 0
    assert found["violations"]["doubled"] == found["violations"]["outside_hours"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in library() if name != "front_desk"])
def test_nobody_gets_stuck_in_a_shipped_flow(name: str) -> None:
    # few are silent: all that answers is in there, at a tenth of the customers
    found = figures(Plan(library()[name], customers=300, people=plan(HELLO, "silent=4").people))
    assert found["replies"]["total"] > 50
    assert set(found["violations"].values()) == {0}
    stuck = {kind for kind, count in found["dead_ends"].items() if count}
    assert not stuck, json.dumps(found["examples"], indent=1, ensure_ascii=False)
