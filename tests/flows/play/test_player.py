"""The player does around the engine what the shell does: waits, codes, facts, other flows; and it can go back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flows.definition import Flow
from flows.events import Reading
from flows.parser import library, published
from flows.play.came import Heard
from flows.play.customer import BEGIN, UnknownFact, customer_facts
from flows.play.player import Player

SHIPPED = {name: published(source) for name, source in library().items()}


def player(flow: Flow | None = None, **given: str | int) -> Player:
    return Player(flow or SHIPPED["winback_offer"], customer_facts(given), BEGIN, others=SHIPPED)


def says(intent: str, **slots: str) -> Heard:
    return Heard(Reading(intent, 1.0, slots=slots))


def test_an_offer_ends_in_the_last_minute_of_its_day_and_is_forgotten_then() -> None:
    here = player()
    here.start()
    here.say("any discount?", says("coupon"))
    assert here.facts.offer
    assert here.facts.code
    assert here.facts.offer.ends.minute == 59
    here.timer = None
    here.wait(timedelta(days=20))
    after = here.standing.facts
    assert after.offer is None
    assert after.code is not None
    assert after.code.state == "ended"


def test_an_order_uses_the_code() -> None:
    here = player()
    here.start()
    here.say("any discount?", says("coupon"))
    here.order()
    assert here.facts.offer is None
    assert here.facts.code is not None
    assert here.facts.code.state == "used"
    assert here.state.outcome == "ordered"


def test_going_back_forgets_everything_since() -> None:
    here = player()
    here.start()
    before = here.standing
    here.say("any discount?", says("coupon"))
    here.back_to(before)
    assert here.standing == before
    assert here.facts.offer is None
    assert here.silence() is not None


def test_a_reply_never_comes_after_the_silence_that_it_ends() -> None:
    here = player()
    here.start()
    assert here.timer is not None
    here.wait(here.timer[1] - here.now - timedelta(minutes=4))
    assert here.timer is not None
    due = here.timer[1]
    here.say("same again", says("reorder"))
    assert here.now < due


def test_time_that_passes_ends_every_wait_that_is_over_meanwhile() -> None:
    here = player()
    here.start()
    came = here.wait(timedelta(days=60))
    assert len(came.said) >= 2
    assert here.state.phase == "ended"


def test_what_is_perhaps_an_opt_out_is_a_persons_until_they_give_it_back() -> None:
    here = player()
    here.start()
    assert here.say("enough already", Heard(Reading("no", 0.5), "held")).said == ()
    assert here.stands == "handed_off"
    assert here.say("hello?", says("help")).said == ()
    here.hand_back()
    assert here.stands == "waiting"


def test_an_opt_out_is_confirmed_and_ends_it() -> None:
    here = player()
    here.start()
    came = here.say("STOP", Heard(Reading("stop", 1.0), "opted_out"))
    assert "opted out" in came.bodies[0]
    assert here.state.outcome == "opted_out"


def test_no_codes_left_is_what_a_dry_pool_is() -> None:
    here = player()
    here.codes = 0
    here.start()
    here.say("any discount?", says("coupon"))
    assert here.facts.offer is None


@pytest.mark.parametrize(
    "name", ["favourite", "last_order.colour", "customer.key", "offer.percent", "shop.secret"]
)
def test_a_fact_that_does_not_exist_is_named(name: str) -> None:
    with pytest.raises(UnknownFact, match=name):
        customer_facts({name: "x"})


@pytest.mark.parametrize(("name", "value"), [("orders", "many"), ("language", "absent"), ("points", True)])
def test_a_fact_has_its_kind(name: str, value: str | bool) -> None:
    with pytest.raises(UnknownFact, match=name):
        customer_facts({name: value})


def test_facts_are_given_by_the_names_that_texts_use() -> None:
    facts = customer_facts(
        {
            "language": "es",
            "product": "Mug",
            "last_order.total": 12.5,
            "first_name": "absent",
            "customer.attributes.roast": "dark",
            "shop.answers.hours": "9 to 5",
            "zone": "Europe/Madrid",
        }
    )
    assert facts.customer.language == "es"
    assert facts.last_order is not None
    assert (facts.last_order.product, facts.last_order.total_cents) == ("Mug", 1250)
    assert facts.customer.first_name is None
    assert facts.customer.attributes["roast"] == "dark"
    assert facts.shop.answers["hours"] == "9 to 5"
    assert facts.zone == "Europe/Madrid"
