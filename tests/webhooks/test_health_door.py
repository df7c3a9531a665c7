"""Alive is not ready, and Redis decides neither."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from bot.db import connect
from bot.jobs.ringing import RqBell
from tests.support.fakes import FakedApp
from webhooks import create_app


def test_a_process_on_a_right_database_is_alive_and_ready(app: FakedApp) -> None:
    client = create_app(app).test_client()
    assert client.get("/health/live").json == {"live": True}
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json == {"ready": True, "database": "ok", "redis": "unused"}


def test_another_schema_is_alive_and_not_ready(app: FakedApp) -> None:
    with app.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    client = create_app(app).test_client()
    assert client.get("/health/live").status_code == 200
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json == {"ready": False, "database": "schema", "redis": "unused"}


def test_redis_away_is_said_and_decides_nothing(app: FakedApp, tmp_path: Path) -> None:
    deaf = replace(app, bell=RqBell(f"unix://{tmp_path}/nobody.sock"))
    answer = create_app(deaf).test_client().get("/health/ready")
    assert answer.status_code == 200
    assert answer.json == {"ready": True, "database": "ok", "redis": "away"}


def test_a_database_that_is_away_is_one_word_too(app: FakedApp, tmp_path: Path) -> None:
    gone = replace(app, database=connect(f"sqlite:///{tmp_path}/no/such/folder/winback.db"))
    answer = create_app(gone).test_client().get("/health/ready")
    assert answer.status_code == 503
    assert (answer.json or {})["database"] in ("away", "schema")


def test_an_error_behind_a_door_is_not_shown(app: FakedApp) -> None:
    with app.database.write() as session:
        session.execute(text("DROP TABLE clicks"))
        session.execute(text("DROP TABLE links"))
    answer = create_app(app).test_client().get("/l/abc23456x")
    assert (answer.status_code, answer.json) == (500, {"error": "Internal Server Error"})
