"""No number reaches a log unmasked; what only looks like one stays readable."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest
from sqlalchemy.exc import OperationalError

from bot.processes import logs
from bot.processes.logs import Seldom, mask_numbers
from bot.settings import LogSettings
from webhooks.answers import note

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


@pytest.mark.parametrize(
    ("line", "logged"),
    [
        ("to +14155550123", "to +1415*****23"),
        ("to 4155550123, now", "to 41555***23, now"),
        ("(415) 555-0123 texted", "41555***23 texted"),
        ("at 2026-03-11 17:00:05 from 127.0.0.1:8080", "at 2026-03-11 17:00:05 from 127.0.0.1:8080"),
        ("row 1234567, took 0.12345678901 s", "row 1234567, took 0.12345678901 s"),
        ("SM00000000000000000000000000000001", "SM00000000000000000000000000000001"),
        ("paid with 4242 4242 4242 4242", "paid with ****4242"),
    ],
)
def test_numbers_are_masked_and_nothing_else(line: str, logged: str) -> None:
    assert mask_numbers(line) == logged


@pytest.mark.parametrize("style", ["console", "json"])
def test_every_road_into_the_log_passes_the_mask(style: str) -> None:
    """Ours, a library's with arguments, and an exception's text; in a process of its own, for logging is global."""
    script = (
        "import logging, structlog\n"
        "from bot.processes.logs import set_up\n"
        "from bot.settings import LogSettings\n"
        f"set_up(LogSettings(format={style!r}))\n"
        "structlog.stdlib.get_logger('a').info('sent', to='+14155550123')\n"
        "logging.getLogger('b').warning('to %s', '+14155550124')\n"
        "try: raise ValueError('+14155550125')\n"
        "except ValueError: structlog.stdlib.get_logger('a').exception('failed')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.count("+1415*****2") >= 3
    assert "+1415555" not in done.stderr


def test_what_a_database_says_of_a_refused_row_is_cut_off() -> None:
    """PostgreSQL shows the whole row, bodies included, over as many lines as they have."""
    told = (
        "psycopg.errors.NotNullViolation: null value\nDETAIL:  Failing row contains (7, my words,\nmore).\n\n"
        "The above exception was the direct cause: (psycopg) null value\nDETAIL:  Failing row (my words).\n"
        "[SQL: INSERT INTO inbound]"
    )
    line = logs._masked(None, "", {"event": "failed", "exception": told})
    assert "words" not in line["exception"]
    assert "more)" not in line["exception"]
    assert line["exception"].endswith("[SQL: INSERT INTO inbound]")


def test_a_trouble_that_is_everybody_s_is_said_once_a_minute_and_counted() -> None:
    """A thousand refused texts are one line; another trouble and any other line pass."""
    now = [0.0]
    seldom = Seldom(60, lambda: now[0])

    def passes(**line: object) -> dict[str, object] | None:
        record = logging.LogRecord("webhooks", logging.ERROR, "", 0, {"event": "x", **line}, None, None)
        return record.msg if seldom.filter(record) else None  # type: ignore[return-value]

    assert [bool(passes(fault="full")) for _ in range(1000)] == [True] + [False] * 999
    assert passes(fault="gone")
    assert passes()
    assert passes()
    now[0] = 60.0
    assert passes(fault="full") == {"event": "x", "fault": "full", "times": 1000}
    assert not passes(fault="full")


def test_the_logs_of_a_process_have_that_filter(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers
    logs.set_up(LogSettings(format="json"))
    try:
        for _ in range(5):
            note("a text was not kept", OperationalError("INSERT", {}, _Full()))
        note("a text was not kept", ValueError("of this one text"))
    finally:
        logging.getLogger().handlers = before
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line.get("fault")) for line in lines] == [
        ("a text was not kept", "full"),
        ("a text was not kept", None),
    ]


class _Full(Exception):
    sqlite_errorcode = 13
