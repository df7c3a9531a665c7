"""A line at each station, tied together by ids, and never a body or a number (I12)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from bot.sending.outcomes import Unknown
from bot.sending.status import Report, record_report
from bot.stations import following, passed
from tests.bot.conversations.loop import run_until_quiet, text_in
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, reading


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    """What is logged at INFO, as a log processor gets it."""
    kept = LogCapture()
    before = structlog.get_config()
    logger = logging.getLogger("station")
    level = logger.level
    logger.setLevel(logging.INFO)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, kept], cache_logger_on_first_use=False
    )
    yield kept.entries
    structlog.configure(**before)
    logger.setLevel(level)


def test_a_text_and_its_answer_pass_every_station(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock, lines: list[Any]
) -> None:
    app.reader.reads["how long does shipping take"] = reading("question", slots={"topic": "shipping"})  # type: ignore[attr-defined]
    sid = text_in(app, cast, cast.ana, "how long does shipping take")
    clock.move(seconds=4)
    run_until_quiet(app)
    ours = provider.asked[0].public_id
    record_report(app, Report(ACCOUNT, "SM" + "0" * 31 + "1", ours, "delivered", "", {}))
    told = [(line["event"], line["trace"]) for line in lines]
    assert told == [
        ("received", sid),
        ("read", sid),
        ("turned", sid),
        ("written", ours),
        ("claimed", ours),
        ("sent", ours),
        ("reported", ours),
    ]
    turned, written = lines[2], lines[3]
    assert (turned["inbound"], turned["conversation"]) == (written["inbound"], written["conversation"])
    everything = repr(lines)
    assert "shipping" not in everything
    assert cast.ana.phone[2:] not in everything


@pytest.mark.parametrize(("outcome", "station"), [(Unknown("ReadTimeout"), "unknown")])
def test_an_end_is_named_as_it_is(
    app: FakedApp,
    cast: Cast,
    provider: FakeProvider,
    clock: StillClock,
    lines: list[Any],
    outcome: Unknown,
    station: str,
) -> None:
    provider.will(outcome)
    text_in(app, cast, cast.ana, "hello")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert [line["event"] for line in lines][-1] == station


def test_a_repeat_is_not_received_twice(app: FakedApp, cast: Cast, lines: list[Any]) -> None:
    sid = text_in(app, cast, cast.ana, "hello")
    text_in(app, cast, cast.ana, "hello", provider_id=sid)
    assert [line["event"] for line in lines] == ["received"]


def test_whatever_is_logged_meanwhile_carries_the_trace(lines: list[Any]) -> None:
    with following("SM1", conversation=7):
        structlog.get_logger("anybody").warning("something else")
    passed("received", "SM2")
    assert lines[0]["trace"] == "SM1"
    assert lines[0]["conversation"] == 7
    assert "conversation" not in lines[1]


def test_stations_are_silent_above_info(lines: list[Any]) -> None:
    logging.getLogger("station").setLevel(logging.WARNING)
    passed("received", "SM1")
    assert lines == []
