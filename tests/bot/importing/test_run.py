"""The run itself: killed anywhere it goes on, its transactions stay short, and its table says who may be texted."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.compliance.consent import hold, verify_chain
from bot.db import Database
from bot.importing.progress import AlreadyRunning, Counts, begin, save
from bot.importing.run import run_import
from bot.importing.standing import standing
from bot.importing.synonyms import Kind
from bot.importing.trial import try_import
from bot.keys import Keys
from bot.models import Customer, ImportRun
from tests.bot.importing.conftest import Desk, make_shop
from tests.bot.importing.test_customers_file import dump as dump_customers
from tests.bot.importing.test_orders_file import dump as dump_orders
from tests.support.clock import NOW
from tests.support.databases import sqlite_copy


def many_customers(number: int) -> str:
    rows = [
        f"{n},Name,{'12' if n % 7 == 0 else f'{212 + n // 100}55501{n % 100:02d}'},{'yes' if n % 2 else 'stop' if n % 3 else ''}"
        for n in range(number)
    ]
    return "id,first name,phone,sms consent\n" + "\n".join(rows) + "\n"


def many_orders(number: int) -> str:
    rows = [
        f"{n // 2},{212 + n // 2 % 5}55501{n // 2 % 100:02d},{'soon' if n // 2 % 11 == 0 else '2026-01-02'},5,Tea {n % 3},1"
        for n in range(number)
    ]
    return "order id,phone,date,total,item name,quantity\n" + "\n".join(rows) + "\n"


def slow_ticks() -> Iterator[float]:
    """As if every transaction took long: the batches shrink to the smallest."""
    second = 0.0
    while True:
        yield second
        second += 0.2


KILLED_RUN = """
import os, signal, sys
from pathlib import Path
from bot.db import connect
from bot.importing.plan import make_plan
from bot.importing.run import run_import
from bot.keys import Keys
from tests.support.clock import NOW

url, shop, path, kind, looks, secret = sys.argv[1:]
left = [int(looks)]

def ticks():
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return left[0] * -0.2

plan = make_plan(Path(path), kind, chosen={}, country="US", zone="America/New_York", currency="USD", latest=NOW)
run_import(connect(url), Keys(bytes.fromhex(secret)), int(shop), plan, now=NOW,
           rejected_path=Path(path + ".rejected.csv"), ticks=ticks)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["customers", "orders"])
def test_killed_again_and_again_it_goes_on_and_ends_the_same(
    sqlite_db: Database,
    keys: Keys,
    tmp_path: Path,
    kind: Kind,
    _sqlite_template: Path,  # noqa: PT019  for a second database
) -> None:
    text = many_customers(900) if kind == "customers" else many_orders(900)
    dump = dump_customers if kind == "customers" else dump_orders
    (tmp_path / "whole").mkdir()
    with sqlite_copy(_sqlite_template, tmp_path / "whole" / "w.db") as database:
        whole = Desk(database, keys, make_shop(database), tmp_path / "whole")
        counts = whole.importing(kind, text).counts
        wanted, rejected = dump(whole), whole.rejected_path(whole.plan(kind, text)).read_bytes()

    desk = Desk(sqlite_db, keys, make_shop(sqlite_db), tmp_path)
    plan = desk.plan(kind, text)
    # a batch looks at the time twice: in its transaction, and after its commit
    for looks in (1, 4, 2, 7, 8):
        command = [sys.executable, "-c", KILLED_RUN, str(sqlite_db.engine.url), str(desk.shop_id)]
        ended = subprocess.run(
            [*command, str(plan.survey.path), kind, str(looks), keys.secret.hex()], check=False, timeout=60
        )
        assert ended.returncode == -signal.SIGKILL
        if desk.rejected_path(plan).exists():  # as if it had died between this file and the commit
            with desk.rejected_path(plan).open("ab") as file:
                file.write(b"99,phone,a row that no commit followed\n")
    last = run_import(sqlite_db, keys, desk.shop_id, plan, now=NOW, rejected_path=desk.rejected_path(plan))
    assert last.resumed
    assert dump(desk) == wanted
    assert desk.rejected_path(plan).read_bytes() == rejected
    assert last.counts == counts
    with sqlite_db.read() as session:
        assert verify_chain(session, desk.shop_id) == []
        assert session.scalars(select(ImportRun.finished_at)).all() == [NOW]


