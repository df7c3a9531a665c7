"""Signing in and out, the second step, passwords and sessions, as a browser meets them."""

from __future__ import annotations

import re

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.models import Account, Audit, SignInSession
from tests.console.people import (
    COOKIE,
    PASSWORD,
    Browser,
    Known,
    enter,
    member,
    sign_in,
    with_second_step,
)
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow

OTHER = "seven loud kitchen radios"


def test_who_signs_in_comes_to_their_shop_and_out_again(browser: Browser, olive: Known) -> None:
    answer = enter(browser, email=" OLIVE@Juniper.example ")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = next(each for each in answer.headers.getlist("Set-Cookie") if each.startswith(COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert browser.get("/").headers["Location"] == "/shops/juniper/"
    assert browser.get("/shops/juniper/").status_code == 200
    assert browser.get("/shops/paprika/").status_code == 404
    assert browser.post("/sign-out", on="/shops/juniper/").status_code == 303
    assert browser.get("/shops/juniper/").status_code == 303


def test_a_wrong_try_is_answered_alike_whoever_is_meant(browser: Browser, olive: Known) -> None:
    """Known or not, invited or not, locked or not: one answer, to the letter."""
    said = set()
    for email in ("olive@juniper.example", "nobody@juniper.example", "no address"):
        for _ in range(12):
            answer = enter(browser, "wrong wrong wrong", email)
            assert answer.status_code == 401
            said.add(answer.get_data(as_text=True).replace(email, ""))
    assert len({re.sub(r"[0-9a-f]{64}", "", each) for each in said}) == 1


def test_after_ten_wrong_tries_the_right_password_waits_a_quarter_of_an_hour(
    browser: Browser, olive: Known, clock: StillClock
) -> None:
    for _ in range(10):
        enter(browser, "wrong wrong wrong")
    assert enter(browser).status_code == 401
    clock.move(minutes=16)
    assert enter(browser).status_code == 303


def test_a_lock_out_is_in_the_audit_once(browser: Browser, olive: Known, app: FakedApp) -> None:
    for email in ("olive@juniper.example", "nobody@juniper.example"):
        for _ in range(14):
            enter(browser, "wrong wrong wrong", email)
    with app.database.read() as session:
        (act,) = session.scalars(select(Audit).where(Audit.action == "locked out"))
    assert (act.account_id, act.details) == (olive.account_id, {"step": "password"})
    assert act.address


def test_a_stranger_who_tries_does_not_lock_the_owner_out(browser: Browser, olive: Known) -> None:
    stranger = Browser(browser.client, headers={"X-Forwarded-For": "203.0.113.9"})
    for _ in range(12):
        enter(stranger, "wrong wrong wrong")
    assert enter(browser).status_code == 303


def test_the_session_is_new_at_sign_in(browser: Browser, olive: Known, app: FakedApp) -> None:
    """A token that somebody planted before is worth nothing after."""
    browser.client.set_cookie(COOKIE, "planted")
    enter(browser)
    with app.database.read() as session:
        (row,) = session.scalars(select(SignInSession))
    stored = browser.client.get_cookie(COOKIE)
    assert stored is not None
    assert stored.value not in ("planted", row.token_hash)
    assert len(stored.value) >= 43, "256 bits"


@pytest.mark.parametrize(("moves", "open_still"), [((11,), True), ((13,), False), ((11,) * 66, False)])
def test_a_session_ends_unused_after_12_hours_and_in_any_case_after_30_days(
    browser: Browser, olive: Known, clock: StillClock, moves: tuple[int, ...], open_still: bool
) -> None:
    enter(browser)
    for hours in moves:
        clock.move(hours=hours)
        answer = browser.get("/shops/juniper/")
    assert (answer.status_code == 200) is open_still


def test_other_rights_are_another_token_and_the_old_one_goes_on_for_a_moment(
    app: FakedApp, client: FlaskClient, olive: Known, clock: StillClock
) -> None:
    old = sign_in(app, client, olive)
    with app.database.write() as session:
        session.get_one(Account, olive.account_id).rights += 1
    assert "Set-Cookie" in client.get("/shops/juniper/").headers
    new = client.get_cookie(COOKIE)
    assert new is not None
    assert new.value != old
    client.set_cookie(COOKIE, old)
    assert client.get("/shops/juniper/").status_code == 200
    clock.move(minutes=2)
    assert client.get("/shops/juniper/").status_code == 303
    client.set_cookie(COOKIE, new.value)
    assert client.get("/shops/juniper/").status_code == 200


def test_the_second_step_takes_each_code_once(
    app: FakedApp, browser: Browser, olive: Known, clock: StillClock
) -> None:
    secret, codes = with_second_step(app, olive)
    assert enter(browser).headers["Location"].startswith("/sign-in/second")
    assert browser.get("/shops/juniper/").status_code == 303, "the password alone opens nothing"
    step = "/sign-in/second"
    assert browser.post(step, on=step, code="000000").status_code == 401
    clock.move(minutes=1)
    code = pyotp.TOTP(secret).at(clock())
    assert browser.post(step, on=step, code=f"{code[:3]} {code[3:]}").status_code == 303
    assert browser.get("/shops/juniper/").status_code == 200
    browser.post("/sign-out", on="/account")
    enter(browser)
    assert browser.post(step, on=step, code=code).status_code == 401, "used"
    assert browser.post(step, on=step, code=codes[0].upper()).status_code == 303
    browser.post("/sign-out", on="/account")
    enter(browser)
    assert browser.post(step, on=step, code=codes[0]).status_code == 401, "used as well"


def test_too_many_codes_ask_for_the_password_again(app: FakedApp, browser: Browser, olive: Known) -> None:
    with_second_step(app, olive)
    enter(browser)
    step = "/sign-in/second"
    for _ in range(6):
        assert browser.post(step, on=step, code="000000").status_code == 401
    assert "Sign in" in browser.post(step, on=step, code="000000").get_data(as_text=True)
    assert browser.get(step).status_code == 302, "nobody waits there any more"
    with app.database.read() as session:
        assert session.scalar(select(Audit.action)) == "locked out"


def test_a_new_password_signs_every_other_browser_out(
    app: FakedApp, flask: Flask, browser: Browser, olive: Known
) -> None:
    elsewhere = flask.test_client()
    sign_in(app, elsewhere, olive)
    enter(browser)
    assert (
        browser.post(
            "/account/password", on="/account", password="not mine at all", new=OTHER, again=OTHER
        ).status_code
        == 422
    )
    form = {"password": PASSWORD, "new": OTHER, "again": OTHER}
    assert browser.post("/account/password", on="/account", **form).status_code == 303
    assert browser.get("/shops/juniper/").status_code == 200
    assert elsewhere.get("/shops/juniper/").status_code == 303


def test_one_may_end_a_session_of_ones_own_and_nobody_elses(
    app: FakedApp, flask: Flask, client: FlaskClient, olive: Known
) -> None:
    tom = member(app, "juniper", "agent")
    elsewhere, toms = flask.test_client(), flask.test_client()
    sign_in(app, client, olive)
    sign_in(app, elsewhere, olive)
    sign_in(app, toms, tom)
    browser = Browser(client, "/account")
    with app.database.read() as session:
        ids = list(session.scalars(select(SignInSession.id).order_by(SignInSession.id)))
    assert browser.post(f"/account/sessions/{ids[2]}/end").status_code == 404
    assert browser.post(f"/account/sessions/{ids[1]}/end").status_code == 303
    assert elsewhere.get("/account").status_code == 303
    assert toms.get("/account").status_code == 200
