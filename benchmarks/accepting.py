"""How fast a webhook is accepted: Winback's door against the smallest view that could stand there.

Owns the rounds: first the one server, then the other, again and again on the same prepared requests, so that a machine
whose speed drifts is as slow for both. The figure is the median of the rounds' ratios.
"""

from __future__ import annotations

import itertools
import statistics
import sys
from collections.abc import Iterator
from uuid import uuid4

from benchmarks import smallest
from benchmarks.figures import Row, compared
from benchmarks.load import Client, Post, signed_post
from benchmarks.people import Crowd, bring_crowd
from benchmarks.run import Run
from benchmarks.stack import TOKEN, Stack, stack
from webhooks.standin.forms import inbound_form
from webhooks.standin.state import Text

CONNECTIONS = 8
CUSTOMERS = 2000
ROUNDS = 5
PER_SECOND = 1500
"""Requests prepared for each second of a round; a server that answers more is measured by how soon they are gone."""
WORDS = (
    "same again please",
    "yes",
    "any discount going?",
    "maybe next month",
    "how long does shipping take?",
)


def rows(run: Run) -> Iterator[Row]:
    """PostgreSQL, then SQLite."""
    yield _row(run, "PostgreSQL", run.postgres.fresh())
    yield _row(run, "SQLite", None)


def _row(run: Run, name: str, database_url: str | None) -> Row:
    with stack(database_url) as servers:
        app = servers.app
        with app.database.write() as session:
            account = app.settings.twilio.accounts[0].sid
            crowd = bring_crowd(session, app.keys, account, CUSTOMERS, app.real_now())
        servers.analyse()
        servers.start_valkey()
        servers.start("web")
        other = _start_smallest(servers)
        seconds = run.seconds(4)
        ours: list[float] = []
        theirs: list[float] = []
        for number in range(ROUNDS + 1):
            run.say(f"accepting, {name}: round {number or 'to warm up'}")
            posts = prepared(servers.url, crowd, int(seconds * PER_SECOND))
            for address, rates in ((servers.url, ours), (other, theirs)):
                with Client(address, CONNECTIONS) as client:
                    done = client.for_seconds(iter(posts), seconds)
                if number:
                    rates.append(done.rate)
    ratio = statistics.median(mine / its for mine, its in zip(ours, theirs, strict=True))
    against = f"the smallest signed Flask view: {statistics.median(theirs):.0f}/s"
    return compared(f"accepting a webhook, {name}", statistics.median(ours), "/s", against, ratio, ">=", 0.8)


def _start_smallest(servers: Stack) -> str:
    url = servers.app.settings.database
    smallest.make_table(url)
    port = servers.spare_port()
    command = (sys.executable, "-m", "benchmarks.smallest", str(port), url, servers.url, TOKEN)
    servers.start_foreign("smallest", port, *command)
    return f"http://127.0.0.1:{port}"


def prepared(url: str, crowd: Crowd, count: int) -> list[Post]:
    """Signed webhooks, each with an id of its own, from one customer after another."""
    words = itertools.cycle(WORDS)
    callers = itertools.cycle(crowd.phones)
    return [
        text_from(url, crowd, phone, body)
        for phone, body, _ in zip(callers, words, range(count), strict=False)
    ]


def text_from(url: str, crowd: Crowd, phone: str, body: str) -> Post:
    """One customer's text, as Twilio posts it (its form and field names are the stand-in's)."""
    sid = f"SM{uuid4().hex}"
    text = Text(0, sid, crowd.account, "handset", phone, crowd.number, body, None, "received")  # type: ignore[arg-type]
    return signed_post(url + smallest.PATH, TOKEN, inbound_form(text, None), phone)
