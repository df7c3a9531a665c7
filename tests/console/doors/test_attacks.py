"""What a stranger tries at the doors: planted cookies, links that are over, foreign names, and locks turned into weapons."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.models import Account, Audit, SignInSession
from bot.staff import tries
from console.signin import way_back
from tests.console.people import (
    COOKIE,
    PASSWORD,
    Browser,
    Known,
    enter,
    link_in,
    member,
    sign_in,
    with_second_step,
)
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow

DEVICE = "winback_device"
OTHER = "seven loud kitchen radios"


def besiege(app: FakedApp, email: str) -> None:
    """Strangers everywhere have tried this address until nobody new gets in."""
    with app.database.write() as session:
        for number in range(tries.OF_ACCOUNT + 1):
            tries.count(session, tries.at_sign_in(app.keys, email, f"203.0.113.{number}"), app.real_now())


def test_strangers_who_try_shut_out_themselves_and_not_a_browser_that_is_known(
    app: FakedApp, flask: Flask, browser: Browser, olive: Known
) -> None:
    enter(browser)
    browser.post("/sign-out", on="/account")
    besiege(app, olive.email)
    assert enter(Browser(flask.test_client())).status_code == 401, "a browser that nobody has seen"
    assert enter(browser).status_code == 303


def test_the_second_step_is_not_shut_for_a_browser_that_is_known(
    app: FakedApp, flask: Flask, browser: Browser, olive: Known, clock: StillClock
) -> None:
    """Who has the password alone can use up the codes of strangers, not the owner's."""
    _, codes = with_second_step(app, olive)
    step = "/sign-in/second"
    enter(browser)
    browser.post(step, on=step, code=codes[0])
    browser.post("/sign-out", on="/account")
    thief = Browser(flask.test_client())
    enter(thief)
    for _ in range(tries.OF_CODES + 1):
        thief.post(step, on=step, code="000000")
    enter(browser)
    assert browser.post(step, on=step, code=codes[1]).status_code == 303


def test_who_sets_a_password_by_a_link_gets_in_while_strangers_try(
    app: FakedApp, flask: Flask, client: FlaskClient, olive: Known
) -> None:
    tom = member(app, "juniper", "agent", "tom@juniper.example", password=True)
    besiege(app, tom.email)
    sign_in(app, client, olive)
    link = link_in(
        Browser(client, "/shops/juniper/people").post(f"/shops/juniper/people/{tom.staff_id}/reset")
    )
    toms = Browser(flask.test_client(), link)
    toms.post(link, password=OTHER, again=OTHER)
    assert enter(Browser(toms.client), OTHER, tom.email).status_code == 303


def test_the_browsers_mark_opens_nothing_and_tells_nothing(
    app: FakedApp, flask: Flask, browser: Browser, olive: Known
) -> None:
    answer = enter(browser)
    cookie = next(each for each in answer.headers.getlist("Set-Cookie") if each.startswith(DEVICE))
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "olive" not in cookie
    mark = browser.client.get_cookie(DEVICE)
    assert mark is not None
    thief = Browser(flask.test_client())
    thief.client.set_cookie(DEVICE, mark.value)
    assert thief.get("/account").status_code == 303
    for _ in range(tries.FROM_A_DEVICE):
        enter(thief, "wrong wrong wrong")
    assert enter(thief).status_code == 401, "its tries have an end"


def test_whoever_signs_in_with_a_browser_ends_the_session_that_it_had(
    app: FakedApp, flask: Flask, client: FlaskClient, olive: Known
) -> None:
    """Nobody could sign out of that one any more; and a session that was planted is worth nothing afterwards."""
    tom = member(app, "juniper", "agent", "tom@juniper.example")
    toms = sign_in(app, client, tom)
    browser = Browser(client, "/account")
    token = browser.token()
    answer = client.post("/sign-in", data={"form_token": token, "email": olive.email, "password": PASSWORD})
    assert answer.status_code == 303
    assert "olive" in client.get("/account").get_data(as_text=True)
    other = flask.test_client()
    other.set_cookie(COOKIE, toms)
    assert other.get("/account").status_code == 303
    with app.database.read() as session:
        assert list(session.scalars(select(SignInSession.account_id))) == [olive.account_id]
        left = select(Audit.account_id).where(Audit.action == "signed out")
        assert list(session.scalars(left)) == [tom.account_id]


def test_a_form_of_a_session_that_has_ended_is_no_form_of_the_next_one(
    app: FakedApp, client: FlaskClient, olive: Known
) -> None:
    """SQLite gives its number away again, and a colleague knows the token that they had."""
    sign_in(app, client, member(app, "juniper", "agent"))
    theirs = Browser(client, "/account").token()
    Browser(client).post("/sign-out", on="/account")
    sign_in(app, client, olive)
    assert client.post("/account/name", data={"form_token": theirs, "name": "x"}).status_code == 403


