"""The ledger: what each act leaves standing, the chain, erasure, and two at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.compliance.chain import head_of
from bot.compliance.consent import hold, opt_in, opt_out, release, status, verify_chain
from bot.db import Database
from bot.models import Consent, ConsentPayload, LedgerEntry, Shop, Suppression
from tests.support.examples import examples

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
KEY, OTHER = "a" * 64, "b" * 64
Act = Callable[[Session], bool]


@pytest.fixture
def ledger(sqlite_db: Database) -> Database:
    """A database with two shops (ids 1 and 2) and an empty ledger."""
    with sqlite_db.write() as session:
        for number in (1, 2):
            session.add(
                Shop(
                    id=number,
                    slug=f"shop-{number}",
                    name="Shop",
                    text_name="Shop",
                    site_url="https://shop.example",
                    contact="help@shop.example",
                    created_at=NOW,
                )
            )
    return sqlite_db


def stop(session: Session, **more: object) -> bool:
    return opt_out(session, 1, KEY, source="carrier_word", at=NOW, payload={"words": "STOP"}, **more)  # type: ignore[arg-type]


def imported(session: Session) -> bool:
    return opt_in(session, 1, KEY, source="import", at=NOW, kind="written")


def start(session: Session) -> bool:
    return opt_in(session, 1, KEY, source="start", at=NOW)


def join(session: Session) -> bool:
    return opt_in(session, 1, KEY, source="join", at=NOW, kind="written")


def doubt(session: Session) -> bool:
    return hold(session, 1, KEY, source="rule", at=NOW)


def wrong(session: Session) -> bool:
    return hold(session, 1, KEY, source="rule", at=NOW, kind="wrong_number")


def cleared(session: Session) -> bool:
    return release(session, 1, KEY, source="staff", at=NOW)


def api(session: Session) -> bool:
    return opt_in(session, 1, KEY, source="api", at=NOW, kind="written")


def staff_signed(session: Session) -> bool:
    return opt_in(session, 1, KEY, source="staff", at=NOW, kind="written")


def twilio_stop(session: Session) -> bool:
    return opt_out(session, 1, KEY, source="carrier_word", at=NOW, details={"provider_blocks": True})


def refused(session: Session) -> bool:
    return opt_out(session, 1, KEY, source="provider", at=NOW)


def narrow(session: Session) -> bool:
    return opt_out(session, 1, KEY, source="rule", at=NOW, scope="marketing")


STANDS = [
    # what happened, consent, suppression, links
    ("R12 nothing", [], None, None, 0),
    ("R20 an import with consent", [imported], "written", None, 1),
    ("the same file again", [imported, imported], "written", None, 1),
    ("R1 STOP", [imported, stop], None, "opted_out", 2),
    ("R1 STOP of a stranger", [stop], None, "opted_out", 1),
    ("R5 STOP twice", [stop, stop], None, "opted_out", 1),
    ("R12 an import after STOP", [imported, stop, imported], None, "opted_out", 2),
    ("R12 an API call after STOP", [imported, stop, api], None, "opted_out", 2),
    ("R12 START brings the old consent back", [imported, stop, start], "written", None, 3),
    ("R52 START without a consent before", [stop, start], None, None, 2),
    ("R52 START out of the blue", [start], None, None, 0),
    ("R12 START with consent in force: nothing more that day", [imported, start], "written", None, 2),
    ("R12 JOIN with consent in force", [imported, join], "written", None, 2),
    ("JOIN after STOP", [stop, join], "written", None, 2),
    ("R12 a new signed consent, entered by staff", [stop, staff_signed], "written", None, 2),
    ("R145 a doubt", [imported, doubt], "written", "held", 2),
    ("R145 a doubt twice", [imported, doubt, doubt], "written", "held", 2),
    ("R145 a doubt settled", [imported, doubt, cleared], "written", None, 3),
    ("R145 a doubt, then STOP", [imported, doubt, stop], None, "opted_out", 3),
    ("R145 a doubt after STOP", [stop, doubt], None, "opted_out", 1),
    ("R12 an import does not settle a doubt", [doubt, imported], None, "held", 1),
    ("START settles a doubt", [imported, doubt, start], "written", None, 3),
    ("R11 an opt-out is never released", [stop, cleared], None, "opted_out", 1),
    ("R30 a wrong number", [imported, wrong], "written", "wrong_number", 2),
    ("R30 a doubt about a wrong number", [imported, wrong, doubt], "written", "wrong_number", 2),
    ("R30 doubt turns out a wrong number", [imported, doubt, wrong], "written", "wrong_number", 3),
    ("R30 the new owner's START has no old consent", [imported, wrong, start], None, None, 3),
    ("R30 the new owner stops, then starts", [imported, wrong, stop, start], None, None, 4),
    ("R30 the new owner's JOIN", [imported, wrong, join], "written", None, 3),
    ("R30 a person says the number is right", [imported, wrong, cleared], "written", None, 3),
    ("releasing nothing", [cleared], None, None, 0),
    ("R60 a signed consent does not end Twilio's own block", [twilio_stop, staff_signed], "written", "blocked", 2),
    ("R60 nor does JOIN, which Twilio does not know", [refused, join], "written", "blocked", 2),
    ("R60 START ends it", [twilio_stop, staff_signed, start], "written", None, 3),
    ("R60 a refusal of a blocked number is no news", [refused, staff_signed, refused], "written", "blocked", 2),
    ("R60 a doubt about a blocked number, settled", [refused, join, doubt, cleared], "written", "blocked", 4),
    ("R60 a block is never released", [refused, join, cleared], "written", "blocked", 2),
    ("R12 an import does not end a block", [refused, join, imported], "written", "blocked", 2),
    ("R60 STOP by a blocked number", [refused, join, stop], None, "opted_out", 3),
    ("R8 a stop of marketing", [imported, narrow], None, "no_marketing", 2),
    ("R8 a second one", [narrow, narrow], None, "no_marketing", 1),
    ("R8 a stop of everything after it", [narrow, stop], None, "opted_out", 2),
    ("R8 a stop of marketing after everything", [stop, narrow], None, "opted_out", 1),
    ("R8 a doubt does not weaken it", [narrow, doubt], None, "no_marketing", 1),
    ("R11 it is never released either", [narrow, cleared], None, "no_marketing", 1),
    ("R12 an import does not lift it", [narrow, imported], None, "no_marketing", 1),
    ("R12 START does", [imported, narrow, start], "written", None, 3),
]  # fmt: skip


@pytest.mark.parametrize(
    ("acts", "consent", "suppression", "links"), [row[1:] for row in STANDS], ids=[row[0] for row in STANDS]
)
def test_what_stands(
    ledger: Database, acts: list[Act], consent: str | None, suppression: str | None, links: int
) -> None:
    for act in acts:
        with ledger.write() as session:
            before = status(session, 1, KEY)
            changed = act(session)
            after = status(session, 1, KEY)
            assert changed or after == before
    with ledger.read() as session:
        standing = status(session, 1, KEY)
        assert (standing.consent.kind if standing.consent else None) == consent
        assert (standing.suppression.kind if standing.suppression else None) == suppression
        assert head_of(session, 1, KEY).seq == links
        assert verify_chain(session, 1, KEY) == []


def test_i2_the_suppression_is_in_force_in_the_callers_own_transaction(ledger: Database) -> None:
    with ledger.write() as session:
        assert stop(session)
        assert status(session, 1, KEY).suppression is not None
        session.rollback()
    with ledger.read() as session:
        assert status(session, 1, KEY).suppression is None, "it never commits by itself"


def test_r58_a_stop_counts_for_its_shop_and_number_alone(ledger: Database) -> None:
    with ledger.write() as session:
        stop(session)
        assert status(session, 1, OTHER).suppression is None
        assert status(session, 2, KEY).suppression is None


def test_a_stronger_consent_is_recorded_and_a_weaker_one_is_not(ledger: Database) -> None:
    with ledger.write() as session:
        assert opt_in(session, 1, KEY, source="import", at=NOW, kind="express")
        assert not opt_in(session, 1, KEY, source="import", at=NOW, kind="implied")
        assert opt_in(session, 1, KEY, source="import", at=NOW, kind="written")


def test_r155_a_newer_implied_consent_is_recorded(ledger: Database) -> None:
    with ledger.write() as session:
        opt_in(session, 1, KEY, source="import", at=NOW, kind="implied")
        assert not opt_in(session, 1, KEY, source="import", at=NOW - timedelta(days=9), kind="implied")
        assert opt_in(session, 1, KEY, source="import", at=NOW + timedelta(days=9), kind="implied")


def test_a_time_without_a_zone_is_refused(ledger: Database) -> None:
    with ledger.write() as session, pytest.raises(ValueError, match="zone"):
        opt_out(session, 1, KEY, source="staff", at=datetime(2026, 11, 23))


def test_r153_erasing_the_payload_leaves_a_chain_that_verifies(ledger: Database) -> None:
    with ledger.write() as session:
        imported(session)
        stop(session)
        assert session.scalar(select(func.count()).select_from(ConsentPayload)) == 1
        session.execute(delete(ConsentPayload))
    with ledger.read() as session:
        assert verify_chain(session, 1) == []


@pytest.mark.parametrize("stopped_before", [False, True])
def test_r22_a_start_after_an_erasure_brings_no_consent_back(ledger: Database, stopped_before: bool) -> None:
    """Its proof is gone with the erasure; so it is where a STOP stood already, and the erasure added no link."""
    with ledger.write() as session:
        opt_in(session, 1, KEY, source="import", at=NOW, kind="written", payload={"phone": "+14155550101"})
        if stopped_before:
            stop(session)
        assert opt_out(session, 1, KEY, source="erasure", at=NOW) != stopped_before
        session.execute(delete(ConsentPayload))
        assert start(session)
        standing = status(session, 1, KEY)
        assert (standing.consent, standing.suppression) == (None, None)
        assert verify_chain(session, 1) == []


def test_r22_nor_does_one_that_never_had_a_personal_half(ledger: Database) -> None:
    with ledger.write() as session:
        imported(session)
        opt_out(session, 1, KEY, source="erasure", at=NOW)
        start(session)
        assert status(session, 1, KEY).consent is None


TAMPERING = [
    ("an act was changed", update(LedgerEntry).where(LedgerEntry.seq == 1).values(act="released"), "was changed"),
    ("a time was changed", update(LedgerEntry).where(LedgerEntry.seq == 2).values(at=NOW - timedelta(1)), "was changed"),
    ("details were changed", update(LedgerEntry).where(LedgerEntry.seq == 1).values(details={"kind": "soft"}), "was changed"),
    ("a link was cut out", delete(LedgerEntry).where(LedgerEntry.seq == 1), "is missing"),
    ("the tail was cut off", delete(LedgerEntry).where(LedgerEntry.seq == 2), "stands on a link"),
    ("a payload was changed", update(ConsentPayload).values(payload={"words": "yes please"}), "payload"),
    ("a suppression was deleted", delete(Suppression), "not in force"),
    ("a consent was put beside it", insert(Consent).values(shop_id=1, phone_key=KEY, kind="written", source="import", at=NOW, ledger_seq=1), "«written» stands on a link"),
    ("a suppression was redated", update(Suppression).values(since=NOW - timedelta(days=1)), "stands on a link"),
    ("the whole chain was cut out", delete(LedgerEntry), "stands on a link that is not there"),
    ("a suppression was relabelled", update(Suppression).values(kind="held"), "stands on a link"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "fault"), [row[1:] for row in TAMPERING], ids=[row[0] for row in TAMPERING]
)
def test_r22_tampering_is_found(ledger: Database, change: object, fault: str) -> None:
    with ledger.write() as session:
        imported(session)
        stop(session)
    with ledger.write() as session:
        if str(change).startswith("DELETE"):
            session.execute(delete(ConsentPayload))
        session.execute(change)
    with ledger.read() as session:
        assert any(fault in found.what for found in verify_chain(session, 1)), verify_chain(session, 1)


def test_r22_a_consent_that_was_made_stronger_or_deleted_is_found(ledger: Database) -> None:
    with ledger.write() as session:
        opt_in(session, 1, KEY, source="import", at=NOW, kind="implied")
        session.execute(update(Consent).values(kind="written"))
        assert [fault.what for fault in verify_chain(session, 1)] == [
            "«written» stands on a link that does not say so"
        ]
        session.execute(delete(Consent))
        assert [fault.what for fault in verify_chain(session, 1, KEY)] == [
            "«implied» is what this link says, and it is not in force"
        ]


def test_a_link_that_somebody_else_added_meanwhile_means_look_again(ledger: Database) -> None:
    """The numbering is the lock: a link after a stale head is refused, and the transaction lives on."""
    from bot.compliance import chain

    with ledger.write() as session:
        imported(session)
        stale = head_of(session, 1, KEY)
        stop(session)
        with pytest.raises(IntegrityError), session.begin_nested():
            chain.append(session, 1, KEY, stale, act="released", source="x", at=NOW, details={}, payload=None)
        assert not stop(session)
        assert verify_chain(session, 1) == []


def test_the_callers_own_unsaved_rows_survive(ledger: Database) -> None:
    with ledger.write() as session:
        session.add(Consent(shop_id=2, phone_key=OTHER, kind="soft", source="x", at=NOW, ledger_seq=1))
        stop(session)
    with ledger.read() as session:
        assert status(session, 2, OTHER).consent is not None


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from([stop, imported, start, join, doubt, wrong, cleared, api, staff_signed]), max_size=12
    )
)
def test_after_a_stop_only_an_explicit_opt_in_lifts_it(ledger: Database, acts: list[Act]) -> None:
    with ledger.write() as session:
        stopped = False
        for act in acts:
            act(session)
            if act is stop:
                stopped = True
            elif act in (start, join, staff_signed):
                stopped = False
            standing = status(session, 1, KEY)
            assert (standing.suppression is not None and standing.suppression.kind == "opted_out") == stopped
        assert verify_chain(session, 1) == []
        session.rollback()  # the next example begins anew


@pytest.mark.server
def test_two_transactions_at_once_make_one_chain(postgres_db: Database) -> None:
    """The second waits for the first at the unique key, loses, looks again and finds nothing left to do."""
    with postgres_db.write() as session:
        session.add(Shop(id=1, slug="s", name="S", text_name="S", site_url="s", contact="c", created_at=NOW))
    with ThreadPoolExecutor(8) as pool:

        def one(_: int) -> bool:
            with postgres_db.write() as session:
                return stop(session)

        assert sorted(pool.map(one, range(8))) == [False] * 7 + [True]

        def several(number: int) -> bool:
            act = (imported, doubt, cleared, wrong, start, stop)[number % 6]
            with postgres_db.write() as session:
                return act(session)

        list(pool.map(several, range(48)))
    with postgres_db.read() as after:
        assert verify_chain(after, 1) == []
