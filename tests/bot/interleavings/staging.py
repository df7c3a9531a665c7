"""What stands in the real database before a schedule begins: shops, flows, and a customer of its own for each schedule.

Owns the rows. Reading flows takes longer than playing a schedule, so they are published once and the file is copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from bot.audience import starts
from bot.audience.enrol import enrol
from bot.audience.finding import Candidate
from bot.compliance.areas import areas
from bot.flows_store import current, publish, publish_library
from bot.keys import Keys
from bot.models import Consent, Conversation, Customer
from tests.bot.interleavings.actors import Scenario
from tests.bot.interleavings.replaying import Replay
from tests.conftest import SECRET
from tests.support.cast import Cast, Member, bring_cast
from tests.support.clock import StillClock
from tests.support.databases import sqlite_copy
from tests.support.fakes import FakedApp

NOON = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
"""A Saturday, noon in California."""
RING = Path(__file__).parent / "ring.yml"


@dataclass(frozen=True)
class Stage:
    """A database with shops and flows in it, to be copied."""

    template: Path
    cast: Cast


def build_stage(empty: Path, template: Path) -> Stage:
    """Write the cast and the flows into a copy of the `empty` database."""
    with sqlite_copy(empty, template) as database, database.write() as session:
        cast = bring_cast(session, Keys(SECRET.encode()), NOON)
        publish_library(session, cast.shop_id, NOON)
        source = RING.read_text("utf-8")
        made, problems = publish(session, cast.shop_id, source, file=RING.name, by="test", now=NOON)
        assert made, problems
    return Stage(template, cast)


def set_out(app: FakedApp, clock: StillClock, cast: Cast, scenario: Scenario, count: int) -> list[Replay]:
    """As many customers, each with what the scenario begins with."""
    clock.set(NOON)
    passages: list[int | None] = [None] * count
    with app.database.write() as session:
        people = [_customer(session, app.keys, cast.shop_id, phone) for phone in _phones(count)]
        if scenario.world.flow_lives:
            revision = current(session, cast.shop_id, "ring")
            assert revision is not None
            start = starts.start(session, revision, NOON, daily_limit=10, total=None, by="test")
            start.next_batch_at = None
            session.flush()
            for number, who in enumerate(people):
                one = Candidate(
                    who.customer_id, who.phone_key, who.phone, NOON - timedelta(days=60), "treated"
                )
                passages[number] = enrol(session, cast.shop_id, start, one, NOON)
    begun = [
        Replay(app, clock, who, cast.number, passage) for who, passage in zip(people, passages, strict=True)
    ]
    if not scenario.world.timer:
        return begun
    for replay in begun:
        replay.rest()  # the opener leaves
    clock.move(days=7)
    return [Replay(app, clock, each.who, cast.number, each.enrolment_id) for each in begun]


def _phones(count: int) -> list[str]:
    """Numbers in California that nobody has."""
    codes = sorted(code for code, states in areas().codes.items() if set(states) == {"CA"})
    return [f"+1{codes[n % len(codes)]}55501{20 + n // len(codes)}" for n in range(count)]


def _customer(session: Session, keys: Keys, shop_id: int, phone: str) -> Member:
    key = keys.phone_key(shop_id, phone)
    bought = NOON - timedelta(days=60)
    customer = Customer(
        shop_id=shop_id,
        external_id=phone,
        phone=phone,
        phone_key=key,
        country="US",
        orders_count=1,
        last_order_at=bought,
        created_at=bought,
    )
    session.add(customer)
    session.flush()
    talk = Conversation(shop_id=shop_id, customer_id=customer.id, created_at=bought)
    consent = Consent(
        shop_id=shop_id, phone_key=key, kind="written", source="checkout", at=bought, ledger_seq=1
    )
    session.add_all([talk, consent])
    session.flush()
    return Member(shop_id, customer.id, talk.id, phone, key)
