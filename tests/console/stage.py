"""Everybody and everything that a deed of staff may need, set up at one shop, and one step that a browser takes there.

Owns the stage; what is done on it stands in tests.console.acts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bot.models import (
    Audit,
    Coupon,
    Flow,
)
from tests.bot.inbox.staffed import change, hear
from tests.console.people import Known, member, sign_in
from tests.support.cast import Cast, Member
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

SHOP = "/shops/juniper"
OTHER = "seven loud kitchen radios"
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')


@dataclass
class Stage:
    """The shop with its people, and what a step needs to set up."""

    app: FakedApp
    flask: Flask
    cast: Cast
    clock: StillClock
    owner: Known
    client: FlaskClient
    tokens: dict[FlaskClient, str] = field(default_factory=dict)

    @property
    def ana(self) -> Member:
        """Whose conversation things are done with."""
        return self.cast.ana

    def held(self, **columns: Any) -> str:
        """Ana's conversation, held by the owner and otherwise as told; gives its address."""
        now = self.clock()
        usual: dict[str, Any] = {
            "holder": "staff",
            "staff_id": self.owner.staff_id,
            "held_since": now - timedelta(hours=1),
            "owed_since": None,
            "open_matter": None,
            "closed_at": None,
            "snoozed_until": None,
            "bot_drafts": False,
        }
        with self.app.database.write() as session:
            change(session, self.ana, **(usual | columns))
        return f"{SHOP}/inbox/{self.ana.conversation_id}"

    def add(self, row: Any) -> int:
        """Write a row; gives its number."""
        with self.app.database.write() as session:
            session.add(row)
            session.flush()
            return int(row.id)

    def newest(self, table: Any) -> int:
        """The number of the row that came last."""
        with self.app.database.read() as session:
            return int(session.execute(select(func.max(table.id))).scalar_one() or 0)

    def heard(self, body: str, **columns: Any) -> int:
        """A text of Ana's."""
        with self.app.database.write() as session:
            return hear(session, self.ana, body, self.clock() - timedelta(minutes=5), **columns)

    def code(self) -> int:
        """A live code of Ana's, of a flow."""
        with self.app.database.write() as session:
            flow = session.scalars(select(Flow).where(Flow.name == "winback_offer")).one()
            pool = {"shop_id": self.cast.shop_id, "pool": "more", "percent": 15}
            row = Coupon(**pool, code=f"MORE-{self.newest(Coupon)}")
            session.add_all([row, Coupon(**pool, code=f"{row.code}-SPARE")])
            now = self.clock()
            row.status, row.customer_id, row.flow_id, row.offer = (
                "live",
                self.ana.customer_id,
                flow.id,
                "comeback",
            )
            row.percent, row.starts_at, row.ends_at = 15, now, now + timedelta(days=2)
            row.valid_for_seconds = 3 * 86_400
            session.flush()
            return row.id

    def acts(self, after: int) -> list[Audit]:
        """The lines of the audit since that one."""
        with self.app.database.read() as session:
            return list(session.scalars(select(Audit).where(Audit.id > after)))

    def colleague(self, name: str, *, password: bool = False) -> Known:
        """Somebody else who works here."""
        return member(self.app, "juniper", "agent", f"{name}@juniper.example", name=name, password=password)

    def browser(self, who: Known | None = None) -> FlaskClient:
        """A browser of its own, of this person or of nobody yet."""
        client = self.flask.test_client()
        if who is not None:
            sign_in(self.app, client, who)
        return client


@dataclass
class Step:
    """A form to be sent: where, with what, and by which browser (the owner's, if none is told)."""

    path: str
    form: dict[str, str] = field(default_factory=dict)
    client: FlaskClient | None = None


def send(stage: Stage, step: Step) -> Any:
    """Send the form with the token of its browser."""
    client = step.client or stage.client
    if client not in stage.tokens:
        page = client.get("/account", follow_redirects=True).get_data(as_text=True)
        found = TOKEN.search(page)
        assert found, step.path
        stage.tokens[client] = found.group(1)
    return client.post(step.path, data={"form_token": stage.tokens[client]} | step.form)
