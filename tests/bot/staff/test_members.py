"""Accounts, memberships, links, tries and the audit, on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.db import Database
from bot.keys import Keys
from bot.models import Account, Audit, Shop, Staff
from bot.staff import accounts, audit, links, members, passwords, sessions, tries
from bot.staff.audit import By, Filter, Subject
from bot.staff.demo_people import demo_account
from bot.staff.members import Invited, Refused
from bot.staff.roles import ALLOWED, ROLES, Role, may
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.databases import wait_for_a_lock

HASHED = passwords.hashed("five quiet harbour gulls")


def someone(db: Database, shop_id: int, email: str, role: Role, clock: StillClock) -> tuple[int, int]:
    """An account with a password, at this shop; gives its number and that of the membership."""
    with db.write() as session:
        account = accounts.by_email(session, email) or accounts.make(session, email, email[:5], clock())
        account.password_hash = HASHED
        return account.id, members.admit(session, shop_id, account, role, clock()).id


def test_the_last_owner_stays_and_of_two_either_may_go(db: Database, cast: Cast, clock: StillClock) -> None:
    _, olive = someone(db, cast.shop_id, "olive@x.example", "owner", clock)
    someone(db, cast.other_shop_id, "pepper@x.example", "owner", clock)
    with db.write() as session:
        assert isinstance(members.change_role(session, cast.shop_id, olive, "viewer"), Refused)
        assert isinstance(members.remove(session, cast.shop_id, olive, clock()), Refused)
    _, second = someone(db, cast.shop_id, "second@x.example", "owner", clock)
    with db.write() as session:
        assert isinstance(members.change_role(session, cast.shop_id, olive, "viewer"), Staff)
        assert isinstance(members.remove(session, cast.shop_id, second, clock()), Refused)


def test_an_owner_who_was_only_invited_is_no_owner_yet(db: Database, cast: Cast, clock: StillClock) -> None:
    _, olive = someone(db, cast.shop_id, "olive@x.example", "owner", clock)
    with db.write() as session:
        members.invite(session, cast.shop_id, "new@x.example", "owner", clock())
        assert isinstance(members.remove(session, cast.shop_id, olive, clock()), Refused)


@pytest.mark.server
def test_two_owners_who_remove_each_other_at_once_leave_one(
    postgres_db: Database, keys: Keys, clock: StillClock
) -> None:
    from tests.support.cast import bring_cast

    with postgres_db.write() as session:
        cast = bring_cast(session, keys, clock())
    both = [
        someone(postgres_db, cast.shop_id, f"{name}@x.example", "owner", clock)[1] for name in ("one", "two")
    ]
    ready = threading.Barrier(2)

    def go(staff_id: int) -> None:
        ready.wait()
        with postgres_db.write() as session:
            members.remove(session, cast.shop_id, staff_id, clock())

    threads = [threading.Thread(target=go, args=(each,)) for each in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with postgres_db.read() as session:
        assert len(session.scalars(select(Staff).where(Staff.active.is_(True))).all()) == 1


def test_another_shops_people_are_out_of_reach(db: Database, cast: Cast, clock: StillClock) -> None:
    _, pepper = someone(db, cast.other_shop_id, "pepper@x.example", "agent", clock)
    with db.write() as session:
        assert isinstance(members.remove(session, cast.shop_id, pepper, clock()), Refused)
        assert isinstance(members.change_role(session, cast.shop_id, pepper, "owner"), Refused)
        assert isinstance(members.reset(session, cast.shop_id, pepper, None, clock()), Refused)
        assert [each.name for each in members.people(session, cast.shop_id)] == []


def test_who_was_removed_may_not_come_by_the_old_link_and_may_be_invited_again(
    db: Database, cast: Cast, clock: StillClock
) -> None:
    with db.write() as session:
        first = members.invite(session, cast.shop_id, "tom@x.example", "agent", clock())
        assert isinstance(first, Invited)
        members.remove(session, cast.shop_id, first.staff_id, clock())
        assert links.look(session, first.token, clock()) is None
        again = members.invite(session, cast.shop_id, "Tom@X.example", "viewer", clock())
        assert isinstance(again, Invited)
        assert again.staff_id == first.staff_id
        assert links.look(session, first.token, clock()) is None, "not the old one"
        link = links.look(session, again.token, clock())
        assert link is not None
        assert links.join(session, link, clock(), name="Tom", hashed=HASHED)
        assert not links.join(session, link, clock(), name="Tom", hashed=HASHED), "once"
        assert links.look(session, again.token, clock()) is None


def test_a_newer_link_ends_the_one_before_of_its_kind_alone(
    db: Database, cast: Cast, clock: StillClock
) -> None:
    _, tom = someone(db, cast.shop_id, "tom@x.example", "agent", clock)
    with db.write() as session:
        invited = members.invite(session, cast.other_shop_id, "tom@x.example", "agent", clock())
        one = members.reset(session, cast.shop_id, tom, None, clock())
        two = members.reset(session, cast.shop_id, tom, None, clock(), both=True)
        assert isinstance(invited, Invited)
        assert not isinstance(one, Refused)
        assert not isinstance(two, Refused)
        assert links.look(session, one.token, clock()) is None
        assert links.look(session, two.token, clock()) is not None
        assert links.look(session, invited.token, clock()) is not None
        clock.move(hours=25)
        assert links.look(session, two.token, clock()) is None
        assert links.look(session, invited.token, clock()) is not None


def test_who_is_invited_is_an_address_until_they_come(db: Database, cast: Cast, clock: StillClock) -> None:
    """I13: that somebody has an account elsewhere, its name and its second step are no affair of whoever invites them."""
    account_id, _ = someone(db, cast.other_shop_id, "pepper@x.example", "owner", clock)
    with db.write() as session:
        session.get_one(Account, account_id).totp_secret = "sealed"
        accounts.rename(session, session.get_one(Account, account_id), "Pepper Piper")
        known = members.invite(session, cast.shop_id, "pepper@x.example", "agent", clock())
        new = members.invite(session, cast.shop_id, "nobody@x.example", "agent", clock())
        assert isinstance(known, Invited)
        assert isinstance(new, Invited)
        accounts.rename(session, session.get_one(Account, account_id), "Pepper Potts")
    with db.write() as session:
        seen = members.people(session, cast.shop_id)
        assert [(each.name, each.second_step) for each in seen] == [("nobody", False), ("pepper", False)]
        link = links.look(session, known.token, clock())
        assert link is not None
        assert link.name == ""
        refused = members.reset(session, cast.shop_id, known.staff_id, 1, clock())
        assert refused == Refused("pepper@x.example has not come yet: invite them again for a new link.")
        assert links.join(session, link, clock())
    with db.read() as session:
        joined = next(each for each in members.people(session, cast.shop_id) if each.state == "joined")
        assert (joined.name, joined.second_step) == ("Pepper Potts", True)


def test_to_be_invited_by_a_stranger_changes_nothing_at_home(
    db: Database, cast: Cast, clock: StillClock
) -> None:
    """Neither does it take the owner's say over a password away, nor tell who invited."""
    owner, _ = someone(db, cast.shop_id, "olive@x.example", "owner", clock)
    _, tom = someone(db, cast.shop_id, "tom@x.example", "agent", clock)
    with db.write() as session:
        invited = members.invite(session, cast.other_shop_id, "tom@x.example", "agent", clock())
        assert isinstance(invited, Invited)
        assert not isinstance(members.reset(session, cast.shop_id, tom, owner, clock()), Refused)
        link = links.look(session, invited.token, clock())
        assert link is not None
        assert links.join(session, link, clock())
        assert isinstance(members.reset(session, cast.shop_id, tom, owner, clock()), Refused)


