"""The round trips of `winback doctor --deep`: each finds its own fault, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.backups.take import LAST
from bot.checkup import Check
from bot.checkup_deep import CHAINS, examine_deep
from bot.compliance.consent_bulk import FirstEntry, write_first
from bot.conversations.receive import InboundText, receive
from bot.db import connect
from bot.jobs.ringing import RqBell
from bot.models import Base, Instance, LedgerEntry
from bot.sending.outcomes import ListedText, ListingError, Unknown
from bot.settings import TwilioAccount, TwilioSettings
from tests.bot.conversations.loop import enrol_in, run_until_quiet
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider
from tests.support.servers import serving
from webhooks import create_app

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


@pytest.fixture
def whole(app: FakedApp, cast: Cast, clock: StillClock) -> Iterator[FakedApp]:
    """A healthy installation: the web server answers at its public address, and there is a backup."""
    with app.database.write() as session:
        session.add(Instance(name=LAST, value={"at": clock().isoformat()}))
        session.execute(LedgerEntry.__table__.delete())  # type: ignore[attr-defined]  # the cast's are no real chains
    _write_chains(app, cast, range(3), clock())
    twilio = TwilioSettings(accounts=(TwilioAccount(sid=ACCOUNT),))
    with serving(create_app(app)) as address:
        settings = app.settings.model_copy(update={"public_url": address, "twilio": twilio})
        yield replace(app, settings=settings)


def _write_chains(app: FakedApp, cast: Cast, numbers: range, at: datetime) -> None:
    chains = [FirstEntry(f"{n:064x}", "opted_out", None, at, {}, {"words": "no"}) for n in numbers]
    with app.database.write() as session:
        write_first(session, cast.shop_id, chains, source="rule")


def faults(app: FakedApp) -> dict[str, Check]:
    """What is wrong, by name. PostgreSQL's own clock is not the test's, which stands still."""
    found = examine_deep(app)
    assert all(check.remedy for check in found if not check.ok)
    assert all(not check.remedy for check in found if check.ok)
    return {check.name: check for check in found if not check.ok and check.name != "clock skew"}


def test_a_healthy_installation_has_no_fault_and_is_left_as_it_was(whole: FakedApp) -> None:
    def rows() -> list[int]:
        with whole.database.read() as session:
            return [
                session.scalar(select(func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
            ]

    before, files = rows(), sorted(whole.settings.home.iterdir())
    assert faults(whole) == {}
    assert rows() == before
    assert [path for path in sorted(whole.settings.home.iterdir()) if path not in files] == []


def _unknown_end(app: FakedApp, cast: Cast, clock: StillClock) -> str:
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))
    provider = app.provider
    assert isinstance(provider, FakeProvider)
    provider.will(Unknown("ReadTimeout"))
    enrol_in(app, cast, cast.ana)
    run_until_quiet(app)
    with app.database.write() as session:
        session.execute(
            update(Instance).where(Instance.name == LAST).values(value={"at": clock().isoformat()})
        )
    return "unknown ends"


def _nobody_works(app: FakedApp, cast: Cast, clock: StillClock) -> str:
    receive(app, InboundText(ACCOUNT, "SM1", cast.ana.phone, cast.number, "hello"))
    clock.move(minutes=5)
    return "work"


def _ledger_changed(app: FakedApp, cast: Cast, clock: StillClock) -> str:
    """The newest link says something else than it did."""
    with app.database.write() as session:
        last = session.execute(select(func.max(LedgerEntry.id))).scalar_one()
        session.execute(update(LedgerEntry).where(LedgerEntry.id == last).values(source="import"))
    return "ledger"


def _old_backup(app: FakedApp, cast: Cast, clock: StillClock) -> str:
    clock.move(days=3)
    return "backup"


@pytest.mark.parametrize("break_it", [_unknown_end, _nobody_works, _ledger_changed, _old_backup])
def test_each_fault_is_found_alone(
    whole: FakedApp, cast: Cast, clock: StillClock, break_it: Callable[[FakedApp, Cast, StillClock], str]
) -> None:
    name = break_it(whole, cast, clock)
    found = faults(whole)
    assert set(found) == {name}
    assert "could not be asked" not in found[name].why


class Away(FakeProvider):
    """A provider that cannot be asked."""

    def list_sent(self, account: str, to: str, since_day: str) -> list[ListedText]:
        """No answer."""
        raise ListingError("ConnectionError")


def test_a_provider_that_is_away_and_one_without_our_numbers(whole: FakedApp) -> None:
    assert set(faults(replace(whole, provider=Away()))) == {"provider"}
    stranger = TwilioSettings(accounts=(TwilioAccount(sid="AC" + "9" * 32),))
    settings = whole.settings.model_copy(update={"twilio": stranger})
    assert set(faults(replace(whole, settings=settings))) == {"provider"}


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "{other}"])
def test_a_public_address_that_leads_nowhere_or_elsewhere(whole: FakedApp, address: str) -> None:
    def elsewhere(_environ: object, start: Callable[..., object]) -> list[bytes]:
        start("200 OK", [("Content-Length", "2")])
        return [b"hi"]

    with serving(elsewhere) as other:
        settings = whole.settings.model_copy(update={"public_url": address.format(other=other)})
        assert set(faults(replace(whole, settings=settings))) == {"public address answers"}


def test_redis_away_and_a_worker_that_is_missing(whole: FakedApp, tmp_path: Path) -> None:
    deaf = replace(whole, bell=RqBell(f"unix://{tmp_path}/nobody.sock"))
    found = faults(deaf)
    assert set(found) == {"bell"}
    assert "Redis does not answer" in found["bell"].why


def test_without_a_database_every_question_is_still_asked(whole: FakedApp, tmp_path: Path) -> None:
    gone = replace(whole, database=connect(f"sqlite:///{tmp_path}/no/such/folder/winback.db"))
    found = faults(gone)
    assert {"write", "work", "unknown ends", "ledger", "provider", "backup"} <= set(found)
    assert "disk" not in found


def test_the_ledger_s_sample_is_bounded_and_other_on_another_day(
    whole: FakedApp, cast: Cast, clock: StillClock
) -> None:
    """A fault somewhere in the middle is found within as many days as chains stand between two samples."""
    _write_chains(whole, cast, range(3, CHAINS * 2), clock())
    with whole.database.write() as session:
        middle = session.execute(select(func.min(LedgerEntry.id))).scalar_one() + 31
        session.execute(update(LedgerEntry).where(LedgerEntry.id == middle).values(source="import"))
    days = 0
    while "ledger" not in faults(whole):
        days += 1
        clock.move(days=1)
        with whole.database.write() as session:
            session.execute(
                update(Instance).where(Instance.name == LAST).values(value={"at": clock().isoformat()})
            )
        assert days < 10
    checks = {check.name: check for check in examine_deep(whole)}
    assert "faults" in checks["ledger"].why
