"""One round: an installation of its own, a storm, quiet, and the verdict.

Owns the order of things and their deadlines. Domain time runs many times faster than real time, in small steps, so
that silences end while processes die.
"""

from __future__ import annotations

import contextlib
import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import redis
from sqlalchemy import text, update

from benchmarks.crash.chaos import Chaos, Door
from benchmarks.crash.cutting import Cuttable
from benchmarks.crash.driver import Driver, wait
from benchmarks.crash.fleet import Fleet
from benchmarks.crash.judge import Verdict, judge
from benchmarks.crash.quiet import looked_for, still_to_do
from benchmarks.crash.servers import Witness
from benchmarks.crash.shop import Place, open_shop
from benchmarks.stack import Stack, free_ports, stack, wait_for
from bot.clock import offset, set_offset
from bot.models import Errand, FlowStart
from bot.processes import valkey

WORKERS = {"sqlite": ("worker1", "worker2"), "postgres": ("worker1", "worker2", "worker3")}
"""While one comes back, another works."""
TIMES = 12.0
"""Domain seconds in a real one during the storm."""
STEP = 0.4
"""Real seconds between two moves of the domain clock."""
WAVE_EVERY = 3.0
"""Real seconds between two batches of the win-back."""
TEXTS_A_SECOND = 6.0
LEASE, READ_TIMEOUT = 4, 1
"""Seconds; 90 and 10 in production."""
CALM_SECONDS = 120.0
"""How long quiet may take to come. What is not done by then is judged as it stands."""
SETTLING_MINUTES = 12
"""A listing settles an unknown text ten minutes after its attempt."""
LISTING = timedelta(seconds=3)
"""How long the provider's listings may take on this machine."""


