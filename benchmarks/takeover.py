"""`python -m benchmarks.takeover --tries 10000`: staff take over while the bot is answering, on a real PostgreSQL.

Owns the race. In each try a customer's text is in, two workers read, turn and send as they always do, and a member of
staff takes the conversation over at some moment of it, in a transaction of their own under the conversation's lock. What
was claimed by then is noted in that very transaction; whatever of the bot is claimed later is late (I6). One line of
JSON; exit status 1 when a text was late.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from benchmarks.people import Crowd, bring_crowd
from benchmarks.stack import Postgres
from bot.clock import domain_now, real_now
from bot.compose import App
from bot.conversations.receive import InboundText, receive
from bot.conversations.work import take_one
from bot.db import Database, connect
from bot.inbox import Actor
from bot.inbox.holding import TakenOver, take
from bot.jobs.bell import Bell, NoBell
from bot.models import Conversation, Customer, Outbound
from bot.schema import migrate
from bot.sending.dispatch import send_due
from bot.sending.outcomes import ListedText, Outcome, Provider, Sent, TextToSend
from bot.settings import Settings

ACCOUNT = "AC" + "0" * 31 + "7"
SAYS = ("same again", "help please")
"""In turn: an answer, and a notice, which the gate lets pass whoever holds the conversation: only the fence stops it."""
WORKERS = 2
PATIENCE = 60
"""Seconds that a try may take before it is a deadlock."""


@dataclass(frozen=True, slots=True)
class Raced:
    """What came of the tries. The three in the middle say where the takeover came: that the race was one."""

    tries: int
    bot_texts_claimed_after_takeover: int
    taken_over_before_the_turn: int
    taken_over_between_turn_and_claim: int
    taken_over_after_the_claim: int
    seed: int
    seconds: float


class Accepting:
    """A provider that accepts everything at once."""

    def send(self, text: TextToSend) -> Outcome:
        """Sent."""
        return Sent(f"SM{text.public_id}", "queued")

    def list_sent(self, account: str, to: str, since_day: str) -> list[ListedText]:
        """Nothing: nobody asks here."""
        return []


@dataclass(frozen=True)
class RaceApp(App):
    """The application, with nobody at the bell and at the provider."""

    database: Database = field(kw_only=True)
    bell: Bell = field(kw_only=True, default_factory=NoBell)
    provider: Provider = field(kw_only=True, default_factory=Accepting)


def race(database: Database, settings: Settings, tries: int, seed: int, tell: Callable[[str], None]) -> Raced:
    """Race so many times, each with a customer of its own. The database is migrated and empty, and a PostgreSQL."""
    app = RaceApp(settings, database=database)
    with database.write() as session:
        crowd = bring_crowd(session, app.keys, ACCOUNT, tries, real_now())
    dice, found, late = random.Random(seed), Counter[str](), 0
    reach, began = 0.03, time.perf_counter()
    for number in range(tries):
        one = _Try(app, crowd, number, dice.uniform(0, reach))
        late += one.run()
        found[one.came] += 1
        # a machine is fast or slow, or becomes it: a third of the takeovers shall come after the claim
        reach *= 0.96 if one.came == "after the claim" else 1.02
        if number % 500 == 499:
            tell(f"{number + 1} of {tries}, late {late}, {dict(found)}")
    return Raced(
        tries,
        late,
        found["before the turn"],
        found["between"],
        found["after the claim"],
        seed,
        round(time.perf_counter() - began, 1),
    )


class _Try:
    """One conversation, two workers, one takeover `after` so many seconds."""

    def __init__(self, app: App, crowd: Crowd, number: int, after: float) -> None:
        self.app = app
        self.after = after
        self.came = ""
        self._claimed: set[int] = set()
        self._faults: list[BaseException] = []
        phone = crowd.phones[number]
        receive(app, InboundText(ACCOUNT, f"SMrace{number}", phone, crowd.number, SAYS[number % len(SAYS)]))
        with app.database.read() as session:
            self._conversation = session.execute(
                select(Conversation.id)
                .join(
                    Customer,
                    (Customer.shop_id == Conversation.shop_id) & (Customer.id == Conversation.customer_id),
                )
                .where(Customer.shop_id == crowd.shop_id, Customer.phone == phone)
            ).scalar_one()
            self._old = {row.id for row in self._rows(session)}

    def run(self) -> int:
        """Race, let the workers go on until nothing is left, and give how many texts were late."""
        gate = threading.Barrier(WORKERS + 1)
        racers = [threading.Thread(target=self._racer, args=(gate, self._work)) for _ in range(WORKERS)]
        racers.append(threading.Thread(target=self._racer, args=(gate, self._take_over)))
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join(PATIENCE)
            if racer.is_alive():
                raise RuntimeError(f"conversation {self._conversation}: somebody waits for ever")
        if self._faults:
            raise self._faults[0]
        self._work()
        with self.app.database.read() as session:
            return sum(row.attempts > 0 and row.id not in self._claimed for row in self._rows(session))

    def _racer(self, gate: threading.Barrier, act: Callable[[], None]) -> None:
        try:
            gate.wait(PATIENCE)
            act()
        except BaseException as fault:
            self._faults.append(fault)

    def _work(self) -> None:
        """What a worker does at the bell, twice: a text that a lock kept it from is taken at the next."""
        for _ in range(2):
            take_one(self.app, self._conversation)
            send_due(self.app)

    def _take_over(self) -> None:
        threading.Event().wait(self.after)
        with self.app.database.write() as session:
            conversation = session.execute(
                select(Conversation).where(Conversation.id == self._conversation).with_for_update()
            ).scalar_one()
            rows = [row for row in self._rows(session) if row.id not in self._old]
            self._claimed = self._old | {row.id for row in rows if row.attempts}
            self.came = (
                "after the claim"
                if len(self._claimed) > len(self._old)
                else "between"
                if rows
                else "before the turn"
            )
            now = domain_now(session, self.app.real_now)
            taken = take(session, conversation, Actor(conversation.shop_id, 1, "Tom", "agent"), now)
            assert isinstance(taken, TakenOver)

    def _rows(self, session: Session) -> list[Any]:
        """The bot's texts in this conversation."""
        return list(session.execute(_ROWS, {"conversation": self._conversation}).all())


_ROWS = select(Outbound.id, Outbound.attempts).where(
    Outbound.conversation_id == bindparam("conversation"), Outbound.author == "bot"
)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.takeover", description=__doc__.split("\n")[0])
    parser.add_argument("--tries", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    server = Postgres()
    try:
        with tempfile.TemporaryDirectory(prefix="winback-race-") as home:
            settings = Settings(home=Path(home), secret_key="5e" * 32, settle_seconds=0)
            database = connect(server.fresh())
            migrate(database)
            raced = race(
                database, settings, options.tries, options.seed, lambda line: print(line, file=sys.stderr)
            )
            database.close()
    finally:
        server.close()
    print(json.dumps(asdict(raced)))
    return 1 if raced.bot_texts_claimed_after_takeover else 0


if __name__ == "__main__":
    sys.exit(main())
