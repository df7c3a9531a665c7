"""What the inbox costs with 10,000 open conversations and 1,000,000 texts: its pages, a search, and 20 people watching.

Owns the rows, made inside PostgreSQL without its foreign-key checks, and the asking. What a page costs is the time of its
values (`bot.inbox`), which is all of it but the template; what watchers cost is the processor time of the console and the
database, asked over HTTP as their browsers ask, beside that of accepting webhooks as fast as the machine can.
"""

from __future__ import annotations

import html
import http.client
import itertools
import random
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from benchmarks.accepting import CONNECTIONS, PER_SECOND, prepared
from benchmarks.figures import Row, bounded, compared
from benchmarks.load import Client, Post
from benchmarks.people import Crowd, bring_crowd
from benchmarks.run import Run
from benchmarks.stack import Stack, stack
from bot.compose import App
from bot.inbox import Actor, listing, talk
from bot.inbox.listing import Filters
from bot.models import Conversation, Shop, Staff
from bot.staff.accounts import make
from bot.staff.members import admit
from bot.staff.sessions import begin

OPEN, TALKING, EACH = 10_000, 50_000, 20
"""Conversations with people; all of them; texts in each, half of them the customer's."""
TEXTS = TALKING * EACH
CUSTOMERS = 1_000
"""Of the crowd that writes while others watch."""
ASKED, WATCHERS, SECONDS = 200, 20, 5
BEATS = 24
"""Seconds from one word that the page is open to the next (console/static/inbox.js)."""
LOOKING = 60
"""Seconds for which they watch: each page is drawn anew when the clock makes it read otherwise."""
WANTED_MS, SHARE = 100, 0.05


def rows(run: Run) -> Iterator[Row]:
    """The pages, then the watchers."""
    url = run.postgres.fresh()
    with stack(url) as servers:
        crowd, actor = _fill(run, servers.app)
        servers.start_valkey()
        servers.start("web")
        now = servers.app.real_now()
        for name, ask in _pages(servers.app, actor, now):
            run.say(f"inbox: {name}")
            yield _timed(name, servers.app, ask)
        yield _watched(run, servers, crowd, actor)
    run.postgres.drop(url)


