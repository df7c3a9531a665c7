"""A line at each station, tied together by ids, and never a body or a number (I12)."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from bot.processes.logs import StationLine, add_followed
from bot.sending.outcomes import Unknown
from bot.sending.status import Report, record_report
from bot.stations import LOGGER, following, passed
from tests.bot.conversations.loop import run_until_quiet, text_in
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider, reading


class Kept(logging.Handler):
    """Keeps the lines of the stations."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        ids: Any = record.args
        self.lines.append({"event": record.msg, **ids})


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """What the stations say."""
    kept, logger = Kept(), logging.getLogger(LOGGER)
    level = logger.level
    logger.addHandler(kept)
    logger.setLevel(logging.INFO)
    yield kept.lines
    logger.removeHandler(kept)
    logger.setLevel(level)


def test_a_text_and_its_answer_pass_every_station(
    app: FakedApp, cast: Cast, provider: FakeProvider, clock: StillClock, lines: list[dict[str, Any]]
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
    lines: list[dict[str, Any]],
    outcome: Unknown,
    station: str,
) -> None:
    provider.will(outcome)
    text_in(app, cast, cast.ana, "hello")
    clock.move(seconds=4)
    run_until_quiet(app)
    assert [line["event"] for line in lines][-1] == station


def test_a_repeat_is_not_received_twice(app: FakedApp, cast: Cast, lines: list[dict[str, Any]]) -> None:
    sid = text_in(app, cast, cast.ana, "hello")
    text_in(app, cast, cast.ana, "hello", provider_id=sid)
    assert [line["event"] for line in lines] == ["received"]


def test_whatever_is_logged_meanwhile_carries_what_is_followed() -> None:
    with following(conversation=7):
        with following(trace="SM1"):
            assert add_followed(None, "", {"event": "x"}) == {"event": "x", "conversation": 7, "trace": "SM1"}
            assert add_followed(None, "", {"trace": "SM2"})["trace"] == "SM2"
        assert add_followed(None, "", {}) == {"conversation": 7}
    assert add_followed(None, "", {}) == {}


@pytest.mark.parametrize("as_json", [True, False])
def test_a_station_s_line_is_masked_and_dated_like_all_others(as_json: bool) -> None:
    record = logging.LogRecord(
        LOGGER, logging.INFO, "", 0, "received", ({"trace": "+14155550123", "inbound": 7},), None
    )
    record.created = 1_795_291_200.25
    line = StationLine(as_json=as_json).format(record)
    assert "4155550123" not in line
    assert "+1415*****23" in line
    assert "2026-11-21T" in line
    if as_json:
        assert json.loads(line)["inbound"] == 7


def test_stations_are_silent_above_info(lines: list[dict[str, Any]]) -> None:
    logging.getLogger(LOGGER).setLevel(logging.WARNING)
    passed("received", "SM1")
    assert lines == []
