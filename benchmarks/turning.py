"""A whole turn, from the signed webhook to the provider's receipt: how many a second, and how long one takes.

Owns the two loads. For the rate, customers answer as fast as they are served (so many under way at a time); for the
time, they come twenty a second whatever happens. Load generator, stand-in, web, workers, clock, PostgreSQL and Valkey
share the machine. What counts as «provider called» is the stand-in's own stamp.
"""

from __future__ import annotations

import http.client
import itertools
import json
import statistics
import time
from collections.abc import Iterator
from datetime import datetime

from benchmarks.accepting import text_from
from benchmarks.figures import Row, bounded, compared
from benchmarks.load import Client, Done
from benchmarks.people import Crowd, bring_crowd
from benchmarks.run import Run
from benchmarks.stack import Stack, stack

UNDER_WAY = 48
WORKERS = 2
WORDS = (
    "same again please",
    "yes",
    "do you have a coupon?",
    "maybe next month",
    "no thanks",
    "how long does shipping take?",
)
"""Answers to the greeting; each is met by one text. The third reserves a code, and takes two steps of the engine."""
WARM_UP = 150
"""Turns that are not counted: each process loads what it needs with its first."""
MOST = 250
"""Turns a second for which customers are brought; whoever is faster is measured until they are used up."""
GIVE_UP_SECONDS = 60


class LostError(RuntimeError):
    """Texts that were accepted and never answered: there is no figure to be had."""


def rows(run: Run) -> Iterator[Row]:
    """The rate, and the time of one."""
    seconds, calm = run.seconds(20), run.seconds(30)
    rate = 20.0
    with stack(run.postgres.fresh()) as servers:
        app = servers.app
        run.say("turns: bringing customers")
        with app.database.write() as session:
            account = app.settings.twilio.accounts[0].sid
            people = WARM_UP + int(seconds * MOST + calm * rate)
            crowd = bring_crowd(session, app.keys, account, people, app.real_now())
        servers.analyse()
        servers.start_valkey()
        servers.start("standin", "web", "clock", *["worker"] * WORKERS)
        watcher = Watcher(servers)
        watcher.no_reports()
        callers = iter(crowd.phones)
        run.say("turns: as many as go")
        turns = _rate(run, servers, crowd, callers, watcher, seconds)
        yield compared(
            "a whole turn, webhook in to provider called",
            turns,
            "/s",
            run.rasa.turns_in_words,
            turns / run.rasa.turns,
            ">=",
            3,
        )
        run.say("turns: twenty a second")
        took = _times(servers, crowd, callers, watcher, int(calm * rate), 1 / rate)
        yield bounded("text in to provider called at 20/s, p50", _part(took, 0.50) * 1000, "ms", "<", 60)
        yield bounded("text in to provider called at 20/s, p99", _part(took, 0.99) * 1000, "ms", "<", 300)


class Watcher:
    """Looks at the stand-in's record of what was created at the provider."""

    def __init__(self, servers: Stack) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", servers.ports["standin"], timeout=30)
        self._seen = 0
        self.at: dict[str, float] = {}
        """Handset -> when the provider was called for it (wall clock)."""

    def no_reports(self) -> None:
        """The row is without status reports."""
        self._ask("POST", "/standin/reports", {"on": False})

    def look(self) -> int:
        """Read what is new; gives how much."""
        found = self._ask("GET", f"/standin/texts?after={self._seen}&limit=5000")["texts"]
        for text in found:
            self.at[text["to"]] = datetime.fromisoformat(text["at"]).timestamp()
        self._seen += len(found)
        return len(found)

    def _ask(self, method: str, path: str, document: object = None) -> dict[str, list[dict[str, str]]]:
        body = None if document is None else json.dumps(document)
        try:
            text = self._say(method, path, body)
        except http.client.RemoteDisconnected:  # it lay unused for longer than a server keeps a line
            self._line.close()
            text = self._say(method, path, body)
        answer: dict[str, list[dict[str, str]]] = json.loads(text)
        return answer

    def _say(self, method: str, path: str, body: str | None) -> bytes:
        self._line.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        return self._line.getresponse().read()


class Spent:
    """What a stretch of work cost each process, for the table in docs/benchmarks.md."""

    def __init__(self, run: Run, servers: Stack) -> None:
        self._run, self._servers = run, servers
        self._before = self._now()

    def each(self, count: int) -> dict[str, float]:
        """Milliseconds of processor time for each of `count`, by process."""
        now = self._now()
        return {name: round((now[name] - before) / count * 1000, 2) for name, before in self._before.items()}

    def _now(self) -> dict[str, float]:
        return {
            **self._servers.cpu_seconds(),
            "PostgreSQL": self._run.postgres.cpu_seconds(),
            "load": time.process_time(),
        }


def _rate(
    run: Run, servers: Stack, crowd: Crowd, callers: Iterator[str], watcher: Watcher, seconds: float
) -> float:
    """Turns a second, by the stand-in's stamps, after a warm-up."""
    phones = itertools.islice(callers, WARM_UP + int(seconds * MOST))
    posts = [
        text_from(servers.url, crowd, phone, body)
        for phone, body in zip(phones, itertools.cycle(WORDS), strict=False)
    ]
    done, left, answered = Done(), iter(posts), 0
    begin, spent = 0.0, Spent(run, servers)
    with Client(servers.url, 8) as client:
        while len(done.sent) < len(posts):
            client.feed(itertools.islice(left, UNDER_WAY - (len(done.sent) - answered)), done)
            client.collect(done, 0.05)
            answered += watcher.look()
            last = max(watcher.at.values(), default=0.0)
            if not begin and answered >= WARM_UP:
                begin, spent = last, Spent(run, servers)
            if begin and last > begin + seconds:
                break
        run.turn_costs = spent.each(answered - WARM_UP)
        told = ", ".join(f"{name} {ms:.1f}" for name, ms in run.turn_costs.items())
        run.say(f"turns: CPU ms a turn: {told}, all {sum(run.turn_costs.values()):.1f}")
        _settle(client, done, watcher)
    end = min(begin + seconds, last)
    return sum(1 for phone in done.sent if begin < watcher.at[phone] <= end) / (end - begin)


def _times(
    servers: Stack, crowd: Crowd, callers: Iterator[str], watcher: Watcher, count: int, gap: float
) -> list[float]:
    """Seconds from each webhook's sending to the stand-in's stamp, sorted."""
    words = itertools.cycle(WORDS)
    posts = [
        text_from(servers.url, crowd, phone, body)
        for phone, body in zip(itertools.islice(callers, count), words, strict=False)
    ]
    with Client(servers.url, 8) as client:
        done = client.on_schedule(posts, gap)
        _settle(client, done, watcher)
    return sorted(watcher.at[phone] - at for phone, at in done.sent.items())


def _settle(client: Client, done: Done, watcher: Watcher) -> None:
    """Wait until every text that was accepted has its answer. Raises LostError."""
    for _ in range(GIVE_UP_SECONDS * 5):
        watcher.look()
        if all(phone in watcher.at for phone in done.sent):
            return
        client.collect(done, 0.2)
    missing = [phone for phone in done.sent if phone not in watcher.at]
    raise LostError(f"{len(missing)} of {len(done.sent)} texts were not answered")


def _part(sorted_values: list[float], share: float) -> float:
    """The value below which that share of them lies."""
    if len(sorted_values) < 2:
        return statistics.fmean(sorted_values)
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]
