"""Small things that a reply sets off: codes that fail, losses, values that are no answers, offers of every kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from flows import advance, begin
from flows.effects import Finish, HandOff, RequestCoupon, SendText, SetFact
from flows.events import CouponReady, Reading, Replied, Started
from flows.facts import CodeFacts, Facts, OfferFacts
from flows.parser import courtesy, library, published
from flows.play.customer import customer_facts
from flows.render import Rendered, render
from flows.segments import measure
from flows.state import State
from tests.flows.conversation import TEST_FLOWS
from tests.flows.random_flows import NOW

WINBACK = published(library()["winback_offer"])
KNOWING = published((TEST_FLOWS / "getting_to_know.yml").read_text("utf-8"))
FACTS = customer_facts({})
LIVE = CodeFacts("BACK-7KQ4MX", "live", NOW + timedelta(days=3))
USED = CodeFacts("BACK-7KQ4MX", "used", NOW, NOW - timedelta(days=9))
ENDED = CodeFacts("BACK-7KQ4MX", "ended", NOW - timedelta(days=9))


def reply(text: str, intent: str = "other", **slots: str | int) -> Replied:
    """A reply that was understood as that."""
    return Replied(text, Reading(intent, 0.9, understood=intent != "other", slots=slots), NOW)


def standing(node: str, **changes: object) -> State:
    """Waiting in the flow of the test, the bot known as one."""
    state = State(KNOWING.hash, node, "waiting", disclosed=True)
    return replace(state, **changes)  # type: ignore[arg-type]


def bodies(state: State, event: Replied, facts: Facts = FACTS) -> tuple[State, list[str], list[object]]:
    """The state after it, the nodes whose texts were said, and all else."""
    after, effects = advance(KNOWING, state, event, facts, NOW)
    said = [each.node for each in effects if isinstance(each, SendText)]
    return after, said, [each for each in effects if not isinstance(each, SendText)]


@pytest.mark.parametrize(
    ("code", "told", "said", "phase"),
    [
        (LIVE, None, "code_works", "waiting"),
        (LIVE, "BACK-7KQ4MX", "code_unknown", "handed_off"),
        (LIVE, "ANOTHER-1", "code_works", "waiting"),
        (replace(LIVE, ends=NOW), None, "code_unknown", "handed_off"),
        (USED, None, "code_used", "waiting"),
        (ENDED, None, "code_ended", "handed_off"),
        (CodeFacts("B", "void"), None, "code_unknown", "handed_off"),
        (CodeFacts("B", "used"), None, "code_unknown", "handed_off"),
        (None, None, "code_unknown", "handed_off"),
    ],
)
def test_a_code_that_fails_is_looked_up(
    code: CodeFacts | None, told: str | None, said: str, phase: str
) -> None:
    """Whatever else the text was taken for, complaints included."""
    for intent in ("coupon", "order_issue", "question", "other"):
        state = standing("gift", values={"code_told": told})
        after, nodes, _ = bodies(state, reply("fails", intent, asks="code_fails"), replace(FACTS, code=code))
        assert (nodes, after.phase) == ([f"courtesy.{said}"], phase)


@pytest.mark.parametrize(
    ("intent", "said", "outcome"),
    [
        ("churn_reason", "courtesy.condolence", "loss"),
        ("coupon", "courtesy.condolence", "loss"),
        ("other", "courtesy.condolence", "loss"),
        ("order_issue", "courtesy.order_issue", None),
        ("human", "courtesy.human", None),
        ("wrong_number", "courtesy.wrong_number", "wrong_number"),
    ],
)
def test_a_loss_ends_it_kindly_unless_something_has_to_be_done(
    intent: str, said: str, outcome: str | None
) -> None:
    after, nodes, others = bodies(standing("hello"), reply("my dog died", intent, asks="loss"))
    assert (nodes, after.outcome) == ([said], outcome)
    assert others[0] == SetFact("rhythm", "not=morning_blend")
    assert (outcome == "loss") == (others[1:] == [Finish("loss")])


def test_a_loss_of_nothing_that_has_a_name_is_no_wish() -> None:
    after, nodes, others = bodies(
        standing("hello"), reply("died", asks="loss"), replace(FACTS, last_order=None)
    )
    assert (after.phase, nodes, others) == ("ended", ["courtesy.condolence"], [Finish("loss")])


@pytest.mark.parametrize(
    ("intent", "mood", "asks", "said"),
    [
        ("coupon", "upset", None, "courtesy.order_issue"),
        ("coupon", "neutral", "trouble", "courtesy.order_issue"),
        ("reorder", "upset", "trouble", "courtesy.order_issue"),
        ("later", "upset", "trouble", "courtesy.order_issue"),
        ("churn_reason", "upset", "trouble", "courtesy.order_issue"),
        ("no", "upset", "trouble", "courtesy.order_issue"),
        ("later", "upset", None, "courtesy.later"),
    ],
)
def test_a_complaint_goes_before_a_wish(intent: str, mood: str, asks: str | None, said: str) -> None:
    event = reply("the last one was stale", intent, **({"asks": asks} if asks else {}))
    event = replace(event, reading=replace(event.reading, mood=mood))
    for phase in ("waiting", "coupon"):
        if phase == "coupon" and said != "courtesy.order_issue":
            continue
        after, nodes, _ = bodies(standing("how_dark", phase=phase), event)
        assert (nodes, after.phase == "handed_off") == ([said], said == "courtesy.order_issue")


@pytest.mark.parametrize(
    ("node", "text", "intent", "goes"),
    [
        ("how_many", "3", "human", "how_dark"),  # all of it is the value
        ("how_many", "3 bags of what?", "question", "courtesy.question_for_a_person"),
        ("how_many", "stop", "stop", None),
        ("how_many", "is that a bot", "help", "courtesy.help"),
        ("how_many", "just send the link", "reorder", "courtesy.reorder"),
        ("how_many", "2 of the 12 oz", "reorder", "courtesy.reorder"),
        ("how_many", "ok", "yes", "courtesy.ask_again_number"),
        ("how_many", "no thanks", "no", "how_dark"),
        ("how_many", "later", "later", "courtesy.later"),
        ("how_dark", "do you have dark?", "question", "courtesy.question_for_a_person"),
        ("how_dark", "do you have dark", "reorder", "when_born"),
        ("anything", "no", "no", "gift"),
        ("anything", "why do you ask", "question", "courtesy.question_for_a_person"),
        ("anything", "I buy again soon", "reorder", "gift"),
    ],
)
def test_what_goes_before_a_value(node: str, text: str, intent: str, goes: str | None) -> None:
    after, effects = advance(KNOWING, standing(node), reply(text, intent), FACTS, NOW)
    said = [each.node for each in effects if isinstance(each, SendText)]
    assert (said[0] if said else after.node if after.phase == "coupon" else None) == goes


def test_the_readers_quantity_counts_where_the_text_has_two_numbers() -> None:
    after, _, others = bodies(standing("how_many"), reply("2 of the 12 oz", "reorder", quantity=2))
    assert after.values["cups"] == 2
    assert SetFact("cups", 2) in others


def test_asking_again_has_an_end() -> None:
    state, said = standing("how_many"), []
    for _ in range(3):
        state, nodes, _ = bodies(state, reply("lots"))
        said += nodes
    assert said == ["courtesy.ask_again_number"] * 2 + ["how_dark"]
    assert state.tries == 0


def test_whoever_asked_for_a_flow_gets_its_first_text_as_an_answer() -> None:
    for prompted_by in (None, "keyword"):
        _, effects = advance(WINBACK, begin(WINBACK), Started(prompted_by), FACTS, NOW)
        assert [each.prompted_by for each in effects if isinstance(each, SendText)] == [prompted_by]


def test_an_offer_is_asked_for_with_all_that_it_is_and_its_link_carries_it() -> None:
    state = standing("anything")
    state, effects = advance(KNOWING, state, reply("nothing", "smalltalk"), FACTS, NOW)
    asked = next(each for each in effects if isinstance(each, RequestCoupon))
    assert asked == RequestCoupon("thank_you", None, None, "gift-8812", 864_000, 50, False, "8812", None)
    held = replace(
        FACTS, offer=OfferFacts("thank_you", "G-1", None, None, NOW + timedelta(days=9), gift="Mug")
    )
    _, effects = advance(KNOWING, state, CouponReady("thank_you"), held, NOW)
    (text,) = [each for each in effects if isinstance(each, SendText)]
    assert (text.offer, "link.to['product:8812']" in text.template) == ("thank_you", True)
    after, effects = advance(KNOWING, standing("gift"), reply("yes", "reorder"), held, NOW)
    (text,) = [each for each in effects if isinstance(each, SendText)]
    assert (after.node, text.offer) == ("pick", "thank_you"), "what is chosen comes with the gift"


def test_a_flow_that_talks_without_end_in_one_breath_goes_to_a_person() -> None:
    chain = "".join(f"  n{n}: {{ say: 'text {n}', then: n{n + 1} }}\n" for n in range(6))
    flow = published(f"flow: volley\nexit_on: [ordered]\nstart: n0\nnodes:\n{chain}  n6: {{ end: done }}\n")
    state, effects = advance(flow, begin(flow), Started(), FACTS, NOW)
    assert sum(isinstance(each, SendText) for each in effects) == 4
    assert isinstance(effects[-1], HandOff)
    assert state.phase == "handed_off"


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    "name",
    [name for name, node in courtesy().nodes.items() if name.startswith(("ask_", "code_", "condolence"))],
)
def test_these_courtesies_are_one_part_each(name: str, language: str) -> None:
    """With real lengths, on every day of the week, with and without what they may leave out."""
    node = courtesy().nodes[name]
    assert node.say is not None
    template = node.say.variants[0][language]
    for day in range(7):
        now = datetime.fromisoformat("2026-11-20T17:00:00+00:00") + timedelta(days=day)
        code = CodeFacts("BACK-7KQ4MX", "live", now + timedelta(days=2), now - timedelta(days=day))
        facts = replace(
            FACTS, code=code, shop=replace(FACTS.shop, person_by="tomorrow after 9" if day else None)
        )
        for values in ({}, {"low": 1}, {"high": 12}, {"low": 1, "high": 12, "options": "x" * 70}):
            text = SendText(0, name, template, language, "coupon", values=values)  # type: ignore[arg-type]
            words = render(text, facts, now)
            assert isinstance(words, Rendered), words
            size = measure(words.body)
            assert (size.encoding, size.parts) == ("GSM-7", 1), words.body