SETTINGS = {
    "WINBACK_SETTLE_SECONDS": "2",
    "WINBACK_LEASE_SECONDS": str(LEASE),
    "WINBACK_TWILIO__TIMEOUT_SECONDS": str(READ_TIMEOUT),
    "WINBACK_WEB__WORKERS": "2",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be played."""

    seed: int
    database: str
    kills: int
    pace: float
    """Seconds between kills, in the mean."""
    cut: bool = False
    """Everything meets over TCP, and the first worker's lines are cut now and then."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of it. `notes`: figures beside the verdict."""

    plan: Plan
    verdict: Verdict
    notes: dict[str, Any]


def play(plan: Plan, server: Witness | None, say: Callable[[str], None]) -> Played:
    """Play one round: on SQLite, or on a fresh database of `server`. Cutting needs a server."""
    url = server.fresh() if server and plan.database == "postgres" else None
    with contextlib.ExitStack() as held:
        settings = dict(SETTINGS)
        lines: dict[str, Cuttable] = {}
        port = free_ports(1)[0]
        if server and url:
            held.callback(server.drop, url)
            if plan.cut:
                lines = {"DATABASE_URL": Cuttable(server.port), "REDIS_URL": Cuttable(port)}
                for line in lines.values():
                    held.callback(line.close)
                settings |= {"DATABASE_URL": server.over_tcp(url), "REDIS_URL": f"redis://127.0.0.1:{port}"}
        servers = held.enter_context(stack(url, **settings))
        with servers.app.database.write() as session:
            account = servers.app.settings.twilio.accounts[0].sid
            customers = min(250, 40 + plan.kills * 4)
            place = open_shop(session, servers.app.keys, account, customers, servers.app.real_now())
        servers.start("standin")
        log = held.enter_context((servers.folder / "fleet.log").open("w"))
        fleet = Fleet(servers.environment, log)
        held.callback(fleet.end)
        if plan.cut:
            fleet.start_foreign("valkey", valkey_on(servers, port))
        else:
            fleet.start_foreign("valkey", valkey.prepare(servers.home))
        environment = {}
        if server and url and lines:
            environment = {
                "DATABASE_URL": server.over_tcp(url, lines["DATABASE_URL"].port),
                "REDIS_URL": f"redis://127.0.0.1:{lines['REDIS_URL'].port}",
            }
        return _Round(plan, servers, fleet, place, [*lines.values()], environment, say).run()


def valkey_on(servers: Stack, port: int) -> list[str]:
    """The embedded server's command line, for a port of the loopback instead of a socket."""
    command = valkey.prepare(servers.home)
    at = command.index("--unixsocket")
    return [*command[:at], *command[at + 4 :], "--port", str(port), "--bind", "127.0.0.1"]


class _Round:
    def __init__(
        self,
        plan: Plan,
        servers: Stack,
        fleet: Fleet,
        place: Place,
        lines: list[Cuttable],
        cut_off: dict[str, str],
        say: Callable[[str], None],
    ) -> None:
        self.plan, self.servers, self.fleet, self.place, self.say = plan, servers, fleet, place, say
        self.lines, self.cut_off = lines, cut_off
        """What is cut, and the environment of the worker that reaches its servers through it."""
        self.door = Door(servers.ports["standin"])
        self.driver = Driver(servers.url, place, plan.seed, TEXTS_A_SECOND)
        self.unknown: dict[str, str] = {}
        """Public id -> why, of each row that was seen unknown."""
        self._moved = time.monotonic()
        self._seen = 0

    def run(self) -> Played:
        began = time.monotonic()
        grown = self._start()
        plan = self.plan
        chaos = Chaos(plan.seed, self.fleet, self.door, self._redis_url, plan.kills, plan.pace, self.lines)
        self.driver.start()
        stormed, wave = time.monotonic(), time.monotonic()
        while not chaos.over:
            chaos.look(grown, {"worker": self._seen, "web": self.driver.accepted})
            self._step(TIMES)
            self._see_arrivals()
            if time.monotonic() - wave > WAVE_EVERY:
                wave = time.monotonic()
                self._enrol(more=True)
            wait(0.03)
        storm = time.monotonic() - stormed
        left_meanwhile = self.door.ask("GET", "/counts")["created"]
        chaos.calm()
        self.driver.stop()
        self._enrol(more=False)
        calmed = time.monotonic()
        left = self._calm()
        self.driver.give_up()
        verdict = judge(
            self.servers.app.database,
            self.place,
            self.driver.texts,
            self.door.ask("GET", "/texts?limit=1000000")["texts"],
            self.unknown,
            self.plan.kills,
        )
        notes = {
            "killed": dict(sorted(chaos.killed.items())),
            "flushed": chaos.flushed,
            **({"cuts": chaos.cuts} if self.plan.cut else {}),
            "texts_in_the_storm": left_meanwhile,
            "posts": dict(self.driver.answers.most_common()),
            "reports_that_met_nobody": self.door.ask("GET", "/counts")["failed_posts"],
            "storm_seconds": round(storm, 1),
            "calm_seconds": round(time.monotonic() - calmed, 1),
            "seconds": round(time.monotonic() - began, 1),
            "left": left,
        }
        return Played(self.plan, verdict, notes)

    def _start(self) -> float:
        """Everything up; gives after how many seconds a process works: half of what all of them needed at once."""
        begin = time.monotonic()
        line = redis.Redis.from_url(self._redis_url)
        wait_for(lambda: _answers(line), "valkey", self._log)
        workers = WORKERS[self.plan.database]
        for name in ("web", "clock", *workers):
            theirs = self.cut_off if name == "worker1" else {}
            self.fleet.start(name, name.rstrip("0123456789"), **theirs)
        wait_for(lambda: _serves(self.servers.ports["web"]), "web", self._log)
        wait_for(lambda: line.scard("rq:workers") == len(workers), "worker", self._log)
        line.close()
        return (time.monotonic() - begin) / 2

    def _step(self, times: float) -> None:
        """Let domain time run, and look who is unknown."""
        now = time.monotonic()
        if now - self._moved < STEP:
            return
        passed, self._moved = now - self._moved, now
        with self.servers.app.database.write() as session:
            set_offset(session, offset(session) + timedelta(seconds=passed * (times - 1)))
            for row in session.execute(_UNKNOWN):
                self.unknown[row.public_id] = row.why

    def _see_arrivals(self) -> None:
        """Whoever got a text may answer it."""
        if self._seen and time.monotonic() - self._moved > 0.1:
            return  # once a step is enough
        found = self.door.ask("GET", f"/texts?after={self._seen}&limit=1000")["texts"]
        self._seen += len(found)
        known = {*self.driver.greeted, *self.place.strangers}
        self.driver.greeted += [text["to"] for text in found if text["to"] not in known]

    def _enrol(self, *, more: bool) -> None:
        """The next batch at once, as if a day had passed; or none any more."""
        with self.servers.app.database.write() as session:
            started = session.get_one(FlowStart, self.place.start_id)
            due = started.started_at if more else None
            session.execute(update(FlowStart).where(FlowStart.id == started.id).values(next_batch_at=due))

    def _calm(self) -> str:
        """Wait until nothing is left to do, in domain time that runs on; gives what is left when patience ends."""
        deadline = time.monotonic() + CALM_SECONDS
        asked: datetime | None = None
        left = "everything"
        while time.monotonic() < deadline:
            self.fleet.revive()
            left = self._left()
            self._step(1 if asked else TIMES * 5 if left.endswith("waits") else TIMES)
            if not left and asked is None:
                asked = self._ask_for_unknown()
            elif not left and asked and self._looked(asked):
                return ""
            wait(0.1)
        return left or "unknown texts that nobody asked the provider for"

    def _ask_for_unknown(self) -> datetime:
        """Twelve minutes later the provider is asked for what is unknown; its next round begins now."""
        real = self.servers.app.real_now()
        with self.servers.app.database.write() as session:
            set_offset(session, offset(session) + timedelta(minutes=SETTLING_MINUTES))
            session.execute(update(Errand).where(Errand.name == "unknown").values(next_at=real))
        return real

    def _looked(self, since: datetime) -> bool:
        with self.servers.app.database.read() as session:
            return looked_for(session, since) and self.servers.app.real_now() > since + LISTING

    def _left(self) -> str:
        if self.driver.busy:
            return f"{self.driver.open} texts not accepted"
        with self.servers.app.database.read() as session:
            left = still_to_do(session, self.servers.app.real_now)
        if left:
            return left
        pending = int(self.door.ask("GET", "/counts")["reports_pending"])
        return f"{pending} status reports" if pending else ""

    @property
    def _redis_url(self) -> str:
        return self.servers.environment["REDIS_URL"]

    def _log(self) -> str:
        return "\n".join((self.servers.folder / "fleet.log").read_text("utf-8").splitlines()[-20:])


def _serves(port: int) -> bool:
    """Whether a request is answered: the port is open long before anybody serves it."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/health/live")
        return line.getresponse().status == 200
    except OSError:
        return False
    finally:
        line.close()


def _answers(line: redis.Redis) -> bool:
    try:
        return bool(line.ping())
    except redis.RedisError:
        return False


_UNKNOWN = text("SELECT public_id, why FROM outbound WHERE status = 'unknown'")
