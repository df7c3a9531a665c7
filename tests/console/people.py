"""People who sign in: made as the command line makes them, with a session as a browser has one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta

import pyotp
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from bot.models import Account, Shop
from bot.staff import accounts, passwords, second_step, sessions
from bot.staff.members import admit
from bot.staff.roles import Role
from bot.staff.sessions import Step
from tests.support.fakes import FakedApp

COOKIE = "winback_session"
PASSWORD = "five quiet harbour gulls"
_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody with an account."""

    account_id: int
    staff_id: int
    email: str


def member(
    app: FakedApp, slug: str, role: Role, email: str = "", *, password: bool = False, name: str = ""
) -> Known:
    """Somebody who works at this shop; the same address again works at one shop more. A password takes a while to make."""
    address = email or f"{role}@{slug}.example"
    hashed = passwords.hashed(PASSWORD) if password else None
    with app.database.write() as session:
        account = accounts.by_email(session, address)
        if account is None:
            account = accounts.make(session, address, name or role.title(), app.real_now())
        account.password_hash = hashed or account.password_hash
        shop_id = session.execute(select(Shop.id).where(Shop.slug == slug)).scalar_one()
        staff = admit(session, shop_id, account, role, app.real_now())
        return Known(account.id, staff.id, address)


def sign_in(app: FakedApp, client: FlaskClient, who: Known, step: Step = "done") -> str:
    """Give the browser a session of this person, or one that waits for its second step; gives its token."""
    with app.database.write() as session:
        account = session.get_one(Account, who.account_id)
        token = sessions.begin(session, account, step, app.real_now(), address="127.0.0.1", agent="a test")
    client.set_cookie(COOKIE, token)
    return token


@dataclass
class Browser:
    """A browser that fills in forms: it takes the token from the page where the form is."""

    client: FlaskClient
    page: str = "/sign-in"
    headers: dict[str, str] = field(default_factory=dict)

    def token(self, page: str | None = None) -> str:
        """The form token of a page (the last one where a page has several: they are the same)."""
        found = _TOKEN.search(self.get(page or self.page).get_data(as_text=True))
        assert found, page or self.page
        return found.group(1)

    def get(self, address: str) -> TestResponse:
        """The page."""
        return self.client.get(address, headers=self.headers)

    def post(self, address: str, *, on: str | None = None, **fields: str) -> TestResponse:
        """Send a form that is `on` a page."""
        return self.client.post(address, data={"form_token": self.token(on)} | fields, headers=self.headers)


def enter(
    browser: Browser, password: str = PASSWORD, email: str = "olive@juniper.example", **more: str
) -> TestResponse:
    """Fill in the form."""
    return browser.post("/sign-in", email=email, password=password, **more)


def with_second_step(app: FakedApp, who: Known) -> tuple[str, list[str]]:
    """Switch it on; gives secret and recovery codes."""
    with app.database.write() as session:
        account = session.get_one(Account, who.account_id)
        second_step.offer(app.keys, account)
        secret = second_step.offered(app.keys, account)
        assert secret
        now = app.real_now() - timedelta(minutes=2)
        codes = second_step.confirm(session, app.keys, account, pyotp.TOTP(secret).at(now), now)
        assert codes
        assert secret not in str(account.totp_secret)
    return secret, codes


def link_in(answer: TestResponse) -> str:
    """The path of the link that a page shows."""
    found = re.search(r'value="http://[^/"]+(/link/[\w-]+)"', answer.get_data(as_text=True))
    assert found, answer.status_code
    return found.group(1)
