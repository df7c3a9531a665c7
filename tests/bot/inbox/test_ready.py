"""Replies kept ready: searched, counted, checked like a flow's texts, and carried in a file."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.db import Database
from bot.inbox import Actor, Done, Gone, NotAllowed
from bot.inbox.ready import Imported, Ready, Unfit, as_file, drop, keep, ready, take_file, took
from bot.models import Audit
from tests.bot.inbox.staffed import hire
from tests.support.cast import Cast
from tests.support.clock import NOW

FILE = """\
replies:
  late-parcel:
    en: "Sorry, {{ customer.first_name | default: 'there' }}: it left on Monday."
    es: Lo siento, ya viene en camino.
  yes-we-have:
    en: We do! {{ link.shop }}
"""


@pytest.fixture
def olga(db: Database, cast: Cast) -> Actor:
    with db.write() as session:
        return hire(session, cast.shop_id, "Olga", NOW, "owner")


def test_a_file_goes_in_once_and_comes_out_the_same(db: Database, cast: Cast, olga: Actor) -> None:
    with db.write() as session:
        assert take_file(session, FILE, "replies.yml", olga, NOW) == Imported(3, 0, 0)
        assert take_file(session, FILE, "replies.yml", olga, NOW) == Imported(0, 0, 3)
        assert take_file(session, FILE.replace("We do", "Sure"), "r.yml", olga, NOW) == Imported(0, 1, 2)
        told = as_file(session, cast.shop_id)
        assert take_file(session, told, "r.yml", olga, NOW) == Imported(0, 0, 3)
        assert as_file(session, cast.other_shop_id) == "replies: {}\n"


def test_the_most_used_comes_first_and_words_find_it(db: Database, cast: Cast, olga: Actor) -> None:
    with db.write() as session:
        take_file(session, FILE, "replies.yml", olga, NOW)
        second = ready(session, cast.shop_id, search="WE do")[0]
        assert isinstance(took(session, second.id, olga), Ready)
    with db.read() as session:
        assert [each.name for each in ready(session, cast.shop_id, language="en")] == [
            "yes-we-have",
            "late-parcel",
        ]
        assert [each.language for each in ready(session, cast.shop_id, search="camino")] == ["es"]
        assert ready(session, cast.shop_id, search="100%") == ()
        assert ready(session, cast.other_shop_id) == ()


@pytest.mark.parametrize(
    ("file", "codes"),
    [
        ("replies: [a]", {"shape"}),
        ("replies: {Late Parcel: {en: x}}", {"shape"}),
        ("replies: {late: {fr: x}}", {"shape"}),
        ("replies: {late: {en: ''}}", {"shape"}),
        ("replies: {late: {en: '{{ customer.first_name '}}", {"bad-template"}),
        ("replies: {late: {en: '{{ customer.nickname }}'}}", {"unknown-variable"}),
        ("replies: {late: {en: '{{ said.until }} {{ link.here }}'}}", {"unknown-variable"}),
        ("replies: {late: {en: '{{ shop.name | join }}'}}", {"bad-template"}),
        ("replies: {a: {en: x}, b: {en: '{{ y }}'}}", {"unknown-variable"}),
    ],
)
def test_a_file_with_a_fault_changes_nothing(
    db: Database, cast: Cast, olga: Actor, file: str, codes: set[str]
) -> None:
    with db.write() as session:
        outcome = take_file(session, file, "replies.yml", olga, NOW)
        assert isinstance(outcome, Unfit)
        assert {each.code for each in outcome.problems} == codes
        assert all(each.line == 1 for each in outcome.problems)
        assert ready(session, cast.shop_id) == ()


def test_only_an_owner_changes_them_and_it_is_kept_who_did(db: Database, cast: Cast, olga: Actor) -> None:
    with db.write() as session:
        agent = hire(session, cast.shop_id, "Tom", NOW)
        stranger = hire(session, cast.other_shop_id, "Sue", NOW, "owner")
        assert isinstance(keep(session, "hi", "en", "Hello", agent, NOW), NotAllowed)
        assert keep(session, "hi", "en", "Hello", olga, NOW) == Done()
        assert keep(session, "hi", "en", " Hello ", olga, NOW) == Done(changed=False)
        (there,) = ready(session, cast.shop_id)
        assert isinstance(drop(session, there.id, agent, NOW), NotAllowed)
        assert drop(session, there.id, stranger, NOW) == Gone()
        assert took(session, there.id, stranger) == Gone()
        assert drop(session, there.id, olga, NOW) == Done()
    with db.read() as session:
        assert session.scalars(select(Audit.action).order_by(Audit.id)).all() == [
            "reply_kept",
            "reply_dropped",
        ]
