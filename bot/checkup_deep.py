"""`winback doctor --deep`: the round trips. Does what the processes do, once, and says how long it took.

Owns the questions, each with a bound on what it costs. Leaves nothing behind: what it writes is rolled back, and the
bell that it rings makes a worker look once. A question that fails in a way of its own is a finding, not a traceback.
"""

from __future__ import annotations

import os
import secrets
import shutil
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
from sqlalchemy import func, select, text

from bot.backups.take import LAST
from bot.checkup import Check
from bot.checkup_privacy import checkpoints
from bot.clock import domain_now
from bot.compliance.chain import verify_chain
from bot.compose import App
from bot.jobs.ringing import RqBell
from bot.metrics import look
from bot.models import Instance, LedgerEntry, Sender, Shop
from bot.processes.demo_mode import reaches_nobody
from bot.sending.outcomes import ListingError

SLOW_SECONDS = 0.25
"""A round trip to the database that takes longer makes every webhook wait."""
SLOW_DISK_SECONDS = 0.05
"""On SQLite each text received waits for one of these."""
LATE_SECONDS = 60.0
SKEW_SECONDS = 2.0
WORKER_SECONDS = 5.0
"""A worker that is busy finishes its pass first (bot.jobs.worker.DRAIN_SECONDS)."""
LITTLE_SPACE = 1 << 30
CHAINS = 100
"""Ledger chains that are verified: half the newest, half spread over all the others, other ones on other days."""
OLD_BACKUP = timedelta(days=2)


class _RollBack(Exception):
    """Ends the probe's transaction without a trace."""


def examine_deep(app: App) -> list[Check]:
    """All round trips. Asks the database, Redis, the provider and the public address; takes seconds."""
    asks: list[tuple[str, Callable[[App], Check]]] = [
        ("write", _write),
        ("clock skew", _skew),
        ("disk", _disk),
        ("space", _space),
        ("bell", _bell),
        ("provider", _provider),
        ("public address answers", _public),
        ("work", _work),
        ("unknown ends", _unknown),
        ("ledger", _ledger),
        ("checkpoints", lambda app: Check(*checkpoints(app))),
        ("backup", _backup),
    ]
    return [_apart(name, ask, app) for name, ask in asks]


def _apart(name: str, ask: Callable[[App], Check], app: App) -> Check:
    try:
        return ask(app)
    except (
        Exception
    ) as error:  # the edge of the command: whatever it is, the other questions are asked as well
        return Check(
            name,
            False,
            f"could not be asked ({type(error).__name__})",
            "mend what the checks above say first",
        )


def _write(app: App) -> Check:
    """A row written, read and rolled back."""
    name = f"doctor:{secrets.token_hex(8)}"
    begun = time.monotonic()
    found = False
    try:
        with app.database.write() as session:
            session.add(Instance(name=name, value={}))
            session.flush()
            found = session.scalar(select(Instance.name).where(Instance.name == name)) == name
            raise _RollBack
    except _RollBack:
        pass
    took = time.monotonic() - begun
    with app.database.read() as session:
        left = session.get(Instance, name) is not None
    good = found and not left and took < SLOW_SECONDS
    remedy = "" if good else "look for a long transaction or a slow disk; put the database nearer"
    return Check("write", good, f"a row written, read and rolled back in {took * 1000:.0f} ms", remedy)


def _skew(app: App) -> Check:
    if app.database.is_sqlite:
        return Check("clock skew", True, "the database has this machine's clock")
    with app.database.read() as session:
        before = app.real_now()
        theirs: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        middle = before + (app.real_now() - before) / 2
    skew = abs((theirs.astimezone(UTC) - middle).total_seconds())
    good = skew < SKEW_SECONDS
    remedy = "" if good else "let both machines keep time by NTP: leases and signatures depend on it"
    return Check("clock skew", good, f"{skew:.2f} s between the database and this machine", remedy)


def _disk(app: App) -> Check:
    """What a commit waits for, where the home folder is."""
    took = statistics.median(_fsync_seconds(app.settings.home) for _ in range(5))
    good = took < SLOW_DISK_SECONDS or not app.database.is_sqlite
    remedy = "" if good else "move the home folder to a faster disk, or use PostgreSQL"
    return Check("disk", good, f"fsync in the home folder takes {took * 1000:.1f} ms", remedy)


def _fsync_seconds(home: Path) -> float:
    path = home / f".doctor-{secrets.token_hex(8)}"
    try:
        with path.open("wb") as file:
            file.write(b"\0" * 4096)
            file.flush()
            begun = time.monotonic()
            os.fsync(file.fileno())
            return time.monotonic() - begun
    finally:
        path.unlink(missing_ok=True)


def _space(app: App) -> Check:
    free = shutil.disk_usage(app.settings.home).free
    good = free > LITTLE_SPACE
    return Check(
        "space",
        good,
        f"{free / 1e9:.1f} GB free for the home folder",
        "" if good else "make room: a full disk refuses texts",
    )


def _bell(app: App) -> Check:
    """Rung as a webhook rings it; a worker deletes the key when it begins to look."""
    bell = app.bell
    if not isinstance(bell, RqBell):
        return Check("bell", True, "not used here")
    begun = time.monotonic()
    if not bell.strike("turns"):
        return Check(
            "bell", False, "Redis does not answer", "start it; until then texts are answered a second later"
        )
    while bell.unheard("turns"):
        if time.monotonic() - begun > WORKER_SECONDS:
            return Check(
                "bell", False, "rung, and no worker came", "start one: `winback worker`, or `winback up`"
            )
        time.sleep(0.005)
    return Check("bell", True, f"a worker came {(time.monotonic() - begun) * 1000:.0f} ms after it was rung")