def _pages(app: App, actor: Actor, now: datetime) -> Iterator[tuple[str, Callable[[Session, int], object]]]:
    def page(filters: Filters) -> Callable[[Session, int], object]:
        return lambda session, _: listing.page(session, actor, filters, now, now)

    with app.database.read() as session:
        after: str | None = None
        for _ in range(OPEN // 2 // listing.PAGE):
            after = listing.page(session, actor, Filters("open", after=after), now, now).more
        ids = session.scalars(select(Conversation.id).where(Conversation.holder != "bot")).all()
    chosen = random.Random(7).choices(ids, k=ASKED)
    yield "the list", page(Filters("waiting"))
    yield "its page in the middle", page(Filters("open", after=after))
    yield "the list by reason", page(Filters("open", reason="picture"))
    yield "everything", page(Filters("all"))
    yield "a search, by name", page(Filters(search="nora q"))
    yield "a search, by the end of a number", page(Filters(search="4242"))
    yield "a search, by a word that nobody said", page(Filters(search="zeppelin"))
    yield "a search, by a word that many said", page(Filters(search="grinder"))
    yield "how many wait", lambda session, _: listing.counts(session, actor, now)
    yield "a conversation", lambda session, n: talk.read(session, actor, chosen[n], now, now)


def _timed(name: str, app: App, ask: Callable[[Session, int], object]) -> Row:
    """Milliseconds a time, each in a transaction of its own."""
    took = []
    for number in itertools.chain(range(10), range(ASKED)):  # the first ones warm up
        before = time.perf_counter()
        with app.database.read() as session:
            ask(session, number)
        took.append((time.perf_counter() - before) * 1000)
    measured = sorted(took[10:])
    p99 = measured[int(len(measured) * 0.99)]
    label = f"inbox, {OPEN:,} open, {TEXTS:,} texts: {name} (p99 {p99:.1f} ms)"
    return bounded(label, statistics.median(measured), "ms", "<", WANTED_MS)


def _watched(run: Run, servers: Stack, crowd: Crowd, actor: Actor) -> Row:
    """Processor time a second of twenty who watch list and conversation, and of webhooks at their full rate."""
    app, seconds = servers.app, run.seconds(SECONDS)
    posts = prepared(servers.url, crowd, int(seconds * PER_SECOND))
    before, began = _spent(run, servers, "web"), time.perf_counter()
    with Client(servers.url, CONNECTIONS) as client:
        rate = client.for_seconds(iter(posts), seconds).rate
    accepting = (_spent(run, servers, "web") - before) / (time.perf_counter() - began)
    servers.start("console")
    console = f"http://127.0.0.1:{servers.ports['console']}"
    run.say(f"inbox: {WATCHERS} watch for {LOOKING} s")
    browsers = _browsers(app, console, actor)
    with Client(console, CONNECTIONS) as client:
        client.on_schedule(_all_look(browsers), 1 / WATCHERS)  # who has just come, is news to the others
        for browser in browsers:
            browser.load()
        client.on_schedule(_all_look(browsers), 1 / WATCHERS)
        drawn, before, began = 0, _spent(run, servers, "console"), time.perf_counter()
        for second in range(LOOKING):
            drawn += sum(browser.drawn_anew() for browser in browsers)
            client.on_schedule(
                _looks(browsers, second), 1 / (WATCHERS * (1 + 1 / BEATS)), begin=began + second
            )
        watching = (_spent(run, servers, "console") - before) / (time.perf_counter() - began)
    run.say(f"inbox: {drawn} pages were drawn anew")
    return compared(
        f"inbox: {WATCHERS} watch, asking each second",
        watching * 1000,
        "ms of processor time a second",
        f"webhooks at {rate:.0f}/s: {accepting * 1000:.0f} ms",
        watching / accepting,
        "<",
        SHARE,
    )


def _spent(run: Run, servers: Stack, name: str) -> float:
    """Seconds of processor time so far, of one server and of the database."""
    return servers.cpu_seconds().get(name, 0.0) + run.postgres.cpu_seconds()


def _browsers(app: App, console: str, actor: Actor) -> list[_Browser]:
    """So many members of staff, each with a conversation open."""
    parts = urlsplit(console)
    with app.database.read() as session:
        slug = session.execute(select(Shop.slug).where(Shop.id == actor.shop_id)).scalar_one()
        talks = session.scalars(
            select(Conversation.id).where(Conversation.holder != "bot").limit(WATCHERS)
        ).all()
    return [_Browser(app, parts.netloc, actor.shop_id, slug, talk) for talk in talks]


def _all_look(browsers: Sequence[_Browser]) -> list[Post]:
    """That each has the page open, and whether anything changed."""
    return [ask for browser in browsers for ask in (browser.watch(), browser.look())]


def _looks(browsers: Sequence[_Browser], second: int) -> list[Post]:
    """What they ask in a second: whether anything changed, and now and then that the page is still open."""
    found = []
    for number, browser in enumerate(browsers):
        found.append(browser.look())
        if (second + number) % BEATS == 0:
            found.append(browser.watch())
    return found


class _Browser:
    """One member of staff, signed in, with a conversation open and nothing to draw."""

    def __init__(self, app: App, host: str, shop_id: int, slug: str, talk: int) -> None:
        self._host, self._path = host, f"/shops/{slug}/inbox/{talk}"
        now = app.real_now()
        with app.database.write() as session:
            account = make(session, f"w{talk}@shop.example", f"Watcher {talk}", now)
            admit(session, shop_id, account, "agent", now)
            self._cookie = f"winback_session={begin(session, account, 'done', now)}"
        self.load()

    def load(self) -> None:
        """Load the page, and keep what it says that it shows."""
        page = self._get(self._path)
        self._token = _hidden(page, "form_token")
        self._know(page)

    def look(self) -> Post:
        """Has anything changed?"""
        return self._post(f"GET {self._live} HTTP/1.1", b"")

    def drawn_anew(self) -> bool:
        """Whether the page is past its moment; if so, it asks, and keeps what it is told."""
        if time.time() < self._until:
            return False
        self._know(self._get(self._live))
        return True

    def watch(self) -> Post:
        """The page is open still."""
        body = urlencode({"form_token": self._token, "typing": "0", "seen": ""}).encode()
        return self._post(f"POST {self._path}/watch HTTP/1.1", body)

    def _know(self, page: str) -> None:
        marks = {name: _hidden(page, name) for name in ("list_mark", "talk_mark", "until", "has")}
        self._until = float(marks["until"])
        self._live = f"{self._path}/live?{urlencode(marks)}"

    def _get(self, path: str) -> str:
        with closing(http.client.HTTPConnection(self._host, timeout=30)) as line:
            line.request("GET", path, headers={"Cookie": self._cookie})
            answer = line.getresponse()
            for given in answer.msg.get_all("Set-Cookie") or ():
                self._cookie += f"; {given.partition(';')[0]}"
            return answer.read().decode()

    def _post(self, first: str, body: bytes) -> Post:
        lines = [first, f"Host: {self._host}", f"Cookie: {self._cookie}"]
        if body:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        return Post(("\r\n".join(lines) + "\r\n\r\n").encode() + body, self._path)


def _hidden(page: str, name: str) -> str:
    """What a field of the page holds that nobody sees."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    if found is None:
        raise LookupError(f"the page has no field {name}")
    return html.unescape(found.group(1))


def _fill(run: Run, app: App) -> tuple[Crowd, Actor]:
    run.say(f"inbox: {TALKING:,} conversations say {TEXTS:,} texts")
    with app.database.write() as session:
        account = app.settings.twilio.accounts[0].sid
        now = app.real_now()
        crowd = bring_crowd(session, app.keys, account, CUSTOMERS, now)
        member = Staff(
            shop_id=crowd.shop_id,
            name="Tom",
            email="tom@shop.example",
            active=True,
            created_at=now,
            joined_at=now,
        )
        session.add(member)
        session.flush()
        actor = Actor(crowd.shop_id, member.id, "Tom", "agent")
    values = {
        "shop": crowd.shop_id,
        "staff": actor.staff_id,
        "open": OPEN,
        "all": TALKING,
        "each": EACH // 2,
        "account": account,
    }
    with app.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text("SET synchronous_commit = off"))
        connection.execute(text("SET work_mem = '256MB'"))
        connection.execute(text("SET maintenance_work_mem = '256MB'"))
        # an index made at the end costs a fraction of one that is kept up with each row
        indexes = connection.execute(text(_INDEXES)).all()
        for each in indexes:
            connection.execute(text(f"DROP INDEX {each.indexname}"))
        for statement in _TALK:
            connection.execute(text(statement), values)
        for each in indexes:
            connection.execute(text(each.indexdef))
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("RESET work_mem"))
        connection.execute(text("RESET maintenance_work_mem"))
        connection.execute(text("RESET session_replication_role"))
        connection.execute(text("RESET synchronous_commit"))
    return crowd, actor


_INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes i
    WHERE schemaname = 'public' AND tablename IN ('customers', 'conversations', 'inbound', 'outbound', 'receipts')
        AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)
"""
_TALK = (
    """
    INSERT INTO customers (shop_id, phone, phone_key, first_name, last_name, country, number_state, attributes,
        orders_count, spent_cents, created_at)
    SELECT :shop, '+998' || lpad(n::text, 10, '0'), md5(n::text),
        (ARRAY['Nora', 'Theo', 'Priya', 'Marcus', 'Hana', 'Owen', 'Grace', 'Emil'])[1 + n % 8],
        (ARRAY['Quinn', 'Reyes', 'Shah', 'Tan', 'Ueda', 'Vance', 'West'])[1 + n % 7] || n % 97,
        'US', 'ok', '{}', 1, 3100, now()
    FROM generate_series(1, :all) n
    """,
    """
    INSERT INTO conversations (shop_id, customer_id, fence, version, created_at, holder, staff_id, holder_reason,
        held_since, owed_since, open_matter, language)
    SELECT c.shop_id, c.id, 1, 5, now() - interval '90 days', h.holder,
        CASE WHEN h.holder = 'staff' THEN CAST(:staff AS bigint) END,
        CASE WHEN h.holder = 'nobody'
            THEN (ARRAY['asked for a person', 'not understood twice', 'sent a picture', 'was not happy with it'])[1 + n % 4]
        END,
        CASE WHEN h.holder <> 'bot' THEN now() - n * interval '31 seconds' END,
        CASE WHEN h.holder = 'nobody' THEN now() - n * interval '31 seconds' END,
        CASE WHEN h.holder = 'nobody' AND n % 4 = 3 THEN 'complaint' END,
        (ARRAY['en', 'en', 'es'])[1 + n % 3]
    FROM (SELECT *, row_number() OVER (ORDER BY md5(id::text)) AS n FROM customers WHERE phone LIKE '+998%') c,
        LATERAL (SELECT CASE WHEN n > :open THEN 'bot' WHEN n % 3 = 0 THEN 'staff' ELSE 'nobody' END AS holder) h
    """,
    """
    INSERT INTO inbound (shop_id, conversation_id, account, provider_id, sender_number, kind, body, media, received_at,
        provider_answers, settle_at, turned_at, reading)
    SELECT t.shop_id, t.id, :account, 'SM' || t.id || '-' || n, '+12675550100', 'text',
        (ARRAY['same again please', 'yes', 'any discount going?', 'maybe next month, we still have some',
            'where is my order? it was to be here on Tuesday', 'do you have it for a French press?',
            'my grinder makes a strange noise since yesterday'])[1 + (t.id * 7 + n * 3) % 7] || ' ' || t.id % 1000,
        '[]', now() - (:each - n) * interval '1 day', false, now(), now(),
        '{"intent": "question", "confidence": 0.81, "understood": true, "ranking": [["question", 0.81], ["later", 0.1]],
          "also": null, "mood": "neutral", "language": "en", "slots": {}, "why": ["asks"], "model": "embedded",
          "opt_out": "none"}'
    FROM generate_series(1, :each) n, conversations t WHERE t.version = 5 AND t.shop_id = :shop
    ORDER BY n, md5(t.id::text)
    """,
    """
    INSERT INTO outbound (shop_id, public_id, conversation_id, key, ordinal, author, body, language, encoding, parts, kind,
        status, fence, due_at, attempts, attempted_at, provider_id, provider_status, created_at)
    SELECT t.shop_id, md5(t.id || '-' || n), t.id, 'b:' || t.id || ':' || n, 0,
        CASE WHEN n % 5 = 0 THEN 'staff' ELSE 'bot' END,
        'Here is your cart, 2 x Morning Blend, $31 with delivery: https://t.example/' || t.id, 'en', 'GSM-7', 1, 'answer',
        'sent', 1, at, 1, at, 'SM' || t.id || 'o' || n, 'delivered', at
    FROM generate_series(1, :each) n, conversations t,
        LATERAL (SELECT now() - (:each - n) * interval '1 day' + interval '1 minute' AS at) a
    WHERE t.version = 5 AND t.shop_id = :shop
    ORDER BY n, md5(t.id::text)
    """,
    """
    INSERT INTO receipts (shop_id, outbound_id, at, decision, kind, rules, facts, data_version)
    SELECT o.shop_id, o.id, o.created_at, 'allow', 'answer', r.rules, '{}', '1'
    FROM outbound o, (
        SELECT jsonb_agg(jsonb_build_object('id', 'rule_' || n, 'verdict', 'allow', 'why', 'nothing speaks against it'))
        AS rules FROM generate_series(1, 12) n
    ) r, conversations t
    WHERE t.id = o.conversation_id AND t.holder <> 'bot' AND o.shop_id = :shop
    """,
    """
    UPDATE conversations t SET last_inbound_id = i.id, last_inbound_at = i.received_at, last_outbound_at = i.received_at
    FROM (SELECT conversation_id, max(id) AS id, max(received_at) AS received_at FROM inbound GROUP BY 1) i
    WHERE i.conversation_id = t.id AND t.shop_id = :shop
    """,
)
"""In the order of their days, so that neighbours in time are neighbours on disk, and a conversation's texts are not."""
