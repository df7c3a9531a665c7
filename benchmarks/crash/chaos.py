"""What goes wrong in a round, drawn from its seed: who is killed and when, what the provider does, how reports come.

Owns the dice and their weights. Acts on the fleet, the stand-in and Valkey through the few calls below; looks at
nothing that Winback says.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import redis

from benchmarks.crash.cutting import Cuttable
from benchmarks.crash.fleet import Fleet, Way

WEIGHTS = {"web": 0.28, "worker": 0.32, "clock": 0.15, "valkey": 0.25}
"""How often each role is killed. A worker costs two seconds of processor time to come back, Valkey next to none."""
YOUNG = 0.002
"""How often, at each look, one that is still starting is killed all the same."""
PATIENCE = 4.0
"""Seconds that whoever was drawn is given to do something first; more, where starting takes long."""
WAYS: dict[Way, float] = {"child": 0.55, "group": 0.35, "parent": 0.1}
"""How the web server is killed: only its worker process, all of it, only its parent."""

FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "hang", "seconds": 2.5, "probability": 0.1},
    {"kind": "reset", "probability": 0.05},
    {"kind": "error", "status": 500, "accepted": True, "probability": 0.05},
    {"kind": "error", "status": 503, "accepted": False, "probability": 0.05},
    {"kind": "throttle", "probability": 0.1},
    {"kind": "delay", "seconds": 0.4, "probability": 0.2},
)
"""What the provider does to a call: accepts and says nothing, accepts and cuts the line, accepts and answers 500, does not
accept and answers 503, throttles, is slow. `hang` outlasts our read timeout."""


class Door:
    """The stand-in's own doors, over one connection each time."""

    def __init__(self, port: int) -> None:
        self._port = port

    def ask(self, method: str, path: str, document: object = None) -> dict[str, Any]:
        """One request. Raises OSError when the stand-in is gone, which it never is."""
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        body = None if document is None else json.dumps(document)
        line.request(method, "/standin" + path, body, {"Content-Type": "application/json"} if body else {})
        answer: dict[str, Any] = json.loads(line.getresponse().read())
        line.close()
        return answer


class Chaos:
    """One round's misfortunes. `look` does whatever has come due; the caller calls it often."""

    def __init__(
        self,
        seed: int,
        fleet: Fleet,
        door: Door,
        redis_url: str,
        kills: int,
        pace: float,
        cuttable: Sequence[Cuttable] = (),
    ) -> None:
        self._dice = random.Random(f"chaos {seed}")
        self._fleet, self._door, self._redis_url, self._cuttable = fleet, door, redis_url, cuttable
        self._left, self._pace = kills, pace
        self._roles = {
            role: [name for name in fleet.names if name.rstrip("0123456789") == role] for role in WEIGHTS
        }
        self.killed: Counter[str] = Counter()
        self.flushed = self.cuts = 0
        self._done: dict[str, int] = {}
        self._draw()
        now = time.monotonic()
        self._next_kill = now + self._dice.expovariate(1 / pace)
        self._next_weather = now
        self._next_flush = now + self._dice.uniform(1, 6)
        self._next_cut = now + self._dice.uniform(1, 3)

    @property
    def over(self) -> bool:
        """Whether all kills were made."""
        return self._left == 0

    def look(self, grown: float, done: Mapping[str, int]) -> None:
        """Do what is due. `grown`: seconds after which a process works. `done`: how much of its work each role has done
        so far, where that can be told from outside."""
        now = time.monotonic()
        self._fleet.revive()
        if now >= self._next_kill and self._left and self._kill(grown, done):
            self._left -= 1
            self._next_kill = now + self._dice.expovariate(1 / self._pace)
        if now >= self._next_weather:
            self._weather()
            self._next_weather = now + self._dice.uniform(1.5, 4)
        if now >= self._next_flush:
            self._flush()
            self._next_flush = now + self._dice.uniform(2, 8)

        if self._cuttable and now >= self._next_cut:
            self._cut(now)

    def calm(self) -> None:
        """No faults any more, and reports as they should be."""
        self._door.ask("DELETE", "/faults")
        self._door.ask("POST", "/reports", {"order": "forward", "copies": 1, "delay_seconds": 0})

    def _kill(self, grown: float, done: Mapping[str, int]) -> bool:
        """Kill whoever was drawn, or in their place somebody else who has worked: one who is killed while starting would
        never do anything. (Not Valkey in another's place: it is back at once, and would get everybody's share.)"""
        overdue = time.monotonic() > self._drawn + max(PATIENCE, 3 * grown)
        others = [role for role in WEIGHTS if role not in ("valkey", self._role)]
        for role in (self._role, *self._dice.sample(others, len(others))):
            ready = [name for name in self._roles[role] if role == "valkey" or self._fleet.age(name) > grown]
            # of the clock and Valkey nobody outside can tell whether they did anything
            worked = role not in done or done[role] > self._done.get(role, 0) or overdue
            if (ready and worked) or self._dice.random() < YOUNG:
                self._end(role, self._dice.choice(ready or self._roles[role]))
                self._done = {**self._done, role: done.get(role, 0)}
                self._draw()
                return True
        return False

    def _draw(self) -> None:
        """Who is next."""
        self._role = self._dice.choices([*WEIGHTS], [*WEIGHTS.values()])[0]
        self._drawn = time.monotonic()

    def _end(self, role: str, name: str) -> None:
        way: Way = self._dice.choices([*WAYS], [*WAYS.values()])[0] if role == "web" else "group"
        self._fleet.kill(name, way)
        self.killed[f"{role} ({way})" if role == "web" else role] += 1

    def _weather(self) -> None:
        """Other faults, and another temper of the reports."""
        dice = self._dice
        self._door.ask("DELETE", "/faults")
        for fault in dice.sample(FAULTS, dice.randint(1, len(FAULTS))):
            self._door.ask("POST", "/faults", {**fault, "seed": dice.getrandbits(30)})
        rules = {
            "order": dice.choice(("forward", "reverse", "shuffle")),
            "copies": dice.choice((1, 1, 2)),
            "delay_seconds": dice.choice((0, 0, 0.05, 0.3)),
            "seed": dice.getrandbits(30),
        }
        self._door.ask("POST", "/reports", rules)

    def _cut(self, now: float) -> None:
        """The lines of one worker to its servers, both or one of them; they come back by themselves."""
        seconds = self._dice.uniform(0.5, 4)
        which = self._dice.sample(self._cuttable, self._dice.randint(1, len(self._cuttable)))
        for line in which:
            line.cut(seconds)
        self.cuts += 1
        self._next_cut = now + seconds + self._dice.uniform(0.5, 4)

    def _flush(self) -> None:
        with contextlib.suppress(redis.RedisError, OSError):
            line = redis.Redis.from_url(self._redis_url, socket_timeout=1)
            line.flushall()
            line.close()
            self.flushed += 1
