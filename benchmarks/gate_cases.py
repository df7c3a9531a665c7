"""The gate against random customers, zones, instants, caps and histories: `python -m benchmarks.gate_cases`.

    python -m benchmarks.gate_cases --cases 1000000 --processes 2 --seed 1

Owns the drawing of cases; what must hold of each answer is benchmarks.gate_faults's. Prints the seed,
how many of each answer there were, and every fault with the seed of its case. Exit status 1: there was one.
"""

from __future__ import annotations

import argparse
import dataclasses
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.gate_faults import faults
from benchmarks.gate_oracle import law
from bot.compliance.facts import AtMost, ConsentFact, Kind, Policy, SendFacts
from bot.compliance.gate import may_send, name_of
from bot.compliance.hypothetical import Supposed, supposed_facts
from bot.compliance.places import Place, place_in_zone, place_of

CODES = "212 415 850 928 208 713 808 205 401 907 219 867 416 604 709 306 800 305 242 876 787 671 684 702 801 605 270 574 906 541"
ABROAD = "+442079460000 +447700900123 +353861234567 +4915112345678 +33612345678 +34612345678 +34928123456 +61412345678 +4722334455 +447911123456 +5215512345678 +819012345678"
TOLD = "America/New_York America/Chicago America/Phoenix Pacific/Honolulu Pacific/Kiritimati Asia/Kolkata Australia/Lord_Howe Europe/London America/St_Johns Africa/Casablanca America/Havana"
POSTCODES = "10001 37311 94105 88901 96701 09123 57701 84101"
CHANGES = [  # the nights on which clocks change, in America, Europe, Australia
    *(datetime(year, 3, day, tzinfo=UTC) for year, day in ((2026, 8), (2027, 14), (2028, 12))),
    *(datetime(year, 11, day, tzinfo=UTC) for year, day in ((2026, 1), (2027, 7))),
    *(datetime(year, 3, day, tzinfo=UTC) for year, day in ((2026, 29), (2027, 28))),
    *(datetime(year, 10, day, tzinfo=UTC) for year, day in ((2026, 25), (2027, 31))),
    *(datetime(year, month, day, tzinfo=UTC) for year, month, day in ((2026, 4, 4), (2026, 10, 3), (2027, 4, 3))),
]  # fmt: skip


def places() -> tuple[Place, ...]:
    """Where the customers of the cases may be, worked out once."""
    phones = ["+1" + code + "5550123" for code in CODES.split()] + ABROAD.split()
    found = [place_of(phone) for phone in phones]
    found += [place_of("+12125550123", postcode=code) for code in POSTCODES.split()]
    found += [place_of("+33612345678", country="US", postcode=code) for code in POSTCODES.split()]
    found += [
        place_in_zone(phone, name) for name in TOLD.split() for phone in ("+12125550123", "+18005550123")
    ]
    return tuple(found)


PLACES = places()


DAYS = 1090
KINDS: tuple[Kind, ...] = (*("marketing",) * 6, "answer", "staff", "compliance")


def draw(dice: random.Random, days: Sequence[int] = range(DAYS)) -> tuple[SendFacts, datetime]:
    """One case: a text that might leave, made worse in a few ways. `days`: of these, from 2026 on."""
    now = _instant(dice, days)
    kind = dice.choice(KINDS)
    suppressed = dice.random() < 0.04
    facts = supposed_facts(Supposed(phone="+12125550123", kind=kind, suppressed=suppressed), now)
    policies = Policy(), Policy(9, 20, 60), Policy(marketing_per_day=0), Policy(2, 2, 2)
    changes: dict[str, Any] = {
        "place": dice.choice(PLACES),
        "policy": dice.choices(policies, (5, 5, 1, 2))[0],
        "opener": dice.random() < 0.5,
        "last_order_at": now - timedelta(days=dice.choice((1, 60, 300, 400, 729, 731, 1500))),
        "consent": ConsentFact(
            dice.choice((*("written",) * 14, "express", "implied", "soft")),
            now - timedelta(days=dice.choices((-1, 0.1, 30, 179, 181, 700, 800), (1, 2, 5, 5, 5, 5, 5))[0]),
        ),
    }
    if dice.random() < 0.3:
        changes["marketing_at"] = _history(dice, now, dice.choice((1, 5, 30)))
    if dice.random() < 0.2:
        changes["staff_at"] = _history(dice, now, 1)
    if dice.random() < 0.2:
        changes["at_most"] = dice.choice((AtMost(3, 7), AtMost(1, 30)))
        changes["flow_at"] = _history(dice, now, 30)
    if dice.random() < 0.3:
        changes["send_window"] = dice.choice(list(law()["send_windows"]))
    if dice.random() < 0.5:
        changes["inbound_at"] = now - timedelta(
            minutes=dice.choice((-3, 0, 1, 5, 5.1, 10, 10.1, 15, 16, 2000))
        )
    if dice.random() < 0.2:
        for name, values in dice.sample(WISHED, dice.choice((1, 1, 2))):
            changes[name] = now + dice.choice(values)
    if dice.random() < 0.4:
        for name, values in dice.sample(WORSE, dice.choice((1, 1, 2, 3))):
            value = dice.choice(values)
            changes[name] = value(now) if callable(value) else value
    return dataclasses.replace(facts, **changes), now