@pytest.mark.parametrize("email", ["owner@demo.invalid", "Agent@DEMO.invalid", "anybody@demo.invalid"])
def test_the_demos_addresses_are_nobody_elses(
    db: Database, cast: Cast, clock: StillClock, email: str
) -> None:
    """Also before the demo's people are made; and whoever had one of them before is not the demo's by one click."""
    with db.write() as session:
        assert isinstance(members.invite(session, cast.shop_id, email, "owner", clock()), Refused)
        assert session.scalars(select(Account)).all() == []
        session.get_one(Shop, cast.shop_id).demo = True
        folded = accounts.fold(email)
        assert folded
        mine = accounts.make(session, folded, "Mine", clock())
        assert all(demo_account(session, role, clock()) is not mine for role in ROLES)


@pytest.mark.server
def test_who_comes_while_they_are_removed_is_removed(
    postgres_db: Database, keys: Keys, clock: StillClock
) -> None:
    from tests.support.cast import bring_cast

    db = postgres_db
    with db.write() as session:
        cast = bring_cast(session, keys, clock())
        invited = members.invite(session, cast.shop_id, "tom@x.example", "agent", clock())
        assert isinstance(invited, Invited)
        link = links.look(session, invited.token, clock())
        assert link is not None

    def remove() -> None:
        with db.write() as session:
            members.remove(session, cast.shop_id, invited.staff_id, clock())

    thread = threading.Thread(target=remove)
    with db.write() as session:
        assert links.join(session, link, clock(), name="Tom", hashed=HASHED)
        session.flush()
        thread.start()
        wait_for_a_lock(db)
    thread.join()
    with db.read() as session:
        staff = session.get_one(Staff, invited.staff_id)
        assert (staff.active, staff.removed_at is not None) == (False, True)


