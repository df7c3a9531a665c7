"""What Prometheus reads, who may, and that asking often costs one look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event, text

from bot.db import connect
from bot.jobs.ringing import RqBell
from bot.settings import Settings
from tests.support.cast import Cast
from tests.support.fakes import FakedApp
from tests.webhooks.conftest import Carrier
from webhooks import create_app

TOKEN = "the-scraper-s-own-token"
HERE = "http://127.0.0.1:8080"


def samples(client: FlaskClient, **headers: str) -> dict[str, float]:
    """The metrics, each as «name{label=value}»."""
    answer = client.get("/metrics", base_url=HERE, headers=headers)
    assert answer.status_code == 200, answer.json
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = ",".join(
                f"{name}={value}" for name, value in sorted(sample.labels.items()) if name != "worker"
            )
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


@pytest.fixture
def at_home(app: FakedApp) -> FakedApp:
    """An installation whose public address is the machine's own: no proxy, no token."""
    return replace(app, settings=app.settings.model_copy(update={"public_url": HERE}))


@pytest.fixture
def with_token(app: FakedApp) -> FakedApp:
    """A public installation with a token."""
    settings = Settings.model_validate({**app.settings.model_dump(), "metrics_token": TOKEN})
    return replace(app, settings=settings)


def test_texts_lags_and_webhooks_are_there(at_home: FakedApp, cast: Cast) -> None:
    client = create_app(at_home).test_client()
    assert Carrier(client, base=HERE).text().status_code == 200
    found = samples(client)
    assert found["winback_database_up"] == 1
    assert found["winback_inbound{kind=text}"] == 1
    assert found["winback_lag_seconds{queue=inbound}"] == 0
    assert found["winback_unknown_open"] == 0
    assert found["winback_webhook_seconds_count{door=/twilio/inbound}"] == 1
    assert found["winback_webhook_seconds_bucket{door=/twilio/inbound,le=+Inf}"] == 1


def test_no_figure_names_a_shop_or_a_number(at_home: FakedApp, cast: Cast) -> None:
    client = create_app(at_home).test_client()
    assert Carrier(client, base=HERE).text(Body="call me at 415 555 0123").status_code == 200
    page = client.get("/metrics", base_url=HERE).text
    assert "juniper" not in page.lower()
    assert not re.search(r"555.?0123|5550101", page)


@pytest.mark.parametrize(
    ("remote", "headers", "base"),
    [
        ("203.0.113.9", {}, HERE),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, HERE),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}, HERE),
        ("127.0.0.1", {}, "http://lured.example"),
    ],
)
def test_without_a_token_only_this_machine_may_read(
    at_home: FakedApp, remote: str, headers: dict[str, str], base: str
) -> None:
    client = create_app(at_home).test_client()
    answer = client.get("/metrics", base_url=base, headers=headers, environ_base={"REMOTE_ADDR": remote})
    assert answer.status_code == 403


def test_behind_a_public_address_nobody_may_without_a_token(app: FakedApp) -> None:
    """A proxy on the same machine makes every visitor look like loopback, and not every proxy says so."""
    answer = create_app(app).test_client().get("/metrics", base_url=HERE)
    assert answer.status_code == 403
    assert "metrics_token" in (answer.json or {})["error"]


def test_with_a_token_whoever_brings_it_may(with_token: FakedApp) -> None:
    client = create_app(with_token).test_client()
    assert samples(client, Authorization=f"Bearer {TOKEN}")["winback_database_up"] == 1
    for wrong in (
        {},
        {"Authorization": "Bearer no"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer \xfc"},
    ):
        assert client.get("/metrics", base_url=HERE, headers=wrong).status_code == 401


@pytest.fixture
def looks(at_home: FakedApp) -> Iterator[list[str]]:
    """The statements that /metrics asks."""
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(at_home.database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(at_home.database.engine, "before_cursor_execute", note)


def test_asking_ten_times_is_one_look(at_home: FakedApp, looks: list[str]) -> None:
    client = create_app(at_home).test_client()
    first = samples(client)
    once = len(looks)
    assert once
    assert all(samples(client) == first for _ in range(9))
    assert len(looks) == once


def test_a_database_that_is_away_is_a_figure_and_not_an_error(at_home: FakedApp, tmp_path: Path) -> None:
    gone = replace(at_home, database=connect(f"sqlite:///{tmp_path}/no/such/folder/winback.db"))
    found = samples(create_app(gone).test_client())
    assert found["winback_database_up"] == 0
    assert "winback_unknown_open" not in found


def test_redis_away_is_a_figure_too(at_home: FakedApp, tmp_path: Path) -> None:
    deaf = replace(at_home, bell=RqBell(f"unix://{tmp_path}/nobody.sock"))
    assert samples(create_app(deaf).test_client())["winback_redis_up"] == 0


def test_carriers_codes_cannot_flood_the_figures(at_home: FakedApp) -> None:
    with at_home.database.write() as session:
        for number in range(120):
            session.execute(
                text(
                    "INSERT INTO status_reports (account, provider_id, status, error_code, times, raw, received_at) "
                    "VALUES ('AC', :sid, 'failed', :code, 1, '{}', :at)"
                ),
                {"sid": f"SM{number}", "code": f"E{number}", "at": "2026-03-11 17:00:00+00:00"},
            )
    found = samples(create_app(at_home).test_client())
    codes = {name: value for name, value in found.items() if name.startswith("winback_errors{")}
    assert len(codes) == 51
    assert codes["winback_errors{code=other}"] == 70
