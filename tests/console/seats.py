"""Somebody of a shop at their own browser, signed in: what every room of the console is tried with.

Owns the opening of pages and the sending of forms. Who sits where is told in each room's conftest (`kind`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Self

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.console.people import Known, sign_in
from tests.support.fakes import FakedApp

TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
HOSTILE = '<img src=x onerror="alert(1)">{{7*7}}'


@dataclass
class Seat:
    """Somebody's browser in one room of a shop."""

    room: ClassVar[str] = ""
    """Where the room's addresses begin, after the shop's."""
    follows: ClassVar[bool] = False
    """Whether a form is followed to where it leads."""

    client: FlaskClient
    known: Known
    slug: str = "juniper"
    htmx: bool = False

    @classmethod
    def of(cls, app: FakedApp, client: FlaskClient, who: Known, slug: str = "juniper") -> Self:
        """A browser of its own for this person, beside `client`."""
        own = client.application.test_client()
        sign_in(app, own, who)
        return cls(own, who, slug)

    @property
    def root(self) -> str:
        """Where this room is."""
        return f"/shops/{self.slug}{self.room}"

    @property
    def headers(self) -> dict[str, str]:
        """As the browser, or htmx in it, sends them."""
        return {"HX-Request": "true"} if self.htmx else {}

    def get(self, path: str = "", **query: str) -> TestResponse:
        """Open a page of the room."""
        return self.client.get(self.root + path, query_string=query, headers=self.headers)

    def page(self, path: str = "", **query: str) -> str:
        """Its HTML."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.status
        return answer.get_data(as_text=True)

    def post(self, path: str, **fields: str) -> TestResponse:
        """Send a form of the room."""
        found = TOKEN.search(self.client.get("/account").get_data(as_text=True))
        assert found
        form = {"form_token": found.group(1)} | fields
        return self.client.post(
            self.root + path, data=form, headers=self.headers, follow_redirects=self.follows
        )
