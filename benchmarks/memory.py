"""How much memory the whole stack takes when it has nothing to do.

Owns reading it: the sum of PSS (each shared page counted once, in parts) over `winback up` and all below it, embedded
Valkey included, without the stand-in, which only a demo has.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from benchmarks.accepting import text_from
from benchmarks.figures import Row
from benchmarks.load import Client
from benchmarks.people import Crowd
from benchmarks.processes import command, family
from benchmarks.run import Run
from benchmarks.stack import Stack, answers, stack, wait_for
from bot.demo import NUMBER
from bot.models import Shop

WANTED_MB = 400.0
CALM_SECONDS = 6
"""Until what the start needed is given back."""


def rows(run: Run) -> Iterator[Row]:
    """Just started, and again after a text has been through every process."""
    run.say("memory: starting everything")
    with (
        stack(None) as servers,
        subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "up"],
            env=servers.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process,
    ):
        try:
            for name, port in servers.ports.items():
                wait_for(lambda port=port: answers(port), name, servers.log)
            time.sleep(CALM_SECONDS)
            yield _row(run, "just started", process.pid, run.rasa.started_mb)
            _one_text(servers)
            time.sleep(CALM_SECONDS)
            yield _row(run, "after its first text", process.pid, run.rasa.idle_mb)
        finally:
            process.terminate()


def _row(run: Run, when: str, pid: int, rasa_mb: float) -> Row:
    value = round(stack_mb(pid))
    return Row(
        f"memory of the idle stack, {when}",
        value,
        "MB",
        run.rasa.memory_in_words(rasa_mb),
        round(value / rasa_mb, 3),
        f"< {WANTED_MB:g} MB",
        value < WANTED_MB,
    )


def _one_text(servers: Stack) -> None:
    app = servers.app
    with app.database.read() as session:
        shop_id = session.execute(select(Shop.id)).scalars().first()
    account = app.settings.twilio.accounts[0].sid
    crowd = Crowd(shop_id or 0, NUMBER, account, ())
    with Client(servers.url, 1) as client:
        client.for_seconds(iter([text_from(servers.url, crowd, "+12125550111", "do you have a coupon?")]), 5)


def stack_mb(pid: int) -> float:
    """PSS in MB of a process and all below it, without the stand-in."""
    return sum(_pss(each) for each in family(pid) if "standin" not in command(each)) / 1024


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
