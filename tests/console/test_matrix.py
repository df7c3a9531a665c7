"""Every route of the console against everybody: signed out, each role, and the owner of another shop.

The table of what is expected is made from what the routes declare (console.access) and from the table of permissions
(bot.staff.roles): a new route is in it by itself, and one that declares nothing fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from bot.models import Account, Base, Shop, SignInSession
from bot.settings import Settings, TwilioAccount, TwilioSettings
from bot.staff.roles import ALLOWED, ROLES, may
from console import create_app
from console.access import Access, Undeclared, anyone, check_declared, declared, needs
from console.guards import FIELD, HEADER
from tests.console.conftest import FakeHandset
from tests.console.people import Known, member, sign_in
from tests.support.cast import ACCOUNT, Cast
from tests.support.fakes import FakedApp

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]  # some hundred requests each

SIGNED_OUT, HALF_IN, STRANGER = "signed out", "before the second step", "another shop's owner"
EVERYBODY = (SIGNED_OUT, HALF_IN, *ROLES, STRANGER)
SAFE = {"GET", "HEAD", "OPTIONS"}
HOSTILE = '<img src=x onerror="alert(1)">{{7*7}}'
PASSED = "the view was reached"
"""What a request that may is answered with: anything but the answers of the guards."""


@pytest.fixture
def db(sqlite_db: Any) -> Any:
    """One database is enough: what is asked here is asked before any statement that differs."""
    return sqlite_db


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With an account at the provider: the demo's doors are shut, and what stands open in a demo is asked as well."""
    real = TwilioSettings(accounts=(TwilioAccount(sid=ACCOUNT, token_env="NO_SUCH_TOKEN"),))
    return settings.model_copy(update={"twilio": real})


@pytest.fixture
def flask(app: FakedApp, cast: Cast, handset: FakeHandset) -> Flask:
    """The console, whose first shop is a real one here."""
    return create_app(app, handset)


@pytest.fixture
def everybody(app: FakedApp, cast: Cast) -> dict[str, Known]:
    """One of each role at Juniper, and the owner of Paprika."""
    known = {role: member(app, "juniper", role, name=HOSTILE) for role in ROLES}
    return known | {HALF_IN: known["owner"], STRANGER: member(app, "paprika", "owner")}


def routes(flask: Flask) -> Iterator[tuple[Rule, str, Access]]:
    """Each route with each of its methods, and what it declares."""
    for rule in flask.url_map.iter_rules():
        if rule.endpoint != "static":
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method, declared(flask, rule.endpoint)


def address(flask: Flask, rule: Rule, slug: str = "juniper") -> str:
    """The route at this shop; numbers in it are of rows that there are not, words of nothing."""
    values: dict[str, Any] = {}
    for name in rule.arguments:
        converter = type(rule._converters[name]).__name__
        values[name] = slug if name == "slug" else 999_999 if converter == "IntegerConverter" else "nothing"
    with flask.test_request_context():
        return str(flask.url_map.bind("localhost").build(rule.endpoint, values, force_external=False))


def browser_of(flask: Flask, app: FakedApp, everybody: dict[str, Known], who: str) -> FlaskClient:
    """A browser of this one."""
    client = flask.test_client()
    if who != SIGNED_OUT:
        sign_in(app, client, everybody[who], "second" if who == HALF_IN else "done")
    return client


def expected(access: Access, who: str) -> Any:
    """What the declaration promises: a status, or that the view itself answers."""
    if access.kind == "anyone":
        return PASSED
    if who in (SIGNED_OUT, HALF_IN):
        return "to the sign-in page"
    if access.permission is None:
        return PASSED
    if who == STRANGER:
        return 404
    return PASSED if may(who, access.permission) else 403


def test_every_route_answers_everybody_as_it_declares(
    flask: Flask, app: FakedApp, everybody: dict[str, Known]
) -> None:
    wrong = []
    for who in EVERYBODY:
        client, token = browser_of(flask, app, everybody, who), ""
        for rule, method, access in routes(flask):
            if method not in SAFE:
                token = token or token_of(app, client)
            headers = {HEADER: token} if method not in SAFE else {}
            answer = client.open(address(flask, rule), method=method, headers=headers)
            wanted = expected(access, who)
            body = answer.get_data(as_text=True)
            found: Any = answer.status_code
            if found == 303 and answer.headers["Location"].startswith("/sign-in"):
                found = "to the sign-in page"
            if wanted == PASSED:
                guarded = found == 500 or (found == 403 and "Not for your role" in body)
                # what needs a member and let one in may not send them to sign in
                if guarded or (found == "to the sign-in page" and access.kind != "anyone"):
                    wrong.append((who, method, rule.rule, found, wanted))
            elif found != wanted:
                wrong.append((who, method, rule.rule, found, wanted))
            if method not in SAFE and access.kind in ("anyone", "account"):
                client, token = browser_of(flask, app, everybody, who), ""  # it may have ended the session
    assert not wrong, "\n".join(map(str, wrong))


