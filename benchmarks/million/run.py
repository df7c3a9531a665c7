"""One size from an empty database to a shop of which every customer sleeps: what each step took, and whether it was right.

Owns the order of the steps and their measurement: wall time, processor time of the step and of PostgreSQL, peak memory.
On a machine that does other things meanwhile, processor time is what can be compared.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select, text, update

from benchmarks.million.behaviour import Behaviour
from benchmarks.million.files import Reckoning, write_files
from benchmarks.million.plans import Explained, explain_audience, explain_ticks
from benchmarks.million.steps import LAPSED, make_due, put_to_sleep
from benchmarks.stack import Postgres, Stack, stack
from bot.models import Shop
from bot.shop_setup import NewShop, make_shop
from flows.zones import zone_named

ZONE = "America/New_York"
SEED = 1997


@dataclass(frozen=True, slots=True)
class Step:
    """What a step took. `work` is what it was done on, in `unit`; `memory_mb` the peak of its process; `database_mb` the
    size of the database after it."""

    name: str
    unit: str
    work: int
    seconds: float
    cpu: float
    database_cpu: float
    memory_mb: float
    database_mb: float
    found: dict[str, Any]


@dataclass(slots=True)
class Size:
    """One size: what was in the files, the steps, and where a step and the reckoning disagree."""

    customers: int
    reckoned: Reckoning
    steps: list[Step] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    plans: list[Explained] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For the results."""
        return {
            "customers": self.customers,
            "reckoned": self.reckoned.as_dict(),
            "wrong": self.wrong,
            "steps": [asdict(step) for step in self.steps],
        }


def measure(
    postgres: Postgres, behaviour: Behaviour, customers: int, *, say: Callable[[str], None], explain: bool
) -> Size:
    """All steps at this size, in a database of its own, which is dropped afterwards."""
    url = postgres.fresh()
    with tempfile.TemporaryDirectory(prefix="wb-million-") as name, stack(url) as servers:
        folder = Path(name)
        bench = _Bench(postgres, servers, say)
        bench.bring_shop()
        today = servers.app.real_now().astimezone(zone_named(ZONE)).date()
        say(f"{customers:,} customers: writing the files")
        began, cpu = time.perf_counter(), time.process_time()
        size = Size(customers, write_files(folder, behaviour, customers, today, seed=SEED, lapsed=LAPSED))
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        say(f"  {size.reckoned.orders:,} orders in {took:.0f} s ({cpu:.0f} s of processor time)")
        _steps(bench, size, folder, explain=explain)
    postgres.drop(url)
    return size


def _steps(bench: _Bench, size: Size, folder: Path, *, explain: bool) -> None:
    people, bought = folder / "customers.csv", folder / "orders.csv"
    for again in ("", ", again"):
        for kind, path, unit in (("customers", people, "customers"), ("orders", bought, "orders")):
            rows = size.customers if kind == "customers" else size.reckoned.orders
            step = bench.step(
                f"import {kind}{again}", unit, ["bot.cli", "import", kind, str(path), "--json"], rows
            )
            size.steps.append(step)
            _compare(size, step, kind, again=bool(again))
    for name, what, unit in (
        ("count", "count the lapsed", "lapsed"),
        ("walk", "list the lapsed", "lapsed"),
        ("plan", "plan a start", "candidates"),
        ("enrol", "enrol a day's batch", "enrolments"),
    ):
        step = bench.step(what, unit, ["benchmarks.million.steps", name])
        size.steps.append(step)
        _compare(size, step, name, again=False)
    app = bench.servers.app
    if explain:
        size.plans += explain_audience(app)
    bench.say("  putting everybody to sleep")
    put_to_sleep(app, app.real_now())
    size.steps.append(bench.step("tick, everybody asleep", "ticks", ["benchmarks.million.steps", "asleep"]))
    if explain:
        size.plans += explain_ticks(app)
    make_due(app, app.real_now())
    size.steps.append(bench.step("pick of due texts", "picks", ["benchmarks.million.steps", "pick"]))
    if explain:
        size.plans += explain_ticks(app)


def _compare(size: Size, step: Step, name: str, *, again: bool) -> None:
    """Hold what the step found against the reckoning of the files."""
    told, found = size.reckoned, step.found
    people = told.customers - told.unreadable
    wanted: dict[str, dict[str, Any]] = {
        "customers": {"created": 0 if again else people, "unchanged": people if again else 0}
        | {"rejected": told.unreadable},
        "orders": {"created": 0 if again else told.orders, "unchanged": told.orders if again else 0}
        | {"rejected": 0},
        "count": {"lapsed": told.lapsed},
        "walk": {"lapsed": told.lapsed},
    }
    for key, value in wanted.get(name, {}).items():
        if found.get(key) != value:
            size.wrong.append(f"{step.name}: {key} is {found.get(key)}, reckoned {value}")
    if name == "plan" and found["treated"] + found["control"] != told.may_start:
        size.wrong.append(f"{step.name}: {found}, reckoned {told.may_start}")


@dataclass(slots=True)
class _Bench:
    postgres: Postgres
    servers: Stack
    say: Callable[[str], None]

    def bring_shop(self) -> None:
        """A live shop with the shipped flows and nobody in it."""
        app = self.servers.app
        account = app.settings.twilio.accounts[0].sid
        new = NewShop(
            "Groove Yard", "https://groove.example", "help@groove.example", "+12125550199", ZONE, account
        )
        with app.database.write() as session:
            make_shop(session, new, app.real_now())
            session.execute(update(Shop).values(state="live"))

    def step(self, name: str, unit: str, module: list[str], work: int | None = None) -> Step:
        """Run `python -m MODULE ...` to its end. Raises RuntimeError when it fails."""
        database_cpu, began = self.postgres.cpu_seconds(), time.perf_counter()
        with tempfile.TemporaryFile("w+") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", *module], env=self.servers.environment, stdout=out, cwd=ROOT
            )
            memory = _watch(process.pid)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            told = out.read()
        if process.returncode != 0:
            raise RuntimeError(f"{name}: exit status {process.returncode}")
        found = json.loads(told)
        inner = "work" in found
        step = Step(
            name,
            unit,
            found["work"] if inner else work or 0,
            found["seconds"] if inner else time.perf_counter() - began,
            found["cpu"] if inner else used.ru_utime + used.ru_stime,
            self.postgres.cpu_seconds() - database_cpu,
            memory,
            self._database_mb(),
            found["found"] if inner else found,
        )
        self.say(
            f"  {step.name}: {step.work:,} {unit} in {step.seconds:.2f} s, processor {step.cpu:.2f} s "
            f"and PostgreSQL's {step.database_cpu:.2f} s, {step.memory_mb:.0f} MB"
        )
        return step

    def _database_mb(self) -> float:
        with self.servers.app.database.read() as session:
            size = session.execute(select(text("pg_database_size(current_database())"))).scalar_one()
        return float(size) / 1024 / 1024


def _watch(pid: int) -> float:
    """Until the process has ended: the most memory that it has had resident, in MB. (What wait4 says begins with the memory
    of the process that made it.)"""
    most = 0.0
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    most = max(most, int(line.split()[1]) / 1024)
        time.sleep(0.1)
    return most


ROOT = Path(__file__).parents[2]
