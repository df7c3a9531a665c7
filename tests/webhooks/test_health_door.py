"""Alive is not ready, and Redis decides neither."""

from __future__ import annotations

from sqlalchemy import text

from tests.support.fakes import FakedApp
from webhooks import create_app


def test_a_process_on_a_right_database_is_alive_and_ready(app: FakedApp) -> None:
    client = create_app(app).test_client()
    assert client.get("/health/live").json == {"live": True}
    answer = client.get("/health/ready")
    assert (answer.status_code, (answer.json or {})["database"]) == (200, "ok")
    assert "redis" in (answer.json or {})


def test_another_schema_is_alive_and_not_ready(app: FakedApp) -> None:
    with app.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    client = create_app(app).test_client()
    assert client.get("/health/live").status_code == 200
    answer = client.get("/health/ready")
    assert (answer.status_code, (answer.json or {})["ready"]) == (503, False)
    assert "winback migrate" in (answer.json or {})["database"]


def test_an_error_behind_a_door_is_not_shown(app: FakedApp) -> None:
    with app.database.write() as session:
        session.execute(text("DROP TABLE clicks"))
        session.execute(text("DROP TABLE links"))
    answer = create_app(app).test_client().get("/l/abc23456x")
    assert (answer.status_code, answer.json) == (500, {"error": "Internal Server Error"})