def test_what_htmx_asks_for_signed_out_moves_the_page(flask: Flask, everybody: dict[str, Known]) -> None:
    answer = flask.test_client().get("/shops/juniper/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in"


def test_no_get_changes_anything(flask: Flask, app: FakedApp, everybody: dict[str, Known]) -> None:
    """Every row of every table is the same after every page was opened by everybody."""
    clients = []
    for who in EVERYBODY:
        client = browser_of(flask, app, everybody, who)
        clients.append(client)
    before = rows(app)
    assert before["accounts"], "there is something to compare"
    for client in clients:
        for rule, method, _ in routes(flask):
            if method == "GET":
                client.get(address(flask, rule))
    after = rows(app)
    assert [name for name in before if before[name] != after[name]] == []


def test_no_post_without_a_token_gets_through(
    flask: Flask, app: FakedApp, everybody: dict[str, Known]
) -> None:
    """Whoever sends it, none, an empty one, a wrong one, and that of somebody else's session."""
    theirs = flask.test_client()
    sign_in(app, theirs, everybody["viewer"])
    foreign = token_of(app, theirs)
    for who in (SIGNED_OUT, "owner"):
        client = browser_of(flask, app, everybody, who)
        client.get("/sign-in")
        before = rows(app)
        for rule, method, _ in routes(flask):
            if method not in SAFE:
                for form in ({}, {FIELD: ""}, {FIELD: "0" * 64}, {FIELD: foreign}):
                    answer = client.open(address(flask, rule), method=method, data=form)
                    assert answer.status_code == 403, (who, method, rule.rule, form)
        assert rows(app) == before


def test_every_form_carries_the_token(flask: Flask, app: FakedApp, everybody: dict[str, Known]) -> None:
    """On every page that everybody may open."""
    forms = 0
    for who in EVERYBODY:
        client = browser_of(flask, app, everybody, who)
        for rule, method, _ in routes(flask):
            if method == "GET":
                page = client.get(address(flask, rule)).get_data(as_text=True)
                for form in re.findall(r"<form\b.*?</form>", page, re.DOTALL):
                    if 'method="post"' in form:
                        forms += 1
                        assert re.search(rf'name="{FIELD}" value="[0-9a-f]{{64}}"', form), rule.rule
    assert forms > 20


def test_hostile_names_stay_text(flask: Flask, app: FakedApp, everybody: dict[str, Known]) -> None:
    """The name of every member of the shop, and of the shop itself, is markup here."""
    with app.database.write() as session:
        shop = session.execute(select(Shop).where(Shop.slug == "juniper")).scalar_one()
        shop.name = HOSTILE
    shown = 0
    for who in ("owner", "viewer"):
        client = browser_of(flask, app, everybody, who)
        for rule, method, _ in routes(flask):
            if method == "GET":
                page = client.get(address(flask, rule)).get_data(as_text=True)
                assert "<img src=x" not in page, rule.rule
                assert "49" not in re.findall(r"onerror=.{0,20}?(49)", page), rule.rule
                shown += page.count("&lt;img src=x")
    assert shown > 10


def test_every_page_has_the_headers(flask: Flask, app: FakedApp, everybody: dict[str, Known]) -> None:
    client = flask.test_client()
    sign_in(app, client, everybody["owner"])
    for rule, method, _ in routes(flask):
        if method == "GET":
            answer = client.get(address(flask, rule))
            policy = answer.headers["Content-Security-Policy"]
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "no-store", rule.rule
            page = answer.get_data(as_text=True)
            for inline in ("<style", " style=", " onclick", "hx-on", "javascript:"):
                assert inline not in page, (rule.rule, inline)


def test_a_route_that_declares_nothing_is_refused_when_the_console_is_made(flask: Flask) -> None:
    bare = Flask("bare")
    bare.add_url_rule("/open", "open", lambda: "")
    with pytest.raises(Undeclared, match="open does not say"):
        check_declared(bare)
    shopless = Flask("shopless")
    shopless.add_url_rule("/inbox", "inbox", needs("inbox.look")(lambda: ""))
    with pytest.raises(Undeclared, match="has no <slug>"):
        check_declared(shopless)
    fine = Flask("fine")
    fine.add_url_rule("/", "first", anyone(lambda: ""))
    check_declared(fine)


def test_an_owner_may_everything_and_a_viewer_changes_nothing() -> None:
    for permission, roles in ALLOWED.items():
        assert "owner" in roles, permission
        assert "viewer" not in roles or permission.endswith(".look"), permission


def token_of(app: FakedApp, client: Any) -> str:
    """The form token of this browser, read from a page that it may open."""
    page = client.get("/sign-in", follow_redirects=True).get_data(as_text=True)
    found = re.search(r"X-Form-Token&#34;: &#34;([0-9a-f]{64})|X-Form-Token\": \"([0-9a-f]{64})", page)
    assert found
    return str(found.group(1) or found.group(2))


def rows(app: FakedApp) -> dict[str, list[tuple[Any, ...]]]:
    """The whole database, table by table."""
    with app.database.read() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


def test_the_rows_that_are_compared_are_there(app: FakedApp, everybody: dict[str, Known]) -> None:
    """A comparison of nothing with nothing would always hold."""
    found = rows(app)
    assert len(found[Account.__tablename__]) == 5
    assert SignInSession.__tablename__ in found
