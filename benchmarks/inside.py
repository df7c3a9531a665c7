"""What single steps cost in this process: reading a reply, `advance`, the gate, counting parts.

Owns the cases. Each figure is CPU time of this process, so that a busy machine does not count; for microseconds, the
median over the cases of the best of a few batches.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.figures import Row, bounded, compared
from benchmarks.run import Run
from bot.compliance.content import findings, own
from bot.compliance.facts import AtMost, ConsentFact, SendFacts
from bot.compliance.gate import may_send
from bot.compliance.places import place_of
from flows.effects import SendText, StartTimer
from flows.engine import advance, begin
from flows.events import CouponReady, Event, NotSent, OptedOut, Ordered, Reading, Replied, Started, TimerFired
from flows.facts import CustomerFacts, Facts, LinkFacts, OfferFacts, OrderFacts, ShopFacts
from flows.parser import library, published
from flows.segments import measure
from flows.state import State
from nlu.reader import embedded_reader
from nlu.training_data import load

HELD_OUT = Path(__file__).parent.parent / "tests" / "nlu" / "heldout"
NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
"""A Monday, noon in New York."""
BATCHES = 7


def rows(run: Run) -> Iterator[Row]:
    """All of them: some seconds together."""
    run.say("reading, advance, gate, parts")
    read = _reading()
    yield compared(
        "reading a reply, CPU",
        read,
        "ms",
        run.rasa.parse_in_words,
        run.rasa.parse_ms / read,
        ">=",
        3,
    )
    yield bounded(
        "advance, without rendering", _median([_one_advance(*case) for case in turns()]), "us", "<", 50
    )
    yield bounded("the gate", _median([_one_gate(facts) for facts in texts()]), "us", "<", 100)
    yield bounded(
        "counting the parts of a text", _median([_one_measure(body) for body in BODIES]), "us", "<", 25
    )
    yield bounded("looking at its words", _median([_one_look(body) for body in BODIES]), "us", "<", 50)


def _reading() -> float:
    """Milliseconds a text, over the held-out lines (which no training has seen)."""
    reader = embedded_reader(sure=0.55, unsure=0.30)
    lines = [example.text for example in load(HELD_OUT)]
    answers = {"shipping": "how long does delivery take\nhow much is shipping", "returns": "can i return it"}
    for line in lines[:50]:
        reader.read(line, today=NOW.date(), answers=answers)
    took = []
    for _ in range(3):
        before = time.process_time()
        for line in lines:
            reader.read(line, today=NOW.date(), answers=answers)
        took.append((time.process_time() - before) / len(lines) * 1000)
    return statistics.median(took)


def _median(steps: Sequence[Callable[[], object]]) -> float:
    """Microseconds of the median case."""
    return statistics.median(_micros(step) for step in steps)


def _micros(step: Callable[[], object], times: int = 200) -> float:
    step()
    found = []
    for _ in range(BATCHES):
        before = time.process_time_ns()
        for _ in range(times):
            step()
        found.append((time.process_time_ns() - before) / times / 1000)
    return min(found)


def _one_advance(state: State, event: Event, facts: Facts) -> Callable[[], object]:
    flow = published(library()["winback_offer"])
    return lambda: advance(flow, state, event, facts, NOW)


def turns() -> list[tuple[State, Event, Facts]]:
    """The shipped win-back from each stop: every intent, silence, a code, an order, a stop."""
    flow = published(library()["winback_offer"])
    plain = _facts()
    held = replace(plain, offer=OfferFacts("comeback", "BACK-7KQ4MX", 15, None, NOW + timedelta(days=5)))
    new = begin(flow)
    found: list[tuple[State, Event, Facts]] = [(new, Started(), plain)]
    intents = ("yes", "reorder", "coupon", "later", "no", "churn_reason", "question", "order_issue", "human")
    for node in ("hello", "same_again", "make_offer", "best_i_have", "come_back_later", "ask_why"):
        here = replace(new, node=node, phase="waiting", turn=3, wait=2, disclosed=True)
        facts = held if node in ("make_offer", "best_i_have") else plain
        found += [(here, _reply(intent), facts) for intent in intents]
        found += [(here, _reply("other", understood=False), facts), (here, TimerFired(2), facts)]
        found += [(here, Ordered("4711", 3100, NOW), facts), (here, OptedOut("rule", confirm=False), facts)]
        found.append((here, NotSent(3, 0, "a newer text arrived", final=False, prompted=True), facts))
    waits = replace(
        new, node="make_offer", phase="coupon", turn=4, wait=2, prompted_by="coupon", disclosed=True
    )
    found.append((waits, CouponReady("comeback"), held))
    assert any(isinstance(effect, SendText) for effect in _effects(*found[0]))
    assert any(isinstance(effect, StartTimer) for effect in _effects(*found[0]))
    return found


def _effects(state: State, event: Event, facts: Facts) -> tuple[object, ...]:
    return advance(published(library()["winback_offer"]), state, event, facts, NOW)[1]


def _reply(intent: str, *, understood: bool = True) -> Replied:
    return Replied("words", Reading(intent, 0.9, understood, {}, "en", "neutral", None), NOW)


def _facts() -> Facts:
    return Facts(
        customer=CustomerFacts("c0ffee", "Ana", orders=2, spent_cents=6200, days_since_order=70),
        shop=ShopFacts(
            "Tern & Tide Coffee",
            "Tern & Tide",
            "https://tern-and-tide.example",
            "hello@tern-and-tide.example",
            answers={"shipping": "Orders leave within a day and take 2 to 4 days."},
        ),
        link=LinkFacts("https://t.example/l/a", "https://t.example/l/b", "https://t.example/l/c"),
        zone="America/New_York",
        last_order=OrderFacts("Morning Blend", 2, 3100, NOW - timedelta(days=70)),
    )


def _one_gate(facts: SendFacts) -> Callable[[], object]:
    return lambda: may_send(facts, NOW)


def texts() -> list[SendFacts]:
    """Openers, answers, staff texts and notices: to one zone and several, with and without a reason to say no."""
    opener = SendFacts(
        author="bot",
        prompted_by=None,
        offer=None,
        notice=None,
        shop_state="live",
        to_is_confirmed_phone=None,
        number_state="ok",
        place=place_of("+12125550123"),
        suppression=None,
        consent=ConsentFact("written", NOW - timedelta(days=400)),
        arm="treated",
        holder="bot",
        open_matter=None,
        unread_inbound=False,
        inbound_at=None,
        bot_texts_60s=0,
        marketing_at=(),
        staff_at=(),
        at_most=None,
        flow_at=(),
        send_window=None,
        paused_until=None,
        opener=True,
        orders_known_at=NOW,
        last_order_refunded=False,
        silent_texts=0,
        content=(),
        parts=1,
        answers_at=(),
        same_words=1,
    )
    recent = tuple(NOW - timedelta(days=days) for days in (2, 9, 16, 23))
    answer = replace(opener, prompted_by="question", inbound_at=NOW - timedelta(seconds=20))
    return [
        opener,
        replace(opener, place=place_of("+13055550123", region="FL", postcode="33101")),
        replace(opener, place=place_of("+18505550123")),
        replace(
            opener, place=place_of("+14155550123"), marketing_at=recent, flow_at=recent, at_most=AtMost(3, 7)
        ),
        replace(opener, marketing_at=(NOW - timedelta(hours=3),)),
        replace(opener, send_window="evenings_and_weekends"),
        replace(opener, consent=None),
        replace(opener, suppression="opted_out"),
        replace(opener, shop_state="paused"),
        replace(opener, place=None),
        answer,
        replace(answer, offer="comeback", prompted_by="coupon", marketing_at=recent),
        replace(answer, inbound_at=NOW - timedelta(hours=2)),
        replace(opener, author="staff", holder="staff", arm=None, inbound_at=NOW - timedelta(minutes=2)),
        replace(opener, notice="opted_out", prompted_by="stop", suppression="opted_out", consent=None),
    ]


def _one_measure(body: str) -> Callable[[], object]:
    return lambda: measure(body)


def _one_look(body: str) -> Callable[[], object]:
    shop = own(("https://tern-and-tide.example", "https://t.example"))
    return lambda: findings(body, shop)


BODIES = (
    "Here's your cart, Morning Blend again: https://t.example/l/7gk2mPq4x",
    "Tern & Tide: 15% off your next order till Sunday night, already in this link: https://t.example/l/7gk2mPq4x",
    "Hi Ana, Tern & Tide's text bot here. Low on Morning Blend? Say \"same again\" and I'll fill a cart for you. STOP to opt out.",
    "Sin problema, te pregunto de nuevo hacia el 4 dic. ¿Se te acaba antes? Puedes escribirme.",
    "Orders leave within a day and take 2 to 4 days. " * 5,
    "Tu carrito está aquí ☕: https://t.example/l/7gk2mPq4x",
    "Price {with} [brackets] costs 5€ or ~6€ | see ^ above",
)
