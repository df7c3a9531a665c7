"""Replaying a journal of 100,000 turns: how long it takes, in how much memory, and that nothing differs (I7).

Owns the journal: made-up customers walk through the shipped win-back, turn by turn, and what the shell would have written of
each turn lies in an SQLite database. Every way through is in it: a cart, a code, a dry pool, «later», a person, silence,
an order, a stop, a language. `python -m benchmarks.replay --turns 2000` is the same for a look.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from benchmarks.figures import Row, bounded
from benchmarks.inside import NOW
from benchmarks.run import Run
from bot.conversations.journal import SNAPSHOT_EVERY
from bot.db import Database, connect
from bot.flows_store import publish_library
from bot.history.replay import Replayed, replay_all
from bot.models import Conversation, Customer, Enrolment, Journal, Shop
from bot.schema import migrate
from flows import codec
from flows import state as states
from flows.definition import ENGINE_VERSION, Flow
from flows.effects import Effect, RequestCoupon, SendText, StartTimer
from flows.engine import advance, begin
from flows.events import (
    CouponReady,
    CouponUnavailable,
    Event,
    OptedOut,
    Ordered,
    Reading,
    Replied,
    Started,
    TimerFired,
)
from flows.facts import Facts, OfferFacts
from flows.parser import library, published
from flows.play.customer import customer_facts
from flows.render import Rendered, render

TURNS, QUICK = 100_000, 10_000
LOT = 200
"""Customers whose rows are written together."""

WAYS: tuple[tuple[str, ...], ...] = (
    ("silence", "silence", "silence", "silence"),
    ("reorder", "silence", "coupon", "order"),
    ("coupon", "yes", "coupon", "silence", "silence"),
    ("later", "silence", "yes", "order"),
    ("no", "churn_reason"),
    ("question", "other", "other", "human"),
    ("silence", "coupon", "later", "silence", "reorder", "silence", "silence"),
    ("smalltalk", "already_bought", "stop"),
    ("es", "coupon", "no", "no"),
    ("dry", "coupon", "other", "yes", "silence"),
)
"""What customers do, one way after the other; whoever has ended does no more."""


@dataclass(frozen=True, slots=True)
class Measured:
    """`seconds` of processor time for the replay alone; `grown` is by how many MB the process grew meanwhile."""

    rows: int
    found: Replayed
    seconds: float
    grown: float


def rows(run: Run) -> Iterator[Row]:
    """What a turn costs to replay, and how many of them differ."""
    turns = QUICK if run.quick else TURNS
    run.say(f"replay: a journal of {turns:,} turns")
    measured = measure(turns)
    yield bounded(
        f"differences in {measured.found.turns:,} turns replayed",
        len(measured.found.differences),
        "turns",
        "<=",
        0,
    )
    yield bounded(
        "replaying a turn, CPU", measured.seconds / max(measured.found.turns, 1) * 1e6, "us", "<", 1000
    )
    yield bounded("memory that a replay takes", measured.grown, "MB", "<=", 50)


def measure(turns: int) -> Measured:
    """Make the journal and replay it."""
    with tempfile.TemporaryDirectory(prefix="wb-replay-") as folder:
        database = connect(f"sqlite:///{Path(folder) / 'winback.db'}")
        migrate(database)
        shop_id, written = bring(database, turns)
        replay_all(database, shop_id + 1)  # statements built, modules loaded
        before, began = _peak(), time.process_time()
        found = replay_all(database, shop_id)
        seconds = time.process_time() - began
        database.close()
    return Measured(written, found, seconds, _peak() - before)


def bring(database: Database, turns: int) -> tuple[int, int]:
    """Write a shop whose journal has `turns` turns, or a few more; gives its id and how many."""
    flow = published(library()["winback_offer"])
    with database.write() as session:
        shop_id, flow_id, revision_id = _shop(session)
    written = number = 0
    while written < turns:
        with database.write() as session:
            for _ in range(LOT):
                number += 1
                written += _customer(session, flow, shop_id, flow_id, revision_id, number)
                if written >= turns:
                    break
    return shop_id, written


def _shop(session: Session) -> tuple[int, int, int]:
    shop = Shop(
        slug="replayed",
        name="Juniper Coffee",
        text_name="Juniper",
        state="live",
        site_url="https://juniper.example",
        contact="help@juniper.example",
        created_at=NOW,
    )
    session.add(shop)
    session.flush()
    made = {each.name: each for each in publish_library(session, shop.id, NOW)}
    return shop.id, made["winback_offer"].flow_id, made["winback_offer"].revision_id


def _customer(session: Session, flow: Flow, shop_id: int, flow_id: int, revision_id: int, number: int) -> int:
    customer = Customer(
        shop_id=shop_id,
        external_id=f"c{number}",
        phone_key=f"{number:064x}",
        country="US",
        created_at=NOW,
    )
    session.add(customer)
    session.flush()
    conversation = Conversation(shop_id=shop_id, customer_id=customer.id, created_at=NOW)
    session.add(conversation)
    session.flush()
    walked = list(_walk(flow, WAYS[number % len(WAYS)], number))
    last: dict[str, Any] = walked[-1].pop("after")
    for row in walked[:-1]:
        row.pop("after")
    enrolment = Enrolment(
        shop_id=shop_id,
        customer_id=customer.id,
        conversation_id=conversation.id,
        flow_id=flow_id,
        revision_id=revision_id,
        state=last,
        turn=len(walked),
        started_at=NOW,
    )
    session.add(enrolment)
    session.flush()
    session.execute(
        insert(Journal), [{**row, "shop_id": shop_id, "enrolment_id": enrolment.id} for row in walked]
    )
    return len(walked)


def _walk(flow: Flow, way: tuple[str, ...], number: int) -> Iterator[dict[str, Any]]:
    """The journal's rows of one customer who goes that way, `after` being the state after each."""
    state, now, turn = begin(flow), NOW, 0
    facts = customer_facts({"first_name": f"Ana{number % 97}", "product": f"Blend {number % 31}"})
    facts = replace(facts, customer=replace(facts.customer, key=f"{number:016x}"))
    timer: StartTimer | None = None
    for deed in ("start", *way):
        if state.phase == "ended":
            return
        now += timedelta(minutes=20)
        if deed == "silence" and timer is not None:
            now = timer.until or now + timedelta(seconds=timer.after_seconds or 0)
        if facts.offer is not None and facts.offer.ends <= now:
            facts = replace(facts, offer=None)
        pending = [_event(deed, state.wait, number, now)]
        while pending:
            event, before = pending.pop(0), state
            state, effects = advance(flow, before, event, facts, now)
            if state == before and not effects:
                continue
            turn += 1
            yield _row(flow, before, state, event, facts, effects, turn, now)
            timer = next((each for each in effects if isinstance(each, StartTimer)), timer)
            for each in effects:
                if isinstance(each, RequestCoupon):
                    answer, facts = _coupon(each, facts, now, dry="dry" in way)
                    pending.append(answer)


