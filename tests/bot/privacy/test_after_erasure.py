"""After an erasure: the provider forgets too, nothing comes back by itself, and whoever comes back is welcome."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from bot.compliance import consent
from bot.compliance.consent import status
from bot.compliance.proof import Proof
from bot.compliance.signups import NewSignup
from bot.conversations.joining import join
from bot.conversations.missed import look_for_missed
from bot.models import (
    Customer,
    Erasure,
    Inbound,
    Outbound,
    ProviderCopy,
    Sender,
    Signup,
    StrayText,
)
from bot.privacy import erased_list
from bot.privacy.erase import erase
from bot.privacy.forgetting import BATCH
from bot.privacy.provider_copies import PAUSES, forget_copies, waiting_and_given_up
from bot.sending.archive import ListingError, ReceivedText
from bot.sending.status import Report, record_report
from bot.shops import ShopSettings
from tests.bot.conversations.loop import run_until_quiet, text_in
from tests.bot.importing.conftest import Desk
from tests.bot.privacy.living import everything, found_in, lived
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakeArchive, FakedApp

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


def test_the_provider_is_asked_for_its_copies_until_they_are_gone(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    """R154."""
    lived(app, cast, clock)
    archive: FakeArchive = app.archive  # type: ignore[assignment]
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    with app.database.read() as session:
        wanted = {
            *session.scalars(select(Inbound.provider_id)),
            *session.scalars(select(Outbound.provider_id).where(Outbound.provider_id.is_not(None))),
        }
    archive.away = ListingError("away")
    assert forget_copies(app) == 0
    archive.away, archive.asked = None, []
    assert forget_copies(app) == 0  # not at once again
    clock.move(PAUSES[0])
    assert forget_copies(app) == len(wanted)
    assert {about[1] for what, about in archive.asked if what == "forget"} == wanted
    assert waiting_and_given_up(app) == (0, 0)
    assert forget_copies(app) == 0


def test_a_copy_that_will_not_go_is_given_up_and_counted(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    lived(app, cast, clock)
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    app.archive.away = ListingError("away")  # type: ignore[attr-defined]
    for pause in (*PAUSES, timedelta(days=1)):
        forget_copies(app)
        clock.move(pause)
    waiting, given_up = waiting_and_given_up(app)
    assert waiting == 0
    assert given_up


def test_a_text_that_was_leaving_is_asked_for_when_its_name_is_known(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    lived(app, cast, clock)
    with app.database.write() as session:
        row = session.scalars(select(Outbound).order_by(Outbound.id)).first()
        assert row is not None
        name, row.provider_id = row.provider_id, None
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    with app.database.write() as session:
        session.get_one(Outbound, row.id).provider_id = name
    forget_copies(app)
    with app.database.read() as session:
        assert session.scalar(select(ProviderCopy.status).where(ProviderCopy.provider_id == name)) == "gone"


def test_a_report_that_comes_late_brings_no_number_back(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    lived(app, cast, clock)
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    with app.database.read() as session:
        text = session.scalars(select(Outbound).order_by(Outbound.id)).first()
    assert text is not None
    raw = {"To": cast.ana.phone}
    for later, word in ((timedelta(hours=2), "read"), (timedelta(days=9), "delivered")):
        clock.move(later)
        record_report(app, Report(ACCOUNT, text.provider_id or "", text.public_id, word, "", raw))
        assert found_in(everything(app)) == [], word
        clock.move(days=1)
        record_report(app, Report(ACCOUNT, "SM-another-try", text.public_id, word, "", raw))
        assert found_in(everything(app)) == [], "one that is not taken for ours"


def test_the_sweep_for_missed_texts_brings_nothing_back(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """The tombstone: a text of before the erasure leaves its id, and nothing else."""
    lived(app, cast, clock)
    missed = ReceivedText(
        ACCOUNT, "SM" + "9" * 32, cast.ana.phone, cast.number, "more kale soup", app.real_now(), 0
    )
    app.archive.received.append(missed)  # type: ignore[attr-defined]
    clock.move(hours=1)
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    clock.move(minutes=10)
    look_for_missed(app)
    run_until_quiet(app)
    assert found_in(everything(app)) == []
    with app.database.read() as session:
        assert session.get_one(Customer, cast.ana.customer_id).erased_at is not None
        kept = session.scalars(select(Inbound).where(Inbound.provider_id == missed.provider_id)).one()
    assert kept.body == ""
    assert forget_copies(app)


def test_who_texts_again_is_a_new_customer_who_is_still_suppressed(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    lived(app, cast, clock)
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    clock.move(days=1)
    text_in(app, cast, cast.ana, "hello again")
    clock.move(seconds=10)
    run_until_quiet(app)
    with app.database.read() as session:
        back = session.get_one(Customer, cast.ana.customer_id)
        assert (back.phone, back.first_name, back.erased_at) == (cast.ana.phone, None, None)
        standing = status(session, cast.shop_id, cast.ana.phone_key)
    assert standing.suppression is not None
    assert [line for line in found_in(everything(app)) if "5550101" not in line] == []
    clock.move(days=1)
    again = erase(app, cast.shop_id, cast.ana.phone, by="test")
    assert again is not None
    assert found_in(everything(app)) == []
    with app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Erasure)) == 1


def test_an_import_brings_nobody_back_and_lifts_nothing(
    app: FakedApp, cast: Cast, clock: StillClock, tmp_path: Path
) -> None:
    """R12, R152: customers and orders of files that still have them."""
    lived(app, cast, clock)
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    desk = Desk(app.database, app.keys, cast.shop_id, tmp_path, now=app.real_now())
    done = desk.importing(
        "customers",
        "id,first_name,phone,email,country,sms_consent\nana,Ana,+14155550101,ana@kale soup,US,yes\n",
    )
    assert done.counts.reasons == {"erased": 1}
    desk.importing(
        "orders",
        "order_id,phone,email,created_at,total,first_name\n9001,+14155550101,ana@x.example,2026-03-01,12.00,Ana\n",
    )
    assert found_in(everything(app)) == []
    with app.database.read() as session:
        standing = status(session, cast.shop_id, cast.ana.phone_key)
        assert standing.suppression is not None
        assert standing.consent is None


def test_more_than_a_batch_is_forgotten_too(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    now = app.real_now()
    with app.database.write() as session:
        session.add_all(
            Inbound(
                shop_id=cast.shop_id,
                conversation_id=cast.ana.conversation_id,
                account=ACCOUNT,
                provider_id=f"SM{number:032d}",
                sender_number=cast.number,
                body="kale soup",
                received_at=now,
                settle_at=now,
                turned_at=now,
            )
            for number in range(2 * BATCH + 1)
        )
    done = erase(app, cast.shop_id, cast.ana.phone, by="test")
    assert done is not None
    assert done.counts["texts received"] == 2 * BATCH + 1
    assert found_in(everything(app)) == []


def test_a_stray_text_and_an_opt_out_of_nobody_s_customer_are_erased_too(app: FakedApp, cast: Cast) -> None:
    key = app.keys.phone_key(cast.shop_id, "+12125550188")
    with app.database.write() as session:
        consent.opt_out(
            session, cast.shop_id, key, source="staff", at=app.real_now(), payload={"words": "Lisbon"}
        )
    assert erase(app, cast.shop_id, "+12125550188", by="test") is not None
    assert "Lisbon" not in everything(app)


def test_whom_a_backup_brings_back_is_erased_again(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """The list lies beside the database, and outlives it."""
    lived(app, cast, clock)
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    assert erased_list.keep(app) == 0
    path = app.settings.home / erased_list.FILE
    kept = path.read_text()
    assert kept == f"{cast.shop_id} {cast.ana.phone_key}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with app.database.write() as session:  # as a backup of before would have it
        session.execute(delete(ProviderCopy))
        session.execute(delete(Erasure))
        back = session.get_one(Customer, cast.ana.customer_id)
        back.phone, back.first_name, back.erased_at = cast.ana.phone, "Ana", None
    with path.open("a") as file:
        file.write(f"{cast.shop_id} {'0' * 64}\nrubbish\n")
    assert erased_list.keep(app) == 1
    assert found_in(everything(app)) == []
    assert erased_list.keep(app) == 0


def test_a_home_that_cannot_be_written_stops_no_erasure(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    lived(app, cast, clock)
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    nowhere = app.settings.model_copy(update={"home": app.settings.home / "not" / "there"})
    assert erased_list.keep(replace(app, settings=nowhere)) == 0


def test_r153_an_erased_number_that_somebody_types_brings_nothing_back_before_a_start(
    app: FakedApp, cast: Cast, clock: StillClock, tmp_path: Path
) -> None:
    lived(app, cast, clock)
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    clock.move(days=1)
    proof = Proof(
        medium="web", wording="I agree.", phone=cast.ana.phone, address="192.0.2.7", agent="Firefox"
    )
    for double in (True, False):
        with app.database.write() as session:
            new, settings = NewSignup("written", "signup", proof), ShopSettings(double_opt_in=double)
            outcome = join(
                session, app.keys, cast.shop_id, cast.ana.phone, new, settings, app.real_now(), language="es"
            )
        assert outcome == "needs_start"
    desk = Desk(app.database, app.keys, cast.shop_id, tmp_path, now=app.real_now())
    desk.importing("customers", "id,first_name,phone,email\nana,Ana,+14155550101,ana@kale soup\n")
    assert found_in(everything(app)) == []
    with app.database.read() as session:
        assert session.get_one(Customer, cast.ana.customer_id).erased_at is not None
    text_in(app, cast, cast.ana, "START")
    with app.database.read() as session:
        back = session.get_one(Customer, cast.ana.customer_id)
        assert (back.phone, back.first_name, back.erased_at) == (cast.ana.phone, None, None)
        standing = status(session, cast.shop_id, cast.ana.phone_key)
    assert standing.suppression is None
    assert standing.consent is not None


def test_an_erasure_that_is_asked_for_again_takes_the_sign_up_along_that_came_since(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    lived(app, cast, clock)
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    with app.database.write() as session:
        new = NewSignup("written", "signup", Proof(medium="web"))
        join(session, app.keys, cast.shop_id, cast.ana.phone, new, ShopSettings(), app.real_now())
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    with app.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Signup)) == 0


def test_i13_an_erasure_takes_no_stray_text_of_another_shop_along(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    lived(app, cast, clock)
    theirs = "AC" + "7" * 32
    with app.database.write() as session:
        session.add(Sender(shop_id=cast.other_shop_id, number="+13125550199", account=theirs))
        session.add(Sender(shop_id=cast.shop_id, number="+12125550133", account=ACCOUNT))
        session.flush()
        for place, (account, sender, to) in enumerate(
            [
                (theirs, cast.ana.phone, "+13125550199"),
                (theirs, cast.ana.phone, "+13125550000"),
                (theirs, "", "+13125550199"),
                (ACCOUNT, cast.ana.phone, "+12125550133"),
            ]
        ):
            session.add(
                StrayText(
                    account=account,
                    provider_id=f"SM-stray-{place}",
                    from_number=sender,
                    to_number=to,
                    body="",
                    received_at=app.real_now(),
                )
            )

    def left() -> list[str]:
        with app.database.read() as session:
            return list(session.scalars(select(StrayText.provider_id).order_by(StrayText.id)))

    with app.database.write() as session:  # by the list beside the database, which knows keys only
        key = app.keys.phone_key(cast.shop_id, "+12125550188")
        consent.opt_out(session, cast.shop_id, key, source="staff", at=app.real_now())
    (app.settings.home / erased_list.FILE).write_text(f"{cast.shop_id} {key}\n")
    assert erased_list.keep(app) == 1
    assert left() == [f"SM-stray-{place}" for place in range(4)]
    erase(app, cast.shop_id, cast.ana.phone, by="test")
    assert left() == [f"SM-stray-{place}" for place in range(3)]
