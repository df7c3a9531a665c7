"""The shop's side of one simulated conversation, in memory: receive, turn, effects, timers, people who take over.

Owns the same order of things as bot.conversations and bot.sending, without their rows: what they promise of transactions
and restarts is tested there. Decides no words (flows), no permission (the gate), and nothing that people do (`life`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from bot.compliance.content import Own
from bot.compliance.facts import ConsentFact
from bot.compliance.places import speaking_zone
from bot.conversations.reading import STILL_WANTED
from bot.simulate import post
from bot.simulate.doing import do
from bot.simulate.person import Person, chance_of
from bot.simulate.records import Code, Inbound, Log, Passage, Taken, Text, World
from bot.simulate.snapshot import facts_of
from bot.simulate.standing import Consents
from bot.simulate.stops import stop_of
from bot.simulate.turning import understand
from bot.simulate.words import Said
from flows.engine import advance, begin
from flows.events import (
    Event,
    NotSent,
    OptedIn,
    OptedOut,
    Ordered,
    Reading,
    Replied,
    Started,
    TimerFired,
)
from flows.facts import Facts
from nlu import rhythm as wishes

SETTLES = timedelta(seconds=3)
MAX_EVENTS = 12
SOON = timedelta(seconds=1)

Later = Callable[[datetime, Callable[[datetime], None]], None]
"""Have something done at a time."""


class Talk:
    """One conversation."""

    def __init__(
        self, world: World, person: Person, later: Later, arrive: Callable[[Text, datetime], None]
    ) -> None:
        self.world = world
        self.person = person
        self.later = later
        self.arrive = arrive
        self.network = chance_of(world.seed, person.number, "network")
        self.staff: Random = chance_of(world.seed, person.number, "staff")
        self.log = Log(homes=[(world.begins, person.home)])
        self.own: Own = world.shop.own
        self.consents = Consents(ConsentFact(person.consent, person.consent_at, "import"))
        self.home = person.home
        self.zone = speaking_zone(self.home.place, world.shop.zone)
        self.language = person.language
        self.last_order_at = person.last_order_at
        self.orders, self.spent = person.orders, person.spent_cents
        self.refunded = person.refunded
        self.clicked_at: datetime | None = None
        self.attributes: dict[str, object] = {"roast": person.roast}
        self.rhythm: str | None = None
        self.rhythm_at: datetime | None = None
        self.number_state = "ok"
        self.holder, self.fence = "bot", 0
        self.matter: str | None = None
        self.floor: int | None = None
        self.silent = 0
        self.code: Code | None = None
        self.inbound: list[Inbound] = []
        self.inbound_at: datetime | None = None
        self.sent: list[Text] = []
        self.said_stop: list[tuple[datetime, str]] = []
        self.ready: list[Text] = []
        self.by_hand: Text | None = None
        self.passages: list[Passage] = [Passage(0, world.desk, begin(world.desk), world.begins)]

    # --- who enters, and what comes in ----------------------------------------------------------------------------

    def enrol(self, flow_name: str | None, prompted_by: str | None, now: datetime) -> None:
        """Begin a passage of the flow that is simulated, or of another that it leads to."""
        flow = self.world.flows.get(flow_name) if flow_name else self.world.flow
        if flow is None:
            self.dead_end("no_such_flow", str(flow_name), now)
            return
        passage = Passage(len(self.passages), flow, begin(flow), now)
        self.passages.append(passage)
        if "ordered" in flow.exit_on:
            self.log.begun.append((now, passage.number))
        if flow.at_most is not None:
            self.log.caps[passage.number] = (flow.at_most[0], timedelta(seconds=flow.at_most[1]))
        self.hear(passage, Started(prompted_by), now)

    def receive(self, provider_id: str, said: Said, now: datetime) -> bool:
        """A webhook. Opt-outs are in force before this returns; a repeated id ends here. False: it was one."""
        if any(each.provider_id == provider_id for each in self.inbound):
            return False
        row = Inbound(len(self.inbound) + 1, provider_id, said, now, now + SETTLES)
        if said.kind == "text":
            found = self.world.hearing.rules(said.words)
            row.keyword = found.keyword
            if found.outcome == "opted_out":
                row.found = "opted_out" if self.consents.opt_out(now) else "repeated"
                if row.found == "opted_out":
                    self.count_opt_out(said)
            elif found.outcome == "held":
                row.found = "held"
                self.consents.hold("held", now)
            elif found.keyword == "START":
                self.consents.start(now)
        self.inbound.append(row)
        self.inbound_at, self.silent = now, 0
        at_once = row.found in ("opted_out", "repeated") or row.keyword in ("START", "HELP")
        self.later(now if at_once else row.settles_at, self.turn)
        return True

    @property
    def unread(self) -> bool:
        """Whether a text of the customer waits for its turn."""
        return any(not each.taken for each in reversed(self.inbound))

    def words_of(self, number: int) -> str:
        """The words of the customer's text of that number; nothing for none."""
        return self.inbound[number - 1].said.words if 0 < number <= len(self.inbound) else ""

    def turn(self, now: datetime) -> None:
        """Take what has settled, in order (bot.conversations.turn)."""
        plain: list[Inbound] = []
        for row in [each for each in self.inbound if not each.taken]:
            if row.found in ("opted_out", "repeated"):
                row.taken = True
                self.silence("rule", confirm=row.found == "opted_out", row=row, now=now)
            elif row.keyword == "START":
                row.taken = True
                consented = self.consents.consent is not None
                self.hear(self.passages[0], OptedIn("start", confirm=True, consented=consented), now, (row,))
            elif row.keyword == "HELP":
                row.taken = True
                self.hear(
                    self.passages[0], Replied(row.said.words, Reading("help", 1.0), row.at), now, (row,)
                )
            else:
                plain.append(row)
        if not plain:
            return
        patience = plain[0].at + 5 * SETTLES
        if (settled := min(max(each.settles_at for each in plain), patience)) > now:
            self.later(settled, self.turn)
            return
        for row in plain:
            row.taken = True
        understand(self, plain, now)

    # --- the engine -----------------------------------------------------------------------------------------------

    def hear(self, passage: Passage, event: Event, now: datetime, rows: tuple[Inbound, ...] = ()) -> None:
        """Take one event, and those that its effects cause at once, through the engine."""
        for row in rows:
            self.log.answered_in[row.provider_id] = self.log.answered_in.get(row.provider_id, 0) + 1
        pending: list[Event] = [event]
        for _ in range(MAX_EVENTS):
            if not pending or not passage.active:
                break
            taken = pending.pop(0)
            before = passage.state
            after, effects = advance(passage.flow, before, taken, self.facts(passage, now), now)
            if after == before and not effects:
                continue
            passage.state = after
            done = do(self, passage, effects, now, keyword=any(row.keyword == "HELP" for row in rows))
            self.log.counts["turns.taken"] += 1
            ids = tuple(row.provider_id for row in rows)
            kinds = frozenset(type(effect).__name__ for effect in effects)
            passage.taken = [*passage.taken[-1:], Taken(before, taken, kinds, tuple(done.texts), ids)]
            if (stop := stop_of(passage, before, taken, effects, after)) is not None:
                self.log.stops.append(stop)
            pending += done.events
        state, wait = passage.state, passage.wait
        if passage.active and not passage.flow.desk and state.phase == "waiting" and wait is None:
            self.dead_end("waits_for_nothing", f"{passage.flow.name}.{state.node}", now)

    def facts(self, passage: Passage, now: datetime) -> Facts:
        """What a text of that passage may say."""
        return facts_of(self, passage, now)

    def silence(self, source: str, *, confirm: bool, row: Inbound, now: datetime) -> None:
        """Every passage hears of the opt-out, and the front desk confirms it once."""
        for passage in [each for each in self.passages[1:] if each.active]:
            self.hear(passage, OptedOut(source, confirm=False), now)
        self.hear(self.passages[0], OptedOut(source, confirm=confirm), now, (row,))

    def count_opt_out(self, said: Said) -> None:
        """An opt-out came into force: after how many texts, and did they mean it?"""
        heard = sum(1 for text in self.sent if text.kind == "marketing")
        self.log.counts["opt_outs.total"] += 1
        self.log.counts[f"opt_outs_after.{heard}"] += 1
        if said.meaning.intent != "stop":
            self.log.counts["opt_outs.unmeant"] += 1

    def keep_rhythm(self, wish: str, now: datetime) -> None:
        """A wish about when and how often is in force."""
        known = wishes.from_text(self.rhythm) if self.rhythm else None
        after = wishes.merged(known, wishes.from_text(wish))
        self.rhythm = after.to_text() if after else None
        self.rhythm_at = now

    # --- waits, orders, people ------------------------------------------------------------------------------------

    def wake(self, passage: Passage, number: int, now: datetime) -> None:
        """A wait is over; a stale one does nothing. What the customer is just saying comes before any silence."""
        wait = passage.wait
        if wait is None or wait.number != number or wait.due is None or wait.due > now or not passage.active:
            return
        if self.holder != "bot":
            return  # people have it: HandedBack arms it anew
        if self.unread:
            self.later(now + SOON, lambda at: self.wake(passage, number, at))
            return
        passage.wait = None
        self.hear(passage, TimerFired(number), now)

    def ordered(self, name: str, cents: int, now: datetime) -> bool:
        """The customer bought. True if their code paid part of it."""
        code = self.code
        used = code is not None and code.ends is not None and code.ends >= now and code.used_at is None
        if code is not None and used:
            code.used_at = now
        self.log.bought.append(now)
        self.last_order_at, self.orders, self.spent = now, self.orders + 1, self.spent + cents
        self.refunded, self.silent = False, 0
        for passage in [each for each in self.passages if each.active and each.started_at < now]:
            self.hear(passage, Ordered(name, cents, now), now)
        return used

    def moved(self, now: datetime) -> None:
        """They live elsewhere now, and the shop has the new address."""
        if self.person.next_home is not None:
            self.home = self.person.next_home[1]
            self.zone = speaking_zone(self.home.place, self.world.shop.zone)
            self.log.homes.append((now, self.home))
            self.log.counts["moved"] += 1

    # --- what became of texts -------------------------------------------------------------------------------------

    def left(self, text: Text, now: datetime) -> None:
        """It was attempted: waits and the offer's clock run from here (I11), and the floor may change."""
        self.sent.append(text)
        self.said_stop = [(at, body) for at, body in self.said_stop if at > now - post.MONTH]
        self.said_stop.append((now, text.body))
        if text.kind == "marketing":
            self.silent += 1
        post.go_live(self, text, now)
        self.log.counts[f"texts.{text.kind}"] += 1
        self.log.counts["parts"] += text.parts
        if text.passage < 0:
            return
        passage = self.passages[text.passage]
        if not passage.flow.desk and passage.active and not text.notice:
            self.floor = text.passage
        wait = passage.wait
        if wait is not None and wait.anchor is text and wait.due is None:
            wait.due = now + timedelta(seconds=wait.after_seconds or 0)
            self.later(wait.due, lambda at: self.wake(passage, wait.number, at))

    def not_sent(self, text: Text, why: str, *, final: bool, now: datetime) -> None:
        """It will not leave: its passage hears of it, or the front desk where nobody else would answer."""
        if text.passage < 0:
            return
        prompted = text.prompted_by is not None and text.notice not in ("opted_out", "opted_in")
        event = NotSent(text.turn, text.ordinal, why[:64], final=final, prompted=prompted)
        self.later(now, lambda at: self._hear_not_sent(text, event, at))

    def _hear_not_sent(self, text: Text, event: NotSent, now: datetime) -> None:
        if self.unread and not event.final:  # its turn is about to be undone
            self.later(now + SOON, lambda at: self._hear_not_sent(text, event, at))
            return
        passage = self.passages[text.passage]
        if event.prompted and self.holder == "bot":
            outdated = text.status == "withheld" and event.why == post.OUTDATED
            if outdated or (not passage.active and event.final):
                over = self.consents.suppression is not None or passage.state.outcome == "ordered"
                if not over or text.prompted_by in STILL_WANTED:
                    heard_by = passage if passage.active else self.passages[0]
                    self.hear(heard_by, replace(event, final=True), now)
                    return
        if passage.active:
            self.hear(passage, event, now)

    def dead_end(self, kind: str, where: str, now: datetime) -> None:
        """Somewhere nobody gets away from."""
        self.log.dead_ends.append((kind, where, now))