def test_half_a_session_opens_nothing(app: FakedApp, browser: Browser, olive: Known) -> None:
    """Neither does it count as a session among those that one may end."""
    with_second_step(app, olive)
    enter(browser)
    for page in ("/", "/account", "/shops/juniper/", "/shops/juniper/inbox", "/shops/juniper/people"):
        assert browser.get(page).headers["Location"].startswith("/sign-in"), page
    post = browser.client.post(
        "/account/name", data={"form_token": browser.token("/sign-in/second"), "name": "x"}
    )
    assert post.status_code == 303
    with app.database.read() as session:
        assert session.get_one(Account, olive.account_id).name == "Olive"


def test_the_code_that_switched_the_second_step_on_does_not_sign_in(
    app: FakedApp, flask: Flask, browser: Browser, olive: Known, clock: StillClock
) -> None:
    """Whoever read it over a shoulder has half a minute otherwise."""
    enter(browser)
    browser.post("/account/second-step/begin", on="/account", password=PASSWORD)
    page = browser.get("/account/second-step").get_data(as_text=True)
    secret = page.partition("<code")[2].partition(">")[2].partition("<")[0].replace(" ", "")
    code = pyotp.TOTP(secret).at(clock())
    assert browser.post("/account/second-step", on="/account/second-step", code=code).status_code == 200
    thief = Browser(flask.test_client())
    enter(thief)
    step = "/sign-in/second"
    assert thief.post(step, on=step, code=code).status_code == 401


def test_an_invitation_that_was_withdrawn_lets_nobody_in(
    app: FakedApp, flask: Flask, client: FlaskClient, olive: Known
) -> None:
    sign_in(app, client, olive)
    people = "/shops/juniper/people"
    owner = Browser(client, people)
    link = link_in(owner.post(f"{people}/invite", email="tom@juniper.example", role="owner"))
    toms = Browser(flask.test_client(), link)
    form = {"name": "Tom", "password": OTHER, "again": OTHER, "form_token": toms.token()}
    with app.database.read() as session:
        staff = session.execute(select(Account.id).where(Account.email == "tom@juniper.example")).scalar_one()
    assert staff
    withdrawn = [
        each for each in owner.get(people).get_data(as_text=True).split('action="') if "/remove" in each
    ]
    assert owner.post(withdrawn[-1].partition('"')[0]).status_code == 303
    assert toms.client.post(link, data=form).status_code == 404
    assert enter(Browser(flask.test_client()), OTHER, "tom@juniper.example").status_code == 401


def test_links_are_made_of_settings_and_never_of_the_name_that_was_asked_for(
    app: FakedApp, client: FlaskClient, olive: Known
) -> None:
    sign_in(app, client, olive)
    people = "/shops/juniper/people"
    spoofed = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    owner = Browser(client, people, headers=spoofed)
    page = owner.post(f"{people}/invite", email="tom@juniper.example", role="agent").get_data(as_text=True)
    assert "evil.example" not in page
    assert f"http://{app.settings.console.host}:{app.settings.console.port}/link/" in page
    answer = client.post(f"{people}/invite", headers={"Host": "evil.example"})
    assert answer.status_code == 421


@given(st.text(max_size=40) | st.text(alphabet="/\\.:@?#%\t\n ab", max_size=20).map(lambda each: "/" + each))
def test_the_way_back_is_a_page_of_ours_whatever_was_asked_for(wanted: str) -> None:
    back = way_back(wanted)
    there = urlsplit(urljoin("http://console.example/sign-in", back))
    assert (there.scheme, there.netloc) == ("http", "console.example")
    assert "\\" not in back
    assert back.isprintable()


@pytest.mark.parametrize(
    "page", ["/", "/account", "/shops/juniper/", "/shops/juniper/inbox", "/nowhere", "/sign-in"]
)
def test_no_page_is_kept_by_the_browser_or_on_the_way(
    app: FakedApp, client: FlaskClient, cast: Cast, olive: Known, page: str
) -> None:
    """After signing out the way back shows nothing."""
    sign_in(app, client, olive)
    assert client.get(page).headers["Cache-Control"] == "no-store"


def test_htmx_that_meets_a_session_which_is_over_leads_back_to_the_page(
    flask: Flask, cast: Cast, browser: Browser
) -> None:
    asks = {"HX-Request": "true", "HX-Current-URL": "http://localhost/shops/juniper/inbox?view=mine"}
    answer = browser.client.get("/shops/juniper/inbox/live", headers=asks)
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/shops/juniper/inbox%3Fview%3Dmine"
    asks["HX-Current-URL"] = "http://evil.example/x"
    answer = browser.client.get("/shops/juniper/inbox/live", headers=asks)
    assert answer.headers["HX-Redirect"] == "/sign-in"