def test_tries_are_counted_by_place_and_forgotten_after_a_quarter_of_an_hour(
    db: Database, keys: Keys, clock: StillClock
) -> None:
    here = tries.at_sign_in(keys, "olive@x.example", "198.51.100.7")
    there = tries.at_sign_in(keys, "olive@x.example", "203.0.113.9")
    with db.write() as session:
        assert all(tries.count(session, here, clock()) for _ in range(tries.FROM_ONE_PLACE))
        assert not tries.count(session, here, clock())
        assert tries.count(session, there, clock())
        clock.move(minutes=15)
        assert tries.count(session, here, clock())
        tries.forget(session, here)
        assert all(tries.count(session, here, clock()) for _ in range(tries.FROM_ONE_PLACE))


def test_a_household_is_one_place(keys: Keys) -> None:
    """An IPv6 customer has 2**64 addresses."""
    one, two = (tries.at_sign_in(keys, "a@b.example", f"2001:db8:1:2::{n}") for n in (1, 2))
    assert one == two


def test_signing_out_everywhere_ends_also_what_begins_meanwhile(
    db: Database, cast: Cast, clock: StillClock
) -> None:
    account_id, _ = someone(db, cast.shop_id, "olive@x.example", "owner", clock)
    with db.write() as session:
        before = session.get_one(Account, account_id)
        session.expunge(before)  # as another process has it, that is about to begin a session
        sessions.end_all(session, session.get_one(Account, account_id))
        token = sessions.begin(session, before, "done", clock())
    assert sessions.whose(db, token, clock()) is None


def test_the_audit_keeps_no_words_and_no_numbers(db: Database, cast: Cast, clock: StillClock) -> None:
    by = By("Tom +14155550101", 1, 2, "198.51.100.7")
    with db.write() as session:
        audit.record(
            session,
            by,
            "replied",
            shop_id=cast.shop_id,
            at=clock(),
            subject=Subject("conversation", 7),
            details={"phones": ["+14155550101"], "more": {"to": "415 555 0101"}, "parts": 2},
        )
        for held in ({"body": "hi"}, {"more": {"Text": "hi"}}, {"password": "x"}):
            with pytest.raises(ValueError, match="keeps no"):
                audit.record(session, by, "x", shop_id=cast.shop_id, at=clock(), details=held)
    with db.read() as session:
        (row,) = session.scalars(select(Audit))
        assert "0101" not in f"{row.actor} {row.details}"
        assert row.details["parts"] == 2


def test_the_audit_is_filtered_and_stays_in_its_shop(db: Database, cast: Cast, clock: StillClock) -> None:
    with db.write() as session:
        for shop_id, staff_id, action in (
            (cast.shop_id, 1, "a"),
            (cast.shop_id, 2, "b"),
            (cast.other_shop_id, 1, "a"),
        ):
            audit.record(session, By("x", None, staff_id), action, shop_id=shop_id, at=clock())
    with db.read() as session:
        seen = audit.acts(session, cast.shop_id, Filter())
        assert [line.action for line in seen] == ["b", "a"]
        assert [line.action for line in audit.acts(session, cast.shop_id, Filter(staff_id=1))] == ["a"]
        assert [line.action for line in audit.acts(session, cast.shop_id, Filter(action="b"))] == ["b"]
        assert [each.action for each in audit.acts(session, cast.shop_id, Filter(before=seen[0].id))] == ["a"]
        assert audit.actions(session, cast.other_shop_id) == ["a"]


def test_a_role_that_is_none_may_nothing() -> None:
    assert not any(may(role, permission) for role in ("", "admin", "Owner") for permission in ALLOWED)


def test_links_and_sessions_last_as_long_as_the_docs_say() -> None:
    assert links.LASTS["invite"] == timedelta(days=7)
    assert links.LASTS["reset"] == links.LASTS["reset_both"] == timedelta(hours=24)
    assert (timedelta(hours=12), timedelta(days=30)) == (sessions.IDLE, sessions.AT_MOST)
