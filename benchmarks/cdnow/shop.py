"""A live shop on a fresh home: database, doors, stand-in, imported history, coupons, the moved clock.

Owns the setting up. Everything runs in this process, the doors in threads, but each on its own loopback port and spoken
to over HTTP. The machine's clock is frozen at the start, so that domain time moves only when it is moved: two runs then
give the same result, and each text has one exact virtual instant.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from benchmarks.cdnow.source import SHOP_NUMBER
from bot.audience import starts
from bot.audience.lapsed import count_lapsed
from bot.clock import domain_now, real_now, set_offset
from bot.compose import App
from bot.demo import UNATTENDED
from bot.flows_store import current
from bot.importing.plan import make_plan
from bot.importing.run import run_import
from bot.importing.synonyms import Kind
from bot.models import Shop, ShopFact
from bot.offers.pools import add_codes, make_codes
from bot.processes.demo_mode import with_provider
from bot.schema import migrate
from bot.settings import DEMO_TOKEN, Settings
from bot.shop_setup import NewShop, make_shop
from webhooks import create_app
from webhooks.standin import create_standin

SEED = "cdnow-1998"
START = datetime(1998, 7, 1, 12, 0, tzinfo=UTC)
ZONE = "America/New_York"
SITE = "https://groove-yard.example"
CODES = 400
SECRET, TOKEN = "5e" * 32, "70" * 16
FLOW = "winback_offer"
LAPSED_DAYS = 45

FACTS = {
    "shipping": (
        "CDs leave within two days and take 3 to 5 days. Shipping is $2.99, free from three CDs.",
        "how long does shipping take\nwhat does delivery cost\nhow fast do you ship",
    ),
    "returns": (
        "If a CD isn't for you, send it back within 30 days and we refund it.",
        "what is your return policy\ncan i send a cd back\nhow do refunds work",
    ),
}


class NotFresh(RuntimeError):
    """The database has a shop already; the message says so."""


@dataclass(frozen=True, slots=True)
class Town:
    """The shop with everything around it. The two addresses are those of its doors and of the stand-in."""

    app: App
    shop_id: int
    account: str
    api_key: str
    web: str
    standin: str


@contextmanager
def open_shop(home: Path, database_url: str | None = None) -> Iterator[Town]:
    """A live shop on an empty database, its doors open as long as the block lasts. Raises NotFresh."""
    with _bare_environment(), _port() as (web, serve_web), _port() as (standin, serve_standin):
        frozen = real_now()
        app = App(_settings(home, database_url, web, standin), lambda: frozen)
        account = app.settings.twilio.accounts[0].sid
        migrate(app.database)
        with app.database.write() as session:
            if session.execute(select(Shop.id).limit(1)).first():
                raise NotFresh("there is a shop in this database already: give an empty one")
            set_offset(session, START - frozen)
            shop_id, api_key = _make(app, account)(session)
        serve_web(create_app(app))
        serve_standin(create_standin({account: TOKEN}, web))
        try:
            yield Town(app, shop_id, account, api_key, web, standin)
        finally:
            app.database.close()


def import_file(town: Town, kind: Kind, path: Path) -> tuple[int, int]:
    """Import one file as `winback import` does; gives (taken, rejected)."""
    with town.app.database.read() as session:
        now = domain_now(session, town.app.real_now)
    plan = make_plan(
        path,
        kind,
        chosen={},
        country="US",
        zone=ZONE,
        currency="USD",
        latest=now + timedelta(days=1),
    )
    rejected = path.with_name(path.name + ".rejected.csv")
    done = run_import(
        town.app.database, town.app.keys, town.shop_id, plan, now=now, rejected_path=rejected
    ).counts
    return done.created + done.updated + done.unchanged, done.rejected


def count_the_lapsed(town: Town) -> int:
    """What `winback lapsed --days 45` would say now."""
    with town.app.database.read() as session:
        now = domain_now(session, town.app.real_now)
        return count_lapsed(session, town.shop_id, days_from=LAPSED_DAYS, as_of=now)


def start_flow(town: Town, customers: int) -> starts.Plan:
    """Start the win-back for so many (the holdout not counted), all on one day; gives the plan that was shown."""
    with town.app.database.write() as session:
        now = domain_now(session, town.app.real_now)
        revision = current(session, town.shop_id, FLOW)
        assert revision is not None
        plan = starts.plan(session, revision, now, daily_limit=customers, total=customers)
        starts.start(session, revision, now, daily_limit=customers, total=customers, by="demo-cdnow")
    return plan


def _settings(home: Path, database_url: str | None, web: str, standin: str) -> Settings:
    given: dict[str, Any] = {"DATABASE_URL": database_url} if database_url else {}
    twilio = {"base_url": standin}
    made = Settings(home=home, secret_key=SECRET, public_url=web, link_url=web, twilio=twilio, **given)
    return with_provider(made)


def _make(app: App, account: str) -> Callable[[Any], tuple[int, str]]:
    def make(session: Any) -> tuple[int, str]:
        new = NewShop("Groove Yard Records", SITE, "help@groove-yard.example", SHOP_NUMBER, ZONE, account)
        made = make_shop(session, new, START)
        shop = session.get_one(Shop, made.shop_id)
        shop.state, shop.text_name = "live", "Groove Yard"
        shop.settings = {**shop.settings, **UNATTENDED}
        for key, (answer, asked_as) in FACTS.items():
            session.add(ShopFact(shop_id=shop.id, key=key, language="en", answer=answer, asked_as=asked_as))
        session.flush()
        codes = make_codes(app.keys.secret, "BACK", CODES)
        add_codes(session, shop.id, "percent-15", codes, percent=15, amount_cents=None)
        free = make_codes(app.keys.secret, "FREE", CODES)
        add_codes(session, shop.id, "free-shipping", free, free_shipping=True)
        return made.shop_id, made.api_key

    return make


@contextmanager
def _bare_environment() -> Iterator[None]:
    """The operator's own settings must not lead this into the operator's own database."""
    before = dict(os.environ)
    for name in before:
        if name.startswith("WINBACK_") or name in ("DATABASE_URL", "REDIS_URL"):
            del os.environ[name]
    os.environ[DEMO_TOKEN] = TOKEN
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, *_: Any) -> None:
        """Nothing: the progress is ours to tell."""


@contextmanager
def _port() -> Iterator[tuple[str, Callable[[Any], None]]]:
    """A loopback port: its address at once, and a function that begins to serve an application there."""
    server = make_server("127.0.0.1", 0, _not_yet, threaded=True, request_handler=_Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]
    server.block_on_close = False  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def serve(wsgi: Any) -> None:
        server.app = wsgi
        thread.start()

    try:
        yield f"http://127.0.0.1:{server.server_port}", serve
    finally:
        if thread.is_alive():
            server.shutdown()
            thread.join(5)
        server.server_close()


def _not_yet(_environ: Any, start_response: Any) -> list[bytes]:
    start_response("503 Service Unavailable", [])
    return []
