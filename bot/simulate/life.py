"""One customer's weeks: a queue of things that happen, in virtual time, from enrolment to the end.

Owns the person's side: texts read, answers sent (some of them delivered twice), orders, moves. The shop's side is `talk`.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.simulate import habits
from bot.simulate.person import Person, chance_of
from bot.simulate.records import Arrival, Text, World
from bot.simulate.talk import Talk
from bot.simulate.words import Said

Deed = Callable[[datetime], None]


class Life:
    """One person, and the talk that the shop has with them."""

    def __init__(self, world: World, person: Person) -> None:
        self.world = world
        self.person = person
        self.chance = chance_of(world.seed, person.number, "life")
        self._queue: list[tuple[datetime, int, Deed]] = []
        self._numbered = 0
        self.talk = Talk(world, person, self.later, self.arrive)
        self.replies = 0
        self.orders: list[tuple[datetime, int, bool]] = []
        """When, cents, and whether a code paid part of it."""
        self._answering = False
        self._bought = False
        self._stopped = False
        self._texts = 0

    def live(self) -> None:
        """Live through the weeks."""
        person, world = self.person, self.world
        if person.arm == "treated":
            self.later(person.begins_at, self._enter)
        if person.orders_at is not None:
            self.later(person.orders_at, self._order)
        if person.next_home is not None:
            self.later(person.next_home[0], self.talk.moved)
        self.go_on(world.ends)

    def go_on(self, until: datetime) -> None:
        """What is queued up to then happens."""
        while self._queue and self._queue[0][0] <= until:
            at, _, happens = heapq.heappop(self._queue)
            happens(at)

    def later(self, at: datetime, happens: Deed) -> None:
        """Have something happen at a time; what is due at the same instant happens in the order in which it was asked for."""
        self._numbered += 1
        heapq.heappush(self._queue, (at, self._numbered, happens))

    def arrive(self, text: Text, now: datetime) -> None:
        """A text is on the phone. It is looked at, and perhaps answered."""
        person, people, chance = self.person, self.world.people, self.chance
        if self._stopped or self._answering or self.replies >= habits.ANSWERS_AT_MOST:
            return
        if chance.random() < people.shares["stops_midway"]:
            chosen = "stop"
        elif self._bought:
            told = self.orders and chance.random() < people.shares["says_so"]
            chosen = "already_bought" if told else "nothing"
        else:
            chosen = habits.deed(self._read(text), person, people, chance)
        match chosen:
            case "nothing":
                return
            case "buy":
                self.talk.clicked_at, self.talk.silent = now, 0
                if chance.random() < people.shares["pays_after_link"]:
                    self._bought = True
                    self.later(now + timedelta(minutes=chance.uniform(3, 2000)), self._order)
            case _:
                self._answering = True
                at = habits.answers_at(person, self.talk.home.zone, people, now, chance)
                self.later(at, lambda when: self._answer(chosen, text, when))

    def _enter(self, now: datetime) -> None:
        words = self.world.flow.trigger.keywords
        if not words:
            self.talk.enrol(None, None, now)
            return
        # who enters by a keyword has just texted it
        self.talk.enrol(None, "keyword", now)

    def _answer(self, chosen: str, text: Text, now: datetime) -> None:
        self._answering = False
        if self._stopped:
            return
        person, people, chance = self.person, self.world.people, self.chance
        node = self._read(text).node
        if chosen == "value" and node is not None and node.ask is not None:
            texts = habits.value_for(node.ask, person.language, chance)
        else:
            group = "anything" if chosen == "value" else chosen
            texts = habits.words_for(group, person, people, chance)
        self.replies += 1
        self.talk.log.counts["replies.total"] += 1
        self.talk.log.counts[f"replies_by.{texts[0].meaning.group}"] += 1
        at = now
        for said in texts:
            self._send(said, at)
            at += timedelta(seconds=chance.uniform(0.7, 2.6))
        meant = texts[0].meaning.intent
        if meant == "stop":
            self._stopped = True
            if chance.random() < people.shares["returns"]:
                self.later(now + timedelta(days=chance.uniform(0.2, 20)), self._return)
        elif texts[0].kind == "text" and chance.random() < people.shares["interrupts"]:
            # three seconds settle, then the answer is written, and leaves within three more
            self._send(
                habits.second_thought(texts[0], chance), at + timedelta(seconds=chance.uniform(2.8, 5.5))
            )

    def _return(self, now: datetime) -> None:
        self._stopped = False
        self.replies += 1
        self.talk.log.counts["replies.total"] += 1
        self.talk.log.counts["replies_by.start"] += 1
        for said in habits.words_for("start", self.person, self.world.people, self.chance):
            self._send(said, now)

    def _send(self, said: Said, at: datetime) -> None:
        self._texts += 1
        provider_id = f"SM{self.person.number:08d}{self._texts:04d}"
        self.later(at, lambda when: self.webhook(provider_id, said, when))
        if self.chance.random() < self.world.people.shares["repeated_webhook"]:
            again = at + timedelta(seconds=self.chance.choice((0.4, 2.0, 15.0, 16.0)))
            self.later(again, lambda when: self.webhook(provider_id, said, when))

    def webhook(self, provider_id: str, said: Said, now: datetime) -> None:
        """A text of theirs reaches the shop, perhaps for the second time."""
        new = self.talk.receive(provider_id, said, now)
        self.talk.log.arrived.append(Arrival(now, provider_id, said, repeat=not new))
        if not new:
            self.talk.log.counts["replies.repeated_webhooks"] += 1

    def _order(self, now: datetime) -> None:
        self._bought = True
        cents = self.person.basket_cents
        code = self.talk.code
        request = code.request if code is not None else None
        name = f"order-{self.person.number}-{len(self.orders) + 1}"
        used = self.talk.ordered(name, cents, now) if self.person.arm == "treated" else False
        saved = given = 0
        if used and request is not None:
            costs = self.world.people.basket
            saved = round(cents * (request.percent or 0) / 100) + min(cents, request.amount_cents or 0)
            things = request.free_shipping * costs.shipping + bool(request.gift) * costs.gift
            given = saved + round(100 * (things + (request.points or 0) * costs.point))
        counts = self.talk.log.counts
        counts["coupons.used"] += used
        counts["coupons.spend_cents"] += given
        self.orders.append((now, cents - saved, used))
        self.talk.log.notes.append(
            (now, f"orders, {(cents - saved) / 100:.2f}" + (" with the code" if used else ""))
        )

    def _read(self, text: Text) -> habits.Read:
        """What the person sees in it: who reads the question knows what kind of answer it wants."""
        if text.effect is None or text.passage < 0:
            return habits.Read(text.effect, None)
        passage = self.talk.passages[text.passage]
        state = passage.state
        waits = state.phase == "waiting" and state.node == text.effect.node and state.turn == text.turn
        node = passage.flow.nodes.get(state.node) if waits else None
        return habits.Read(text.effect, node)
