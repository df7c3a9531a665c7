"""First entries of many chains: the same links that one call each would have written."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from bot.compliance.consent import opt_in, opt_out, status, verify_chain
from bot.compliance.consent_bulk import FirstEntry, without_history, write_first
from bot.db import Database
from bot.models import LedgerEntry
from tests.support.cast import Cast
from tests.support.clock import NOW


def entries(number: int) -> list[FirstEntry]:
    at = NOW - timedelta(days=3)
    return [
        FirstEntry(
            f"key-{n}",
            "opted_in",
            "written",
            at,
            {"line": n, "wording": "«Sí», I agree"},
            {"phone": "+1", "cell": "yes"},
        )
        if n % 2
        else FirstEntry(f"key-{n}", "opted_out", None, at, {"line": n}, {"phone": "+1", "cell": "stop"})
        for n in range(number)
    ]


def test_the_chains_verify_and_what_stands_is_in_force(db: Database, cast: Cast) -> None:
    with db.write() as session:
        write_first(session, cast.other_shop_id, entries(20), source="import")
    with db.read() as session:
        faults = [
            fault for fault in verify_chain(session, cast.other_shop_id) if fault.phone_key.startswith("key-")
        ]
        assert faults == []
        given, stopped = (status(session, cast.other_shop_id, key) for key in ("key-1", "key-2"))
    assert given.consent is not None
    assert (given.consent.kind, given.suppression) == ("written", None)
    assert stopped.suppression is not None
    assert (stopped.suppression.kind, stopped.consent) == ("opted_out", None)


def test_later_entries_follow_from_them(db: Database, cast: Cast) -> None:
    with db.write() as session:
        write_first(session, cast.shop_id, entries(2), source="import")
        assert opt_out(session, cast.shop_id, "key-1", source="carrier_word", at=NOW)
        assert not opt_in(session, cast.shop_id, "key-0", source="import", at=NOW, kind="written")
    with db.read() as session:
        assert verify_chain(session, cast.shop_id, "key-1") == []


def test_a_changed_word_is_found(db: Database, cast: Cast) -> None:
    with db.write() as session:
        write_first(session, cast.shop_id, entries(2), source="import")
        session.execute(
            update(LedgerEntry).where(LedgerEntry.phone_key == "key-1").values(details={"line": 2})
        )
    with db.read() as session:
        assert "was changed after it was written" in {
            fault.what for fault in verify_chain(session, cast.shop_id, "key-1")
        }


def test_a_number_with_a_history_is_told_apart_and_refused(db: Database, cast: Cast) -> None:
    with db.write() as session:
        assert without_history(session, cast.shop_id, [cast.ana.phone_key, "key-1"]) == {"key-1"}
        assert without_history(session, cast.other_shop_id, [cast.ana.phone_key]) == {cast.ana.phone_key}
    entry = FirstEntry(cast.ana.phone_key, "opted_out", None, NOW, {}, {})
    with pytest.raises(IntegrityError), db.write() as session:
        write_first(session, cast.shop_id, [entry], source="import")
    with db.read() as session:
        assert (
            len(session.scalars(select(LedgerEntry).where(LedgerEntry.phone_key == cast.ana.phone_key)).all())
            == 1
        )
