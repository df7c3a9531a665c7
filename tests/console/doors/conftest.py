"""Olive at the doors: she owns Juniper and has a password; browsers that have seen nothing yet."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.console.people import Browser, Known, member
from tests.support.cast import Cast
from tests.support.fakes import FakedApp


@pytest.fixture
def db(sqlite_db: Any) -> Any:
    """The statements that differ are tried on both databases in tests/bot/staff."""
    return sqlite_db


@pytest.fixture
def olive(app: FakedApp, cast: Cast) -> Known:
    """Owns Juniper, and has a password."""
    return member(app, "juniper", "owner", "olive@juniper.example", password=True, name="Olive")


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """A browser at the sign-in page."""
    return Browser(client)


@pytest.fixture
def flask(client: FlaskClient) -> Flask:
    """The server behind `client`, for a second browser."""
    application = client.application
    assert isinstance(application, Flask)
    return application
