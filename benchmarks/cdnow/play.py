"""The weeks that pass: customers hear, answer, click and buy, and after each reply it is looked at what came.

Owns the order of things. Texts and calls go over HTTP as real ones would: replies through a handset of the stand-in,
which signs them; clicks as a browser; orders with the shop's key. Turns, sends and the clock are bot.timetravel's.
"""

from __future__ import annotations

import hashlib
import heapq
import itertools
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import requests

from benchmarks.cdnow.audit import Timeline
from benchmarks.cdnow.script import Act, Buy, Click, Part, Reply
from benchmarks.cdnow.shop import SEED, ZONE, Town
from benchmarks.cdnow.source import SHOP_NUMBER, Person
from bot.clock import domain_now, real_now
from bot.timetravel import move_to, next_due, settle

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1"
PREVIEW = "facebookexternalhit/1.1 Facebot Twitterbot/1.0"
"""What an iPhone calls itself when it looks at a link before its owner does."""

LOOK_AFTER = timedelta(seconds=60)
"""When it is looked at what a reply brought: the settling is 3 seconds, and nobody waits longer than a minute."""

GRID = timedelta(minutes=10)

LINK = re.compile(r"https?://\S+/l/\w+")
_KINDS = (
    ("again", re.compile(r"bot again, as promised|de nuevo, como quedamos")),
    ("remind", re.compile(r"one more idea, then I'll be quiet")),
    ("offer", re.compile(r"off your next order till")),
    ("hello", re.compile(r"text bot here\. Low on|soy el bot de")),
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A text at a handset or from one, with its virtual instant."""

    seq: int
    at: datetime
    body: str
    author: str
    """shop, handset or Twilio."""


@dataclass(slots=True)
class Said:
    """A reply that was given (all texts of its breath), and what came of it."""

    person: Person
    part: Part
    reply: Reply
    words: tuple[str, ...]
    at: datetime
    after_seq: int = 0
    """The number of the first text that can be an answer."""
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Player:
    """One customer in the play."""

    person: Person
    part: Part
    dice: Random
    next_act: int = 0
    waits_for_answer: bool = False
    off_script: bool = False
    """They were misunderstood: what the script has next would answer a question that nobody asked."""
    texts: list[Heard] = field(default_factory=list)
    target: str | None = None
    """Where the link that they followed led."""
    bought_at: datetime | None = None

    def last_link(self) -> str | None:
        """The newest short link that they got."""
        found = [link for text in self.texts if text.author == "shop" for link in LINK.findall(text.body)]
        return found[-1] if found else None


Look: TypeAlias = Callable[["Play", Player, Said], list[str]]


class Play:
    """The weeks of one town. `look` compares what came of a reply with what was expected."""

    def __init__(self, town: Town, players: list[Player], look: Look) -> None:
        self.town = town
        self.players = {player.person.phone: player for player in players}
        self.timeline = Timeline()
        self.said: list[Said] = []
        self.clicks = 0
        self.orders: list[tuple[Player, int]] = []
        self.http = requests.Session()
        self.http.trust_env = False
        self._look = look
        self._heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._seen = 0
        self._arrived: list[tuple[Player, Heard]] = []

    def now(self) -> datetime:
        """The domain clock."""
        with self.town.app.database.read() as session:
            return domain_now(session, self.town.app.real_now)

    def at(self, moment: datetime, act: Callable[[], None]) -> None:
        """Do it at that instant."""
        heapq.heappush(self._heap, (moment, next(self._numbers), act))

    def run(self, until: datetime, tell: Callable[[date, int, int], None]) -> None:
        """Let time pass until then. `tell` hears of each day at the shop when it is over: texts and replies so far."""
        app = self.town.app
        today = self._day(self.now())
        settle(app, self._quiet)
        while True:
            now = self.now()
            self._react(now)
            if self._heap and self._heap[0][0] <= now:
                while self._heap and self._heap[0][0] <= now:
                    heapq.heappop(self._heap)[2]()
                self._note(now)
                settle(app, self._quiet)
                continue
            if now >= until:
                return
            with app.database.read() as session:
                due = next_due(session, now)
            ahead = [until, *([due] if due else []), *([self._heap[0][0]] if self._heap else [])]
            coming = self._day(min(ahead))
            if coming != today:
                tell(today, self._seen, len(self.said))
                today = coming
            move_to(app, min(ahead), quiet=self._quiet)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(ZONE)).date()

    # --- what the town does ---------------------------------------------------------------------------------------

    def _quiet(self) -> None:
        """At each stop: wait for the status reports, and take note of what reached the handsets."""
        now = self.now()
        while True:
            new = self._get("/standin/texts", after=self._seen)["texts"]
            for text in new:
                self._seen = text["seq"]
                phone = text["from"] if text["author"] == "handset" else text["to"]
                player = self.players.get(phone)
                if player is None:
                    continue  # the audit will find it
                heard = Heard(text["seq"], now, text["body"], text["author"])
                player.texts.append(heard)
                if text["author"] != "handset":
                    self._arrived.append((player, heard))
            if not new:
                break
            while self._get("/standin/counts")["reports_pending"]:
                time.sleep(0.01)
        self._note(now)

    def _note(self, now: datetime) -> None:
        self.timeline.note(real_now(), now)

    def _get(self, path: str, **query: Any) -> Any:
        answer = self.http.get(self.town.standin + path, params=query, timeout=30)
        answer.raise_for_status()
        return answer.json()

    # --- what customers do ----------------------------------------------------------------------------------------

    def _react(self, now: datetime) -> None:
        # sorted, because texts of one instant leave in parallel and arrive in any order
        arrived = sorted(self._arrived, key=lambda each: (each[0].person.phone, each[1].seq))
        self._arrived.clear()
        for player, heard in arrived:
            kind = "answer" if player.waits_for_answer else _kind(heard.body)
            player.waits_for_answer = False
            if player.dice.random() < 0.5 and (link := next(iter(LINK.findall(heard.body)), None)):
                self.follow(link, PREVIEW)
            if player.next_act < len(player.part.acts):
                act = player.part.acts[player.next_act]
                if act.hears == kind:
                    self._do_next(player, act, now)

    def _do_next(self, player: Player, act: Act, now: datetime) -> None:
        player.next_act += 1
        dice = player.dice
        if isinstance(act, Buy):
            wait = timedelta(hours=dice.uniform(0.5, 40))
        elif dice.random() < 0.6:
            wait = timedelta(seconds=dice.randint(40, 600))
        else:
            wait = timedelta(hours=dice.uniform(0.2, 30))
        self.at(_on_the_grid(now + wait), lambda: self._do(player, act))

    def _do(self, player: Player, act: Act) -> None:
        if player.off_script:
            return
        now = self.now()
        match act:
            case Reply():
                self._reply(player, act, now)
            case Click():
                link = player.last_link()
                if link:
                    player.target = self.follow(link, PHONE)
                    self.clicks += 1
            case Buy():
                self._buy(player, now)
        rest = player.part.acts[player.next_act :]
        if rest and rest[0].hears is None and player.dice.random() < 0.67:
            self._do_next(player, rest[0], now)

    def _reply(self, player: Player, reply: Reply, now: datetime) -> None:
        words = tuple(part.strip() for part in player.dice.choice(reply.words).split(" / "))
        said = Said(player.person, player.part, reply, words, now)
        self.said.append(said)
        player.waits_for_answer = True
        said.after_seq = self._seen

        def text(body: str) -> None:
            spec = {"from": player.person.phone, "to": SHOP_NUMBER, "body": body}
            answer = self.http.post(f"{self.town.standin}/standin/handset", json=spec, timeout=30).json()
            if answer.get("status") != 200:
                said.problems.append(f"the webhook was answered {answer.get('status')}")

        text(words[0])
        for place, body in enumerate(words[1:], 1):
            self.at(now + timedelta(seconds=2 * place), lambda body=body: text(body))  # type: ignore[misc]

        def look() -> None:
            said.problems += self._look(self, player, said)
            player.off_script |= bool(said.problems)

        self.at(now + timedelta(seconds=2 * (len(words) - 1)) + LOOK_AFTER, look)

    def _buy(self, player: Player, now: datetime) -> None:
        cart = player.person.last_carts()[-1]
        last = max(player.person.orders, key=lambda order: (order.day, order.number))
        code = parse_qs(urlsplit(player.target or "").query).get("coupon", [None])[0]
        cents = round(max(last.cents, 999) * (0.85 if code else 1))
        self.order(player.person.phone, cart, cents, code, now)
        player.bought_at = now
        self.orders.append((player, cents))

    def record(self) -> list[dict[str, Any]]:
        """Everything that the stand-in noted, in its own words."""
        found: list[dict[str, Any]] = []
        while part := self._get("/standin/texts", after=len(found))["texts"]:
            found += part
        return found

    def order(self, phone: str, cart: dict[str, int], cents: int, code: str | None, now: datetime) -> None:
        """The shop reports an order with its key."""
        document = {
            "external_id": f"web-{phone[-10:]}-{now:%m%d%H%M%S}",
            "placed_at": now.isoformat(),
            "total": f"{cents / 100:.2f}",
            "currency": "USD",
            "status": "paid",
            "customer": {"phone": phone},
            "lines": [
                {"sku": sku, "product_id": sku, "name": sku, "quantity": count} for sku, count in cart.items()
            ],
            "code": code,
        }
        answer = self.http.post(
            f"{self.town.web}/api/v1/orders",
            json=document,
            headers={"Authorization": f"Bearer {self.town.api_key}"},
            timeout=30,
        )
        if answer.status_code != 201:
            raise RuntimeError(f"the order door answered {answer.status_code}: {answer.text[:300]}")

    def follow(self, link: str, agent: str) -> str | None:
        """Fetch a short link under that name; where it leads, or None when it leads nowhere."""
        answer = self.http.get(link, headers={"User-Agent": agent}, allow_redirects=False, timeout=30)
        return answer.headers.get("Location") if answer.status_code == 302 else None


def players(people: list[Person], parts: list[Part]) -> list[Player]:
    """Who plays what: people in a shuffled but fixed order take the parts one after the other."""
    order = sorted(people, key=lambda person: hashlib.sha256(f"{SEED}/{person.phone}".encode()).digest())
    return [
        Player(person, part, Random(f"{SEED}/{person.phone}"))
        for person, part in zip(order, parts, strict=True)
    ]


def _on_the_grid(moment: datetime) -> datetime:
    """The next whole ten minutes: several customers then act at once, and the clock has fewer places to stop at."""
    return moment + (-(moment - datetime.min.replace(tzinfo=moment.tzinfo)) % GRID)


def _kind(body: str) -> str:
    return next((kind for kind, pattern in _KINDS if pattern.search(body)), "other")
