"""The crash test: a short run of it on each database, and a judge who finds each kind of harm.

`CRASH_KILLS=1000` makes it a long one. What was switched off by hand, and what then was found: docs/crash-test.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.crash import judge
from benchmarks.crash.__main__ import rounds
from benchmarks.crash.driver import Posted
from benchmarks.crash.evidence import Evidence

KILLS = int(os.environ.get("CRASH_KILLS", "6"))
NOON = datetime(2026, 11, 25, 18)


@pytest.mark.server
@pytest.mark.timeout(240 + 4 * KILLS)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_nothing_is_lost_and_nothing_comes_twice_when_processes_are_killed(database: str) -> None:
    """The command itself: the real processes, Valkey and, for one of them, PostgreSQL."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.crash",
            "--kills",
            str(KILLS),
            "--seed",
            "7",
            "--database",
            database,
        ],
        capture_output=True,
        text=True,
        timeout=220 + 4 * KILLS,
    )
    told = done.stderr + done.stdout
    assert done.returncode == 0, told
    figures = json.loads(done.stdout.splitlines()[-1])
    assert tuple(figures) == judge.FIGURES
    assert figures["kills"] == KILLS
    assert figures["inbound"] > 0, told
    assert figures["texts"] > 0, told


def test_rounds_go_on_from_what_a_file_knows() -> None:
    """The databases by turns, fifty kills a seed; a round that was played counts as it is."""
    assert list(rounds(21, 7, ("sqlite", "postgres"), {})) == [(7, "sqlite", 11), (7, "postgres", 10)]
    known = {(1, "sqlite"): {"kills": 50}}
    assert list(rounds(120, 1, ("sqlite", "postgres"), known)) == [
        (1, "sqlite", 50),
        (1, "postgres", 50),
        (2, "sqlite", 10),
        (2, "postgres", 10),
    ]


def test_a_quiet_round_has_no_faults() -> None:
    """What the cases below change, unchanged."""
    assert not _faults(_evidence())


@pytest.mark.parametrize(
    ("finds", "changes"),
    [
        ("never taken", {"inbound": [{"id": 1, "turned_at": None}]}),
        ("no turn knows of it", {"journal": []}),
        ("answered by nobody", {"outbound": [], "claims": []}),
        ("still claimed", {"outbound": [{"id": 1, "status": "claimed"}]}),
        ("still ready", {"outbound": [{"id": 1, "status": "ready"}]}),
        ("event of conversation 1 was never taken", {"signals": [{"enrolment_id": 1, "conversation_id": 1}]}),
        ("waits for nothing", {"timers": []}),
        ("waits for nothing", {"timers": [{"due_at": None, "outbound_id": 1}]}),
        ("nobody looks", {"conversations": [{"id": 1, "work_due_at": None}]}),
        ("after a stop", {"ledger": [{"seq": 2, "act": "opted_out", "at": NOON - timedelta(seconds=9)}]}),
    ],
)
def test_the_judge_finds(finds: str, changes: dict[str, list[dict[str, Any]]]) -> None:
    """One thing wrong at a time."""
    found = _faults(_evidence(**changes))
    assert any(finds in line for line in found), found


def test_a_stop_that_was_taken_back_makes_no_text_late() -> None:
    """START after STOP, and then a claim."""
    acts = [
        {"seq": 2, "act": "opted_out", "at": NOON - timedelta(seconds=9)},
        {"seq": 3, "act": "released", "at": NOON - timedelta(seconds=5)},
    ]
    assert not list(judge.late(_evidence(ledger=acts)))


def test_the_judge_counts_what_the_door_promised() -> None:
    """Answered 2xx and not there; never accepted; accepted and there."""
    posted = [
        Posted("SM1", "+12125550123", "yes", "talk", 1, 1),
        Posted("SM2", "+12125550123", "no", "talk", 1, 1),
        Posted("SM3", "+12125550123", "later", "talk", 4, 0),
    ]
    found = list(judge.inbound_lost(_evidence(), posted))
    assert [line.split()[0] for line in found] == ["SM2", "SM3"]


@pytest.mark.parametrize(
    ("arrived", "status", "finds"),
    [
        ({"a": 2}, "sent", "2 times"),
        ({"a": 1, "b": 1}, "sent", "has no row"),
        ({"a": 1}, "withheld", "is withheld"),
        ({}, "sent", "reached no handset"),
    ],
)
def test_the_judge_counts_what_the_handsets_got(arrived: dict[str, int], status: str, finds: str) -> None:
    """The stand-in's record against the rows."""
    rows = _evidence(outbound=[{"id": 1, "status": status}])
    found = list(judge.delivered_wrongly(rows, arrived))
    assert len(found) == 1
    assert finds in found[0]


def test_a_stop_that_was_stored_and_not_obeyed_is_found() -> None:
    """By what the driver knows that it meant."""
    posted = [Posted("SM1", "+12125550123", "STOP", "stop", 1, 1)]
    assert len(list(judge.stops_missed(_evidence(), posted))) == 1


def _faults(rows: Evidence) -> list[str]:
    return [*judge.turns_lost(rows), *judge.asleep(rows), *judge.late(rows)]


_WHOLE: dict[str, dict[str, Any]] = {
    "inbound": {
        "id": 1,
        "conversation_id": 1,
        "provider_id": "SM1",
        "body": "yes",
        "opt_out": None,
        "keyword": None,
        "turned_at": NOON,
    },
    "outbound": {
        "id": 1,
        "public_id": "a",
        "conversation_id": 1,
        "enrolment_id": 1,
        "turn": 1,
        "status": "sent",
        "why": None,
        "author": "bot",
        "attempts": 1,
        "key": "1:1:0",
        "body": "Here's your cart",
        "effect": "{}",
        "due_at": NOON,
        "provider_id": "SMx",
    },
    "journal": {
        "enrolment_id": 1,
        "turn": 1,
        "superseded": 0,
        "event": '{"type": "Replied"}',
        "effects": '[{"type": "SendText"}]',
        "inbound_ids": "[1]",
    },
    "conversations": {"id": 1, "customer_id": 1, "holder": "bot", "work_due_at": NOON + timedelta(days=1)},
    "enrolments": {"id": 1, "conversation_id": 1, "status": "active", "arm": "treated", "start_id": 1},
    "timers": {
        "enrolment_id": 1,
        "conversation_id": 1,
        "status": "armed",
        "due_at": NOON + timedelta(days=1),
        "outbound_id": 1,
    },
    "signals": {},
    "ledger": {"customer_id": 1, "seq": 1, "act": "opted_in", "at": NOON - timedelta(days=9)},
    "claims": {"outbound_id": 1, "at": NOON},
}


def _evidence(**changes: list[dict[str, Any]]) -> Evidence:
    """One customer who was answered and whose passage goes on, with other rows where `changes` has them."""
    rows = {
        name: [SimpleNamespace(**{**whole, **change}) for change in changes.get(name, [{}] if whole else [])]
        for name, whole in _WHOLE.items()
    }
    return Evidence(now=NOON, **rows)