def _provider(app: App) -> Check:
    """A listing for a number of our own, of each account: the token is right and the way is open."""
    with app.database.read() as session:
        today = app.real_now().date().isoformat()
        numbers = session.execute(
            select(Sender.account, func.min(Sender.number)).group_by(Sender.account)
        ).all()
    mine = [account.sid for account in app.settings.twilio.accounts]
    who = "the stand-in" if reaches_nobody(app.settings) else "Twilio"
    asked = [(account, number) for account, number in numbers if account in mine]
    if not asked:
        return Check(
            "provider",
            False,
            "no number of ours belongs to an account in config.yml",
            "run `winback twilio connect`",
        )
    begun = time.monotonic()
    for account, number in asked:
        try:
            app.provider.list_sent(account, number, today)
        except ListingError as error:
            remedy = (
                "run `winback up`, or `winback standin`"
                if reaches_nobody(app.settings)
                else "check the account's token and the network"
            )
            return Check(
                "provider", False, f"{who} could not be asked for account {account[:6]}... ({error})", remedy
            )
    return Check(
        "provider",
        True,
        f"{who} answered for {len(asked)} account(s) in {(time.monotonic() - begun) * 1000:.0f} ms",
    )


def _public(app: App) -> Check:
    name, address = "public address answers", app.settings.public_url.rstrip("/")
    remedy = "let that address lead to `winback web` (proxy, name, certificate); from inside it may be blocked: try a phone"
    try:
        answer = requests.get(f"{address}/health/live", timeout=5, allow_redirects=False)
        good = answer.status_code == 200 and answer.json() == {"live": True}
    except (requests.RequestException, ValueError) as error:
        return Check(
            name, False, f"{address} could not be reached from here ({type(error).__name__})", remedy
        )
    why = "it is `winback web`" if good else f"something else answers there ({answer.status_code})"
    return Check(name, good, f"{address}: {why}", "" if good else remedy)


def _work(app: App) -> Check:
    """Nothing that is due is old."""
    with app.database.read() as session:
        figures = look(session, app.real_now)
    age = figures.oldest_undone
    good = age < LATE_SECONDS
    lags = figures.lags
    detail = f"turns {lags.turns:.0f} s, texts {lags.sends:.0f} s, claims {lags.claims:.0f} s, unread {figures.unread.seconds:.0f} s"
    remedy = (
        ""
        if good
        else "is a worker running, and the clock? The log says «a turn failed» or «a claim failed» where one is stuck"
    )
    return Check("work", good, f"the oldest undone row is {age:.0f} s late ({detail})", remedy)


def _unknown(app: App) -> Check:
    with app.database.read() as session:
        figures = look(session, app.real_now).unknown
    if not figures.count:
        return Check("unknown ends", True, "none")
    hours = figures.seconds / 3600
    why = f"{figures.count} texts of which nobody knows whether they left, the oldest for {hours:.1f} h"
    return Check(
        "unknown ends",
        False,
        why,
        "see «unknown» in docs/how-to/operate.md: look at the provider, then decide",
    )


def _ledger(app: App) -> Check:
    """A sample of chains, walked link by link."""
    with app.database.read() as session:
        day = domain_now(session, app.real_now).toordinal()
        newest = session.execute(
            select(LedgerEntry.shop_id, LedgerEntry.phone_key)
            .order_by(LedgerEntry.id.desc())
            .limit(CHAINS // 2)
        ).all()
        last: int = session.execute(select(func.max(LedgerEntry.id))).scalar_one_or_none() or 0
        step = max(last // (CHAINS - CHAINS // 2), 1)
        spread = [
            session.execute(
                select(LedgerEntry.shop_id, LedgerEntry.phone_key)
                .where(LedgerEntry.id >= start)
                .order_by(LedgerEntry.id)
                .limit(1)
            ).one()
            for start in range(1 + day % step, last + 1, step)
        ]
        chains = {(row.shop_id, row.phone_key) for row in [*newest, *spread]}
        faults = [fault for shop_id, key in sorted(chains) for fault in verify_chain(session, shop_id, key)]
        shops = {row.id: row.slug for row in session.execute(select(Shop.id, Shop.slug))}
    if not faults:
        return Check("ledger", True, f"{len(chains)} chains verified")
    first = faults[0]
    where = ", ".join(sorted({shops.get(shop_id, "?") for shop_id, key in chains if key == first.phone_key}))
    why = f"{len(faults)} faults, e.g. link {first.seq} of {first.phone_key[:8]}... at {where}: {first.what}"
    return Check(
        "ledger",
        False,
        why,
        "somebody changed the proof of consent: compare with a backup before anything is sent",
    )


def _backup(app: App) -> Check:
    with app.database.read() as session:
        known = session.get(Instance, LAST)
        live = session.scalar(select(Shop.id).where(Shop.state == "live", Shop.demo.is_(False)).limit(1))
    if known is None:
        good, why = live is None, "none was made with `winback backup`"
    else:
        age = app.real_now() - datetime.fromisoformat(known.value["at"])
        good, why = (
            age < OLD_BACKUP or live is None,
            f"the last one is {age.total_seconds() / 3600:.0f} h old",
        )
    return Check(
        "backup",
        good,
        why,
        "" if good else "run `winback backup FILE` every night; see docs/how-to/backup.md",
    )