def test_batches_shrink_when_transactions_are_slow_and_grow_when_they_are_fast(quick_desk: Desk) -> None:
    text = many_customers(600)
    plan = quick_desk.plan("customers", text)
    slow, fast = slow_ticks(), iter([n / 10_000 for n in range(10_000)])
    path = quick_desk.rejected_path(plan)
    batches = [
        run_import(
            quick_desk.database,
            quick_desk.keys,
            quick_desk.shop_id,
            plan,
            now=NOW,
            rejected_path=path,
            ticks=lambda clock=clock: next(clock),  # type: ignore[misc]
        ).batches
        for clock in (slow, fast)
    ]
    assert batches[0] > 50
    assert batches[1] < 10


def test_two_processes_cannot_import_the_same_file_at_once(desk: Desk) -> None:
    plan = desk.plan("customers", many_customers(10))
    with desk.database.write() as session:
        one = begin(session, desk.shop_id, plan, NOW)
    with desk.database.write() as session:
        two = begin(session, desk.shop_id, plan, NOW)
    with desk.database.write() as session:
        save(session, desk.shop_id, one, 5, Counts(), None)
    with pytest.raises(AlreadyRunning), desk.database.write() as session:
        save(session, desk.shop_id, two, 5, Counts(), None)


def test_another_reading_of_the_file_is_another_run(quick_desk: Desk) -> None:
    text = "phone,mobile\n2125550101,2125550102\n"
    quick_desk.importing("customers", text)
    quick_desk.importing("customers", text, chosen={"phone": ["mobile"]})
    with quick_desk.database.read() as session:
        assert len(session.scalars(select(ImportRun)).all()) == 2
        assert len(session.scalars(select(Customer)).all()) == 2


def test_the_table_says_who_may_be_texted_and_what_would_mend_the_rest(desk: Desk) -> None:
    outcome = desk.importing(
        "customers",
        "phone,sms consent,sms consent wording\n"
        "2125550101,yes,I agree\n"  # may be texted
        "2125550102,yes,\n"  # express is not written (R20)
        "2125550103,no,\n"
        "2125550104,unsubscribed,\n"
        "2125550105,yes,I agree\n"  # held below
        "2125550106,yes,I agree\n"  # bad below
        "+4722334455,yes,I agree\n"  # no rules for Norway
        ",yes,I agree\n"
        "12,yes,I agree\n",
    )
    with desk.database.write() as session:
        hold(session, desk.shop_id, desk.keys.phone_key(desk.shop_id, "+12125550105"), source="model", at=NOW)
        session.scalars(select(Customer).where(Customer.phone == "+12125550106")).one().number_state = "bad"
    with desk.database.read() as session:
        table = standing(session, desk.shop_id, outcome.counts.reasons, NOW)
    assert table.as_dict() == {
        "customers": 7,
        "may_be_texted": 1,
        "may_not": {
            "opted_out": 1,
            "held": 1,
            "no_consent": 1,
            "consent_too_weak": 1,
            "bad_number": 1,
            "no_profile": 1,
        },
        "rows_left_out": {"no_phone": 1, "bad_phone": 1},
        "shop_in_test": False,
    }
    assert all(line.remedy for line in table.may_not + table.rows_left_out)


def test_a_dry_run_counts_and_writes_nothing(quick_desk: Desk) -> None:
    trial = try_import(quick_desk.plan("customers", many_customers(70)))
    assert (trial.taken, trial.rejected, trial.reasons) == (60, 10, {"bad_phone": 10})
    assert sum(trial.consents.values()) == 60
    with quick_desk.database.read() as session:
        assert session.scalars(select(ImportRun)).all() == []
    assert not (quick_desk.folder / "customers.csv.rejected.csv").exists()
