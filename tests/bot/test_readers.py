"""Which reader the settings ask for, and what doctor and log say of the server behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from bot.checkup import examine
from bot.readers import reader_of, trouble_reading
from bot.settings import NluSettings
from nlu.breaker import FAILURES
from tests.support.fakes import FakedApp
from tests.support.rasa import FakeRasa, fake_rasa


@pytest.fixture
def fake() -> Iterator[FakeRasa]:
    with fake_rasa() as server:
        yield server


def rasa(fake: FakeRasa) -> NluSettings:
    return NluSettings(model="rasa", rasa_url=fake.url, rasa_deadline_ms=10_000)


def test_the_settings_say_who_reads(fake: FakeRasa) -> None:
    text, today = "my cousin told me of the bags with the blue label", date(2026, 3, 11)
    assert reader_of(rasa(fake)).read(text, today=today).model == "rasa"
    assert reader_of(NluSettings()).read(text, today=today).model != "rasa"
    assert len(fake.asked) == 1


def test_the_log_says_it_once_when_the_server_is_given_up(fake: FakeRasa) -> None:
    fake.status = 500
    reader = reader_of(rasa(fake))
    with capture_logs() as log:
        for _ in range(FAILURES + 2):
            reader.read("my cousin told me of the bags with the blue label", today=date(2026, 3, 11))
    assert [(line["event"], line["why"]) for line in log] == [
        ("the Rasa server does not read; the embedded model does", "it answers with status 500")
    ]


def test_doctor_says_whether_the_server_reads(app: FakedApp, fake: FakeRasa) -> None:
    def found(settings: NluSettings) -> list[tuple[bool, str]]:
        mine = replace(app, settings=app.settings.model_copy(update={"nlu": settings}))
        return [(check.ok, check.why) for check in examine(mine) if check.name == "reading"]

    assert found(NluSettings()) == []
    assert found(rasa(fake)) == [(True, f"Rasa at {fake.url}: it reads")]
    fake.status = 409
    assert found(rasa(fake)) == [(False, f"Rasa at {fake.url}: it answers with status 409")]


def test_a_server_too_slow_for_its_deadline_is_trouble(fake: FakeRasa) -> None:
    assert trouble_reading(rasa(fake)) is None
    fake.asked.clear()
    fake.before = lambda number: number > 1 and fake.gate.clear()
    trouble = trouble_reading(NluSettings(model="rasa", rasa_url=fake.url, rasa_deadline_ms=50))
    assert trouble == "no answer within 50 ms"


@pytest.mark.parametrize("url", ["127.0.0.1:5005", "ftp://rasa", "http://", "http://rasa/?token=x", ""])
def test_what_is_no_address_is_a_fault_of_the_settings(url: str) -> None:
    with pytest.raises(ValidationError):
        NluSettings(rasa_url=url)
