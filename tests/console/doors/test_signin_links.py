"""Invitations and links for a new password: once, for a while, and never into somebody else's account."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.models import Staff, StaffLink
from bot.staff import accounts
from tests.console.people import (
    Browser,
    Known,
    enter,
    link_in,
    member,
    sign_in,
    with_second_step,
)
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow

OTHER = "seven loud kitchen radios"


def test_an_invitation_lets_somebody_in_once(
    app: FakedApp, flask: Flask, client: FlaskClient, olive: Known
) -> None:
    sign_in(app, client, olive)
    page = Browser(client, "/shops/juniper/people").post(
        "/shops/juniper/people/invite", email="Tom@Juniper.example", role="agent"
    )
    link = link_in(page)
    with app.database.read() as session:
        assert link.rpartition("/")[2] not in str(session.execute(select(StaffLink.token_hash)).all())
    tom = Browser(flask.test_client(), link)
    form = {"name": "Tom", "password": OTHER, "again": OTHER}
    assert (
        tom.post(link, **form | {"password": "juniper coffee", "again": "juniper coffee"}).status_code == 422
    )
    assert tom.post(link, **form).headers["Location"] == "/shops/juniper/"
    assert tom.get("/shops/juniper/").status_code == 200
    assert tom.get("/shops/juniper/people").status_code == 403
    assert Browser(flask.test_client()).get(link).status_code == 404
    with app.database.read() as session:
        staff = session.scalars(select(Staff).where(Staff.email == "tom@juniper.example")).one()
        assert (staff.active, staff.name, staff.role) == (True, "Tom", "agent")


def test_an_invitation_is_over_after_7_days(
    app: FakedApp, flask: Flask, client: FlaskClient, olive: Known, clock: StillClock
) -> None:
    sign_in(app, client, olive)
    form = {"email": "tom@juniper.example", "role": "agent"}
    link = link_in(Browser(client, "/shops/juniper/people").post("/shops/juniper/people/invite", **form))
    clock.move(days=7, seconds=1)
    assert flask.test_client().get(link).status_code == 404


def test_an_invitation_never_sets_the_password_of_an_account_that_has_one(
    app: FakedApp, flask: Flask, olive: Known
) -> None:
    """Else the owner of one shop could walk into another (I13)."""
    pepper = member(app, "paprika", "owner", "pepper@paprika.example")
    theirs = flask.test_client()
    sign_in(app, theirs, pepper)
    link = link_in(
        Browser(theirs, "/shops/paprika/people").post(
            "/shops/paprika/people/invite", email="olive@juniper.example", role="viewer"
        )
    )
    form = {"name": "x", "password": OTHER, "again": OTHER}
    stranger = flask.test_client()
    token = Browser(stranger).token()
    assert stranger.post(link, data=form | {"form_token": token}).status_code == 403
    assert enter(Browser(flask.test_client()), OTHER).status_code == 401
    hers = Browser(flask.test_client())
    enter(hers)
    assert hers.post(link, on=link).headers["Location"] == "/shops/paprika/"
    assert {hers.get("/shops/paprika/").status_code, hers.get("/shops/juniper/").status_code} == {200}
    reset = Browser(theirs, "/shops/paprika/people").post(
        f"/shops/paprika/people/{staff_id(app, 'paprika', 'olive@juniper.example')}/reset"
    )
    assert reset.status_code == 422
    assert "also works for another shop" in reset.get_data(as_text=True)


@pytest.mark.parametrize("both", [False, True])
def test_a_reset_link_sets_a_password_once_and_keeps_the_second_step_unless_told(
    app: FakedApp, flask: Flask, client: FlaskClient, olive: Known, both: bool
) -> None:
    tom = member(app, "juniper", "agent", "tom@juniper.example", password=True)
    with_second_step(app, tom)
    old = flask.test_client()
    sign_in(app, old, tom)
    sign_in(app, client, olive)
    form = {"both": "yes"} if both else {}
    link = link_in(
        Browser(client, "/shops/juniper/people").post(f"/shops/juniper/people/{tom.staff_id}/reset", **form)
    )
    toms = Browser(flask.test_client(), link)
    assert toms.post(link, password=OTHER, again=OTHER).headers["Location"] == "/sign-in"
    assert old.get("/account").status_code == 303, "signed out everywhere"
    where = enter(Browser(flask.test_client()), OTHER, tom.email).headers["Location"]
    assert where.startswith("/sign-in/second") is not both
    assert flask.test_client().get(link).status_code == 404


def staff_id(app: FakedApp, slug: str, email: str) -> int:
    """Somebody's number at a shop."""
    with app.database.read() as session:
        account = accounts.by_email(session, email)
        assert account
        rows = session.scalars(select(Staff).where(Staff.account_id == account.id).order_by(Staff.id))
        return next(row.id for row in rows if row.shop_id == (2 if slug == "paprika" else 1))