def _row(
    flow: Flow,
    before: states.State,
    after: states.State,
    event: Event,
    facts: Facts,
    effects: tuple[Effect, ...],
    turn: int,
    now: datetime,
) -> dict[str, Any]:
    words = [render(each, facts, now) for each in effects if isinstance(each, SendText)]
    texts = [each.body if isinstance(each, Rendered) else "" for each in words]
    return {
        "turn": turn,
        "superseded": 0,
        "at": now,
        "revision_hash": flow.hash,
        "engine_version": ENGINE_VERSION,
        "event": codec.encode(event),
        "facts": codec.encode(facts),
        "effects": [codec.encode(each) for each in effects],
        "texts": texts,
        "inbound_ids": [],
        "state": states.to_json(before) if texts or turn % SNAPSHOT_EVERY == 0 else None,
        "after": states.to_json(after),
    }


def _event(deed: str, wait: int, number: int, now: datetime) -> Event:
    match deed:
        case "start":
            return Started()
        case "silence":
            return TimerFired(wait)
        case "order":
            return Ordered(f"o{number}", 3100, now)
        case "stop":
            return OptedOut("rule", confirm=False)
        case "es":
            return Replied("hola", Reading("smalltalk", 0.9, language="es"), now)
        case "dry":
            return Replied("hm", Reading("other", 0.2, understood=False), now)
        case "later":
            slots = {"later_until": (now + timedelta(days=12)).date().isoformat()}
            return Replied("later", Reading("later", 0.9, slots=slots), now)
        case _:
            return Replied(deed, Reading(deed, 0.9, language="en"), now)


def _coupon(wanted: RequestCoupon, facts: Facts, now: datetime, *, dry: bool) -> tuple[Event, Facts]:
    if dry:
        return CouponUnavailable(wanted.offer, "no code left"), facts
    ends = now + timedelta(seconds=wanted.valid_for_seconds)
    offer = OfferFacts(wanted.offer, "BACK-7KQ4MX", wanted.percent, wanted.amount_cents, ends)
    return CouponReady(wanted.offer), replace(facts, offer=offer)


def _peak() -> float:
    """The most memory that this process has had, in MB."""
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / 1024 if sys.platform != "darwin" else kilobytes / 1024**2


def main() -> int:
    """Print what a replay of so many turns took. Exit status 1: there was a difference."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description="Replay a made journal.")
    parser.add_argument("--turns", type=int, default=TURNS)
    measured = measure(parser.parse_args().turns)
    found = measured.found
    print(
        json.dumps(
            {
                "rows": measured.rows,
                "turns": found.turns,
                "differences": len(found.differences),
                "turns_per_second": round(found.turns / measured.seconds),
                "memory_grown_mb": round(measured.grown, 1),
            }
        )
    )
    return 1 if found.differences else 0


if __name__ == "__main__":
    sys.exit(main())