# what people who had the conversation want, from now on: to the second where it matters
WISHED: list[tuple[str, list[timedelta]]] = [
    (
        "returned_at",
        [-timedelta(hours=hours, seconds=more) for hours in (0, 1, 23, 24, 25, 80) for more in (-1, 0, 1)],
    ),
    (
        "marketing_paused_until",
        [timedelta(hours=hours, seconds=more) for hours in (-30, 0, 1, 30, 700) for more in (-1, 0, 1)],
    ),
    ("owed_since", [-timedelta(minutes=minutes) for minutes in (0, 1, 50, 3000)]),
]

WORSE: list[tuple[str, list[Any]]] = [
    ("author", ["api", "staff", "bot"]),
    ("prompted_by", ["coupon", "question", "yes", None]),
    ("offer", ["comeback"]),
    ("notice", ["opted_out", "help", "opted_in", "confirm"]),
    ("shop_state", ["paused", "test", "closed", None]),
    ("to_is_confirmed_phone", [True, None]),
    ("number_state", ["bad", "moved", None]),
    ("suppression", ["opted_out", "held", "wrong_number", "no_marketing"]),
    ("help_by_word", [False, None]),
    ("arm", ["control", None]),
    ("holder", ["nobody", "staff", None]),
    ("open_matter", ["complaint", "question", "identity"]),
    ("unread_inbound", [True, None]),
    ("bot_texts_60s", [4, 5, 50, None]),
    ("paused_until", [lambda now: now + timedelta(hours=30), lambda now: now - timedelta(hours=1)]),
    ("last_order_refunded", [True, None]),
    ("silent_texts", [5, 6, 7, None]),
    ("orders_known_at", [None, lambda now: now - timedelta(days=6), lambda now: now - timedelta(days=8)]),
    ("proof_at", [None, lambda now: now - timedelta(days=500), lambda now: now - timedelta(days=600)]),
    ("signed_up_at", [lambda now: now - timedelta(hours=3), lambda now: now - timedelta(minutes=1)]),
    ("signed_up_by", ["signup", "import"]),
    ("content", [("a shortener",), None]),
    ("parts", [2, 3, 10, 11, None]),
    ("flow_held", ["opt-outs"]),
    ("place", [None]),
    ("consent", [None]),
    ("marketing_at", [None]),
    ("staff_at", [None]),
    ("flow_at", [None]),
]


def _instant(dice: random.Random, days: Sequence[int]) -> datetime:
    if dice.random() < 0.25:
        return dice.choice(CHANGES) + timedelta(minutes=dice.randint(-1500, 3000))
    day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=dice.choice(days))
    if dice.random() < 0.3:  # at the very edges of hours, on whatever clock
        return day + timedelta(
            minutes=dice.choice((0, 15, 30)) + 60 * dice.randint(0, 23) + dice.choice((-1, 0, 1))
        )
    if dice.random() < 0.6:  # when most of America, or of Europe, is awake
        return day + timedelta(seconds=dice.choice((54_000, 36_000)) + dice.randint(0, 28_800))
    return day + timedelta(seconds=dice.randint(0, 86_399))


def _history(dice: random.Random, now: datetime, days: int) -> tuple[datetime, ...]:
    return tuple(now - timedelta(days=days * dice.random()) for _ in range(dice.randint(0, 6)))


def run(seed: int, cases: int) -> tuple[Counter[str], list[str], float]:
    """So many cases from one seed: the answers counted, the faults, the gate's and the checks' CPU seconds."""
    counts, found, began = Counter[str](), [], time.process_time()
    days = random.Random(seed).sample(range(DAYS), 60)  # few at a time, so that the gate's caches are of use
    for number in range(cases):
        dice = random.Random(f"{seed}/{number}")
        facts, now = draw(dice, days)
        decision = may_send(facts, now)
        counts[f"{name_of(decision)} {decision.kind}"] += 1
        found += [f"seed {seed} case {number}: {fault}" for fault in faults(decision, facts, now, dice)]
    return counts, found, time.process_time() - began


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gate_cases", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}", flush=True)
    pieces = 50 if options.cases >= 50 else 1
    share, counts, found, spent, began = (
        -(-options.cases // pieces),
        Counter[str](),
        [],
        0.0,
        time.monotonic(),
    )
    with ProcessPoolExecutor(options.processes) as pool:
        seeds = [seed * 1000 + piece for piece in range(pieces)]
        for counted, faulty, seconds in pool.map(run, seeds, [share] * pieces):
            counts += counted
            found += faulty
            spent += seconds
    for answer, count in sorted(counts.items()):
        print(f"{answer:<20} {count:>9,}")
    for fault in found[:50]:
        print(fault)
    print(
        f"{counts.total():,} cases, {len(found)} faults, {time.monotonic() - began:.0f} s, {spent:.0f} s of CPU"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
