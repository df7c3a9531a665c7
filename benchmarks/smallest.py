"""What the webhook is measured against: the smallest Flask view that checks the signature and commits one row.

Owns that view. Same server (gunicorn's threads, set by the same function), same database with the same promises about
commits, same requests; nothing else is done: no customer is looked up, no opt-out is recognised, nobody is woken.
Run as `python -m benchmarks.smallest PORT DATABASE_URL SIGNED_URL TOKEN`.
"""

from __future__ import annotations

import sys

from flask import Flask, Response, request
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, Text, create_engine, insert
from twilio.request_validator import RequestValidator

from bot.db import connect
from bot.processes.serve import serve

THREADS = 8
PATH = "/twilio/inbound"

metadata = MetaData()
plain_texts = Table(
    "plain_texts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sid", String(64), unique=True),
    Column("from_number", String(20)),
    Column("to_number", String(20)),
    Column("body", Text),
)


def engine_of(url: str) -> Engine:
    """PostgreSQL as SQLAlchemy opens it. SQLite as Winback does (WAL, synchronous=FULL, BEGIN IMMEDIATE): with its
    defaults each commit would cost two syncs more."""
    if url.startswith("sqlite"):
        return connect(url).engine.execution_options(winback_write=True)
    return create_engine(url, pool_size=THREADS)


def make_table(url: str) -> None:
    """The one table."""
    engine = engine_of(url)
    metadata.create_all(engine)
    engine.dispose()


def create(url: str, signed_url: str, token: str) -> Flask:
    """The application."""
    flask = Flask("smallest", static_folder=None)
    engine = engine_of(url)
    validator = RequestValidator(token)

    @flask.post(PATH)
    def inbound() -> Response:
        form = request.form
        if not validator.validate(signed_url, form, request.headers.get("X-Twilio-Signature", "")):
            return Response(status=403)
        with engine.begin() as connection:
            connection.execute(
                insert(plain_texts).values(
                    sid=form["MessageSid"], from_number=form["From"], to_number=form["To"], body=form["Body"]
                )
            )
        return Response("<Response/>", content_type="text/xml")

    return flask


if __name__ == "__main__":
    port, database_url, public, secret = sys.argv[1:]
    serve(
        lambda: create(database_url, public + PATH, secret),
        host="127.0.0.1",
        port=int(port),
        threads=THREADS,
    )
