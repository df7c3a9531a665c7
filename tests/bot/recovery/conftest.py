"""A PostgreSQL that may be restarted, a web door on it, and statements that go wrong on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from sqlalchemy import event, text
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from bot.db import Database, connect
from bot.settings import Settings, TwilioAccount, TwilioSettings
from tests.support.cast import ACCOUNT, Cast, Member
from tests.support.fakes import FakedApp
from tests.support.postgres import OwnPostgres, own_postgres
from webhooks import create_app
from webhooks.signature import FORM

TOKEN, PUBLIC = "the-account-s-token", "https://texts.juniper.example"


@pytest.fixture(scope="session")
def postgres() -> Iterator[OwnPostgres]:
    """A server of these tests' own: the others' must not be restarted."""
    with own_postgres() as server:
        yield server


@pytest.fixture
def restarting_db(postgres: OwnPostgres) -> Iterator[Database]:
    """A fresh database on it."""
    with postgres.fresh() as url:
        database = connect(url)
        yield database
        database.close()


@pytest.fixture
def settings(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """One account with a token; a text is answered at once."""
    monkeypatch.setenv("CAST_TOKEN", TOKEN)
    twilio = TwilioSettings(accounts=(TwilioAccount(sid=ACCOUNT, token_env="CAST_TOKEN"),))
    return Settings(  # type: ignore[arg-type]
        home=tmp_path, secret_key="5e" * 32, public_url=PUBLIC, twilio=twilio, settle_seconds=0
    )


@dataclass
class Door:
    """The web server's application, and a hand that signs like Twilio."""

    app: FakedApp
    cast: Cast

    def text(self, who: Member, body: str, sid: str = "SM" + "1" * 32) -> TestResponse:
        """A customer texts the first shop."""
        form = {
            "AccountSid": ACCOUNT,
            "MessageSid": sid,
            "From": who.phone,
            "To": self.cast.number,
            "Body": body,
            "NumMedia": "0",
        }
        return self._post("/twilio/inbound", form)

    def report(self, public_id: str, provider_id: str, status: str) -> TestResponse:
        """The carrier reports on a text of ours."""
        form = {"AccountSid": ACCOUNT, "MessageSid": provider_id, "MessageStatus": status}
        return self._post(f"/twilio/status?id={public_id}", form)

    def ready(self) -> TestResponse:
        """GET /health/ready."""
        return create_app(self.app).test_client().get("/health/ready")

    def _post(self, path: str, form: dict[str, str]) -> TestResponse:
        signature = RequestValidator(TOKEN).compute_signature(PUBLIC + path, form)
        client = create_app(self.app).test_client()
        headers = {"X-Twilio-Signature": signature}
        return client.post(path, data=urlencode(form), headers=headers, content_type=FORM)


@pytest.fixture
def door(app: FakedApp, cast: Cast) -> Door:
    """The door of the app."""
    return Door(app, cast)


def once_at(database: Database, words: str, do: Callable[[], object]) -> list[str]:
    """Do something just before the first statement that contains `words`. Gives the statements that it was done at."""
    done: list[str] = []

    def look(_connection: object, _cursor: object, sql: str, *_: object) -> None:
        if words in sql and not done:
            done.append(sql)
            do()

    event.listen(database.engine, "before_cursor_execute", look)
    return done


def refuse(database: Database, table: str, code: str, times: int | None = None) -> None:
    """From now on PostgreSQL refuses to write that table, with this SQLSTATE, so many times or until `allow`."""
    until = f"IF nextval('refused_{table}') <= {times} THEN" if times else "IF true THEN"
    with database.write() as session:
        session.execute(text(f"CREATE SEQUENCE IF NOT EXISTS refused_{table}"))
        session.execute(
            text(
                f"CREATE OR REPLACE FUNCTION refuse_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {until} "
                f"RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END IF; RETURN NEW; END $$"
            )
        )
        session.execute(
            text(
                f"CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_{table}()"
            )
        )


def allow(database: Database, table: str) -> None:
    """The end of `refuse`."""
    with database.write() as session:
        session.execute(text(f"DROP TRIGGER refuse ON {table}"))
