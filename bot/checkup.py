"""Is this installation fit to work? One list of checks, each with a reason and a remedy.

Owns the questions. Looks only: mends nothing, raises nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.backups.afterwards import RESTORED
from bot.checkup_privacy import kept_too_long
from bot.checkup_sending import held_back
from bot.checkup_staff import owners
from bot.clock import offset
from bot.compose import App
from bot.jobs.ringing import rq_bell
from bot.models import Flow, Instance, Sender, Shop
from bot.processes import valkey
from bot.processes.demo_mode import is_demo, reaches_nobody
from bot.processes.home import held
from bot.processes.identity import NAME as KEY_NAME
from bot.readers import trouble_reading
from bot.schema import WrongSchema, check
from bot.storing import trouble_storing


@dataclass(frozen=True, slots=True)
class Check:
    """One answer. `remedy` is empty when all is well."""

    name: str
    ok: bool
    why: str
    remedy: str = ""


def examine(app: App) -> list[Check]:
    """All checks, in the order in which they are worth mending. Without a database the rest of it is not asked."""
    checks = [_python(), _secret_key(app), _database(app), _redis(app)]
    if checks[2].ok:
        checks.extend(ask(app) for ask in (_room, _same_key, _shops, _senders, _flows, _clock, _demo))
        checks.append(Check(*owners(app)))
        checks.extend(_restored(app))
        checks.extend(_held_back(app))
        checks.extend(Check(*answer) for answer in kept_too_long(app))
    return [*checks, *_reading(app), *_accounts(app), _public_url(app)]


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    return Check("python", good, version, "" if good else "install Python 3.11 or newer, then `make setup`")


def _secret_key(app: App) -> Check:
    if app.settings.secret_key is None:
        return Check("secret key", False, "there is none", "run `winback up` once, or set WINBACK_SECRET_KEY")
    if len(app.settings.secret()) < 32:
        return Check(
            "secret key", False, "it is shorter than 32 characters", "set a longer WINBACK_SECRET_KEY"
        )
    return Check("secret key", True, f"there is one (fingerprint {app.keys.fingerprint()})")


def _database(app: App) -> Check:
    kind = "SQLite" if app.database.is_sqlite else "PostgreSQL"
    if app.database.is_sqlite and not app.settings.home.is_dir():
        return Check(
            "database", False, f"no home folder {app.settings.home}", "run `winback up`, which makes it"
        )
    try:
        check(app.database)
    except WrongSchema as error:
        return Check("database", False, str(error), "run `winback migrate`")
    except (SQLAlchemyError, OSError) as error:
        return Check(
            "database",
            False,
            f"{kind} does not answer ({type(error).__name__})",
            "start it, or mend DATABASE_URL",
        )
    return Check("database", True, f"{kind}, at this version's schema")


def _redis(app: App) -> Check:
    if rq_bell(app.settings).answers():
        return Check("redis", True, "it answers")
    slower = "until then answers take a second longer, and nothing is lost"
    if app.settings.redis_url:
        return Check("redis", False, "REDIS_URL does not answer", f"start that server; {slower}")
    if held(app.settings.home):
        why = "`winback up` is running, and its embedded server does not answer"
        return Check(
            "redis",
            False,
            why,
            f"it is started again by itself; if not, end `winback up` and start it; {slower}",
        )
    try:
        server = valkey.find_server()
    except valkey.NoServer as error:
        return Check("redis", False, "there is none", str(error))
    return Check("redis", True, f"`winback up` starts {server.name}")


def _room(app: App) -> Check:
    match trouble_storing(app.database):
        case None:
            return Check("room", True, "a row can be stored")
        case "full":
            remedy = "make room on the database's disk: until then every text gets 503, and goes on by itself after that"
            return Check("room", False, "the disk takes no more", remedy)
        case fault:
            remedy = "look for a long transaction, or a server that is just starting; then ask again"
            return Check("room", False, f"a row could not be stored ({fault})", remedy)


def _same_key(app: App) -> Check:
    name = "key of this database"
    with app.database.read() as session:
        known = session.get(Instance, KEY_NAME)
    if known is None:
        return Check(name, False, "not noted yet", "run `winback migrate`")
    if app.settings.secret_key is None or known.value.get("fingerprint") != app.keys.fingerprint():
        return Check(
            name, False, "it was made with another secret key", "bring back the old WINBACK_SECRET_KEY"
        )
    return Check(name, True, "the secret key is the one it was made with")


def _shops(app: App) -> Check:
    with app.database.read() as session:
        states = [tuple(row) for row in session.execute(select(Shop.slug, Shop.state).order_by(Shop.id))]
    if not states:
        return Check("shops", False, "there is none", "run `winback init`, or `winback demo`")
    return Check("shops", True, ", ".join(f"{slug} ({state})" for slug, state in states))


def _senders(app: App) -> Check:
    lacking = select(Shop.slug).where(
        ~select(Sender.id).where(Sender.shop_id == Shop.id, Sender.active.is_(True)).exists()
    )
    unknown = select(Shop.slug).join(Sender, Sender.shop_id == Shop.id)
    mine = [account.sid for account in app.settings.twilio.accounts]
    with app.database.read() as session:
        none = list(session.scalars(lacking))
        foreign = list(
            session.scalars(
                unknown.where(Sender.active.is_(True), Sender.account.not_in(mine), Shop.demo.is_(False))
            )
        )
    if none:
        return Check("senders", False, f"no number for {', '.join(none)}", "run `winback twilio connect`")
    if foreign:
        return Check(
            "senders",
            False,
            f"the number of {', '.join(foreign)} belongs to no account in config.yml",
            "add the account, or run `winback twilio connect`",
        )
    return Check("senders", True, "every shop has a number")


def _flows(app: App) -> Check:
    has = select(Flow.id).where(Flow.shop_id == Shop.id, Flow.current_revision_id.is_not(None)).exists()
    with app.database.read() as session:
        none = list(session.scalars(select(Shop.slug).where(~has)))
    if none:
        return Check("flows", False, f"none published for {', '.join(none)}", "run `winback flow publish`")
    return Check("flows", True, "every shop has some")


def _clock(app: App) -> Check:
    with app.database.read() as session:
        moved = offset(session)
    if moved and not reaches_nobody(app.settings):
        return Check("clock", False, f"moved by {moved}, with a real provider", "use a database of its own")
    return Check("clock", True, f"moved by {moved}, with the stand-in" if moved else "at real time")


def _demo(app: App) -> Check:
    real = [account.sid for account in app.settings.twilio.accounts]
    with app.database.read() as session:
        numbers = session.scalar(
            select(func.count()).select_from(Sender).join(Shop).where(Shop.demo, Sender.account.in_(real))
        )
    if numbers and not reaches_nobody(app.settings):
        return Check("demo shop", False, "its number belongs to a real account", "take the number from it")
    return Check("demo shop", True, "its customers can reach no real provider")


def _restored(app: App) -> Iterator[Check]:
    """Only where a backup was brought back. Done with once no shop is paused any more."""
    with app.database.read() as session:
        found = session.get(Instance, RESTORED)
        paused = list(session.scalars(select(Shop.slug).where(Shop.state == "paused").order_by(Shop.id)))
    if found is None:
        return
    told = found.value
    why = f"the backup of {told['made_at'][:16]}, on {told['at'][:16]}: {told['withheld']} texts withheld, {told['unknown']} unknown"
    remedy = "read docs/how-to/backup.md (who said STOP since then?), then `winback resume` for each of them"
    yield Check(
        "restored", not paused, f"{why}; paused: {', '.join(paused) or 'none'}", remedy if paused else ""
    )


def _held_back(app: App) -> Iterator[Check]:
    reasons = list(held_back(app))
    if not reasons:
        yield Check("sending", True, "nothing is held back")
    for each in reasons:
        yield Check("sending", False, f"{each.about}: {each.why}", each.remedy)


def _accounts(app: App) -> Iterator[Check]:
    tokens = app.settings.twilio_tokens()
    if not app.settings.twilio.accounts:
        yield Check("twilio", False, "no account, and no secrets for the stand-in", "run `winback up` once")
    elif is_demo(app.settings):
        yield Check("twilio", True, "no account: the stand-in plays it")
    else:
        for account in app.settings.twilio.accounts:
            there = account.sid in tokens
            name = f"twilio account {account.sid[:6]}..."
            remedy = "" if there else f"set {account.token_env} in the environment"
            yield Check(name, there, "its token is set" if there else "its token is missing", remedy)


def _reading(app: App) -> Iterator[Check]:
    """Only where a Rasa server reads. Without it texts are read by the embedded model, and nothing is lost."""
    nlu = app.settings.nlu
    if nlu.model != "embedded":
        trouble = trouble_reading(nlu)
        remedy = (
            "start it (`winback nlu rasa run`), or set nlu.model to embedded; until then that model reads"
        )
        why = f"Rasa at {nlu.rasa_url}: {trouble or 'it reads'}"
        yield Check("reading", trouble is None, why, remedy if trouble else "")


def _public_url(app: App) -> Check:
    addresses = (app.settings.public_url, app.settings.link_url)
    live = not is_demo(app.settings)
    if live and any(urlsplit(address).scheme != "https" for address in addresses):
        remedy = "set public_url and link_url in config.yml to https addresses that lead to `winback web`"
        return Check("public address", False, "Twilio and customers need https", remedy)
    return Check("public address", True, app.settings.public_url)
