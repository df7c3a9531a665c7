"""No number reaches a log unmasked; what only looks like one stays readable."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.processes.logs import mask_numbers


@pytest.mark.parametrize(
    ("line", "logged"),
    [
        ("to +14155550123", "to +1415*****23"),
        ("to 4155550123, now", "to 41555***23, now"),
        ("(415) 555-0123 texted", "41555***23 texted"),
        ("at 2026-03-11 17:00:05 from 127.0.0.1:8080", "at 2026-03-11 17:00:05 from 127.0.0.1:8080"),
        ("row 1234567, took 0.12345678901 s", "row 1234567, took 0.12345678901 s"),
        ("SM00000000000000000000000000000001", "SM00000000000000000000000000000001"),
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
