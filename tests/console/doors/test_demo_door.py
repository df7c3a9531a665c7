"""The demo's open door, and the console away from this machine."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.settings import ConsoleSettings, Settings, TwilioAccount, TwilioSettings
from console import create_app
from console.signin import way_back
from tests.console.conftest import FakeHandset
from tests.console.people import (
    COOKIE,
    PASSWORD,
    Browser,
    Known,
)
from tests.support.cast import ACCOUNT, Cast
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow


REAL = TwilioSettings(accounts=(TwilioAccount(sid=ACCOUNT, token_env="NO_SUCH_TOKEN"),))


def test_the_demo_is_open_by_one_click_on_this_machine(browser: Browser, app: FakedApp) -> None:
    assert "Be the demo" in browser.get("/sign-in").get_data(as_text=True)
    assert browser.post("/sign-in/demo", role="owner").status_code == 303
    assert browser.get("/shops/juniper/people").status_code == 200
    assert browser.get("/shops/paprika/").status_code == 404, "that is a real shop"
    assert browser.post("/sign-in/demo", on="/account", role="agent").status_code == 303
    assert browser.get("/shops/juniper/people").status_code == 403
    assert browser.post("/sign-in/demo", on="/account", role="editor").status_code == 403


@pytest.mark.parametrize(
    ("changes", "headers"),
    [
        ({"twilio": REAL}, {}),
        ({"twilio": TwilioSettings(base_url="https://api.example")}, {}),
        ({"console": ConsoleSettings(host="10.0.0.5", url="https://console.shop.example")}, {}),
        ({"console": ConsoleSettings(url="https://console.shop.example")}, {}),
        ({}, {"X-Forwarded-For": "203.0.113.9"}),
        ({}, {"Via": "1.1 proxy"}),
    ],
)
def test_the_demo_is_shut_with_a_real_account_and_away_from_this_machine(
    app: FakedApp, cast: Cast, handset: FakeHandset, changes: dict[str, Any], headers: dict[str, str]
) -> None:
    """Also for who was in before the settings changed."""
    settings: Settings = app.settings.model_copy(update=changes)
    other = FakedApp(
        settings,
        app.real_now,
        database=app.database,
        bell=app.bell,
        provider=app.provider,
        reader=app.reader,
        keys=app.keys,
    )
    was_in = create_app(app, handset).test_client()
    Browser(was_in).post("/sign-in/demo", role="owner")
    client = create_app(other, handset).test_client()
    before = was_in.get_cookie(COOKIE)
    assert before is not None
    client.set_cookie(COOKIE, before.value)
    client.set_cookie("__Host-winback_session", before.value)
    browser = Browser(client, headers=headers)
    assert browser.get("/shops/juniper/simulator").status_code == 303
    assert browser.get("/shops/juniper/").status_code == 303
    assert "Be the demo" not in browser.get("/sign-in").get_data(as_text=True)
    client.delete_cookie(COOKIE)
    if settings.console.url is None:
        answer = client.post(
            "/sign-in/demo", data={"role": "owner", "form_token": visitor_token(browser)}, headers=headers
        )
        assert answer.status_code == 403


def test_over_https_cookies_are_secure_and_browsers_remember_it(
    app: FakedApp, cast: Cast, handset: FakeHandset, olive: Known
) -> None:
    console = ConsoleSettings(host="10.0.0.5", url="https://console.shop.example")
    settings = app.settings.model_copy(update={"console": console})
    served = FakedApp(
        settings,
        app.real_now,
        database=app.database,
        bell=app.bell,
        provider=app.provider,
        reader=app.reader,
        keys=app.keys,
    )
    client = create_app(served, handset).test_client()
    there = {"base_url": "https://console.shop.example"}
    page = client.get("/sign-in", **there)  # type: ignore[arg-type]
    assert "max-age" in page.headers["Strict-Transport-Security"]
    token = re.search(r'name="form_token" value="(\w+)"', page.get_data(as_text=True))
    assert token
    form = {"form_token": token[1], "email": olive.email, "password": PASSWORD}
    origin = {"Origin": "https://console.shop.example"}
    answer = client.post("/sign-in", data=form, headers=origin, **there)  # type: ignore[arg-type]
    assert answer.status_code == 303
    cookies = answer.headers.getlist("Set-Cookie") + page.headers.getlist("Set-Cookie")
    assert {each.partition("=")[0] for each in cookies} == {
        "__Host-winback_session",
        "__Host-winback_device",
        "__Host-winback_console",
    }
    assert all("Secure" in each and "HttpOnly" in each and "Path=/" in each for each in cookies)
    assert client.get("/sign-in", base_url="https://evil.example").status_code == 421


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/shops/juniper/people", "/shops/juniper/people"),
        ("/shops/x/?a=b", "/shops/x/?a=b"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\tevil", "/"),
        ("/sign-in", "/"),
        ("", "/"),
    ],
)
def test_the_way_back_never_leaves_the_console(wanted: str, goes: str) -> None:
    assert way_back(wanted) == goes


def visitor_token(browser: Browser) -> str:
    """The token in the page's frame, where no form is."""
    page = browser.get("/sign-in").get_data(as_text=True)
    found = re.search(r"[0-9a-f]{64}", page)
    assert found
    return found.group()
