"""The observer sees what it is there for: planted faults, in the gate, in a flow, in the outbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.compliance.facts import ConsentFact, SendFacts
from bot.compliance.gate import Allow, Decision, may_send
from bot.compliance.places import place_of
from bot.simulate.hearing import Hearing
from bot.simulate.life import Life
from bot.simulate.person import Home, draw
from bot.simulate.post import dispatch
from bot.simulate.records import Arrival, Gate, Leaving, Log, Text, World
from bot.simulate.run import live, simulate
from bot.simulate.watch import watch
from bot.simulate.words import Meaning, Said, meaning_of
from nlu.interpretation import Interpretation
from nlu.optout import OptOut
from tests.bot.simulate.plans import BLANK, CIRCLE, MUTE, STUCK, plan

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

NOON = datetime(2026, 9, 8, 16, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def never_asks(facts: SendFacts, now: datetime) -> Decision:
    """A gate that lets everything out."""
    return Allow("marketing", ())


def hears_no_stop(facts: SendFacts, now: datetime) -> Decision:
    """A gate for which nobody is suppressed and every consent is in force."""
    given = facts.consent or ConsentFact("written", now - timedelta(days=100))
    return may_send(replace(facts, suppression=None, consent=given, open_matter=None), now)


def deaf(words: str) -> OptOut:
    """Opt-out rules that find nothing."""
    return OptOut("none")


def test_nothing_is_seen_where_nothing_is_wrong() -> None:
    found = simulate(plan(customers=120)).figures
    assert set(found["violations"].values()) == {0}
    assert set(found["dead_ends"].values()) == {0}


def test_a_gate_that_knows_no_hours_is_seen() -> None:
    # somebody enrolled in the night
    found = simulate(plan(gate=never_asks)).figures
    assert found["violations"]["outside_hours"] > 0
    assert found["examples"]["outside_hours"][0]["lines"]


def test_a_text_that_a_deaf_gate_lets_out_after_a_stop_is_seen() -> None:
    """A reminder waits for its window, and the stop comes first: the gate alone keeps it from leaving."""

    def found(gate: Gate) -> Log:
        life = live(plan(only="silent", gate=gate), treated())
        opener = life.talk.passages[1]
        now = life.world.ends
        text = Text(1, 90, 0, None, "Come back!", now, life.talk.fence, 0, None)
        opener.active = True
        life.webhook("SM1", Said("STOP", meaning_of("stop"), "en"), now)
        dispatch(life.talk, text, now + timedelta(hours=26))
        return life.talk.log

    assert [each.kind for each in watch(found(may_send), NOON + timedelta(days=900))] == []
    assert [each.kind for each in watch(found(hears_no_stop), NOON + timedelta(days=900))] == ["after_stop"]


def test_rules_and_a_model_that_hear_no_stop_are_seen() -> None:
    life = live(plan(only="stop_sayer", weeks=3), treated())
    world = replace(life.world, hearing=Hearing(rules=deaf, reader=Nonsense()))
    seen = [watch(_live_in(world, number).talk.log, world.ends) for number in range(40)]
    assert {each.kind for found in seen for each in found} >= {"after_stop"}


class Nonsense:
    """A reader that takes everything for thanks."""

    def read(self, text: str, *, today: date, answers: Mapping[str, str] = {}) -> Interpretation:
        return Interpretation(
            "smalltalk", 1.0, True, (("smalltalk", 1.0),), None, "neutral", "en", {}, ("",), "none"
        )


def _live_in(world: World, number: int) -> Life:
    life = Life(world, draw(world.people, world.flow, world.seed, number, world.begins, world.ends))
    life.live()
    return life


def treated() -> int:
    """The number of somebody who is texted."""
    for number in range(60):
        life = live(plan(only="silent"), number)
        if life.talk.log.left:
            return number
    raise AssertionError("nobody was texted")


@pytest.mark.parametrize(
    ("source", "kind"),
    [(STUCK, "waits_for_nothing"), (CIRCLE, "circle"), (BLANK, "unrenderable"), (MUTE, "unanswered")],
    ids=["stuck", "circle", "blank", "mute"],
)
def test_a_broken_flow_is_seen_with_a_conversation_that_shows_it(source: str, kind: str) -> None:
    found = simulate(plan(source, only="buys")).figures
    assert found["dead_ends"][kind] > 0
    example = found["examples"][kind][0]
    assert any(line["who"] == "customer" for line in example["lines"])
    assert example["why"]


def said(intent: str, words: str = "words", kind: str = "text") -> Said:
    return Said(words, Meaning(intent, intent), "en", kind)


def log(*happened: Leaving | Arrival, held: bool = False) -> Log:
    home = Home(place_of("+12125550123", postcode="10001"), "America/New_York", "NY")
    return Log(
        left=[each for each in happened if isinstance(each, Leaving)],
        arrived=[each for each in happened if isinstance(each, Arrival)],
        homes=[(NOON - timedelta(days=1), home)],
        held=[(NOON, None)] if held else [],
    )


def left(minutes: float, number: int = 1, body: str | None = None, **more: object) -> Leaving:
    at = NOON + minutes * MINUTE
    text = Leaving(at, at, (1, number, 0), body or f"text {number}", "bot", None, None, None, "hello")
    return replace(text, **more)  # type: ignore[arg-type]


def came(minutes: float, intent: str, **more: object) -> Arrival:
    each = Arrival(NOON + minutes * MINUTE, f"SM{minutes}", said(intent), repeat=False)
    return replace(each, **more)  # type: ignore[arg-type]


def capped(*happened: Leaving | Arrival) -> Log:
    """Two marketing texts a week at most."""
    made = log(*happened)
    made.caps[1] = (2, timedelta(days=7))
    return made


def ordered(minutes: float, *happened: Leaving | Arrival) -> Log:
    """An order in a passage that began at noon."""
    made = log(*happened)
    made.begun.append((NOON, 1))
    made.bought.append(NOON + minutes * MINUTE)
    return made


CASES: dict[str, tuple[Callable[[], Log], list[str]]] = {
    "an opener at noon": (lambda: log(left(0)), []),
    "an opener at night": (lambda: log(left(60 * 12)), ["outside_hours"]),
    "on the phone at night, though it left by day": (
        lambda: log(left(0, arrives_at=NOON + timedelta(hours=12))),
        ["outside_hours"],
    ),
    "an answer at night": (lambda: log(came(719, "yes"), left(720, prompted_by="yes")), []),
    "an answer an hour late at night": (
        lambda: log(came(700, "yes"), left(755, prompted_by="yes")),
        ["outside_hours"],
    ),
    "one confirmation after a stop": (lambda: log(came(0, "stop"), left(1, notice="opted_out")), []),
    "two confirmations after a stop": (
        lambda: log(came(0, "stop"), left(1, notice="opted_out"), left(2, 2, notice="opted_out")),
        ["after_stop"],
    ),
    "a late confirmation": (lambda: log(came(0, "stop"), left(6, notice="opted_out")), ["after_stop"]),
    "anything else after a stop": (lambda: log(came(0, "stop"), left(1, prompted_by="stop")), ["after_stop"]),
    "after a start all is as before": (
        lambda: log(came(0, "stop"), came(5, "start"), left(60 * 26 - 2)),
        [],
    ),
    "the same key twice": (lambda: log(left(0), left(5, body="other words")), ["doubled"]),
    "the same words twice unasked": (
        lambda: log(left(0, body="same"), left(5, 2, body="same")),
        ["doubled"],
    ),
    "the same words to two texts, of which one crossed with the first": (
        lambda: log(
            came(0, "help"),
            came(0.1, "help"),
            left(0.12, body="same", prompted_by="help"),
            left(0.2, 2, "same", prompted_by="help"),
        ),
        [],
    ),
    "the same words twice to one text that came just before": (
        lambda: log(
            came(0, "help"),
            left(0.02, body="same", prompted_by="help"),
            left(0.1, 2, "same", prompted_by="help"),
        ),
        ["doubled"],
    ),
    "the same words twice, though both texts had been heard": (
        lambda: log(
            came(0, "help"),
            came(0.02, "help"),
            left(0.1, body="same", prompted_by="help"),
            left(0.2, 2, "same", prompted_by="help"),
        ),
        ["doubled"],
    ),
    "the same words three times, and two texts of theirs": (
        lambda: log(
            came(0, "help"),
            came(0.1, "help"),
            left(0.12, body="same", prompted_by="help"),
            left(0.2, 2, "same", prompted_by="help"),
            left(0.3, 3, "same", prompted_by="help"),
        ),
        ["doubled"],
    ),
    "the same words to the same question": (
        lambda: log(
            came(0, "question"),
            left(1, 1, "same", prompted_by="question"),
            came(2, "question"),
            left(3, 2, "same", prompted_by="question"),
        ),
        [],
    ),
    "a second answer to one text at night": (
        lambda: log(came(719, "yes"), left(720, prompted_by="yes"), left(725, 2, prompted_by="yes")),
        ["outside_hours"],
    ),
    "a webhook that came again at night asks for nothing": (
        lambda: log(
            came(700, "yes"),
            left(701, prompted_by="yes"),
            came(719, "yes", repeat=True),
            left(720, 2, prompted_by="yes"),
        ),
        ["outside_hours"],
    ),
    "marketing that happens to meet a question": (lambda: log(came(0, "question"), left(5)), ["unanswered"]),
    "two answers to one HELP after a stop": (
        lambda: log(came(0, "stop"), came(5, "help"), left(6, notice="help"), left(7, 2, notice="help")),
        ["after_stop"],
    ),
    "the same words after a webhook that came again": (
        lambda: log(left(0, body="same"), came(2, "reaction", repeat=True), left(5, 2, body="same")),
        ["doubled"],
    ),
    "marketing while people have it": (lambda: log(left(5), held=True), ["during_open_matter"]),
    "a third text where two a week are the most": (
        lambda: capped(left(0), left(60, 2), left(120, 3)),
        ["over_cap"],
    ),
    "the third a week later": (lambda: capped(left(0), left(60, 2), left(60 * 24 * 7, 3)), []),
    "marketing after an order within the passage": (
        lambda: ordered(30, left(0), left(60, 2)),
        ["after_order"],
    ),
    "thanks after an order": (
        lambda: ordered(30, left(0), came(59, "yes"), left(60, 2, prompted_by="yes")),
        [],
    ),
    "a text that nobody answers": (lambda: log(came(0, "question")), ["unanswered"]),
    "a text that a person has": (lambda: log(came(0, "question"), held=True), []),
    "a thumb wants no answer": (lambda: log(came(0, "reaction")), []),
}


@pytest.mark.parametrize("name", CASES)
def test_the_observer_says_what_it_sees(name: str) -> None:
    made, kinds = CASES[name]
    assert [each.kind for each in watch(made(), NOON + timedelta(days=7))] == kinds


def test_a_webhook_that_led_to_two_turns_is_seen() -> None:
    once = log(came(0, "yes"), left(0.2, prompted_by="yes"))
    once.answered_in["SM0"] = 2
    assert [each.kind for each in watch(once, NOON + timedelta(days=7))] == ["turned_twice"]
