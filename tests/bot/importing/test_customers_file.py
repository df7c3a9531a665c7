"""A customers' file, from its bytes to the rows: who is taken, with what consent, and who is not."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.compliance.consent import opt_out, status, verify_chain
from bot.models import Consent, ConsentPayload, Customer, LedgerEntry, Signup, Suppression
from tests.bot.importing import files
from tests.bot.importing.conftest import Desk
from tests.support.clock import NOW


def people(desk: Desk) -> dict[str | None, Customer]:
    with desk.database.read() as session:
        found = session.scalars(select(Customer).where(Customer.shop_id == desk.shop_id)).all()
    return {customer.phone: customer for customer in found}


def dump(desk: Desk) -> list[list[Any]]:
    """Everything that an import of customers writes, but the salts."""
    tables: tuple[Any, ...] = (Customer, Consent, Suppression, LedgerEntry)
    skip = {"id", "hash", "payload_hash"}
    with desk.database.read() as session:
        return [
            sorted(
                repr([getattr(row, c.key) for c in table.__table__.columns if c.key not in skip])
                for row in session.scalars(select(table))
            )
            for table in tables
        ]


def reasons(desk: Desk) -> dict[int, str]:
    lines = (desk.folder / "customers.csv.rejected.csv").read_text("utf-8-sig").splitlines()[1:]
    return {
        int(line.split(",", 2)[0]): line.split(",", 2)[1] + ": " + line.split(",", 2)[2] for line in lines
    }


def test_a_shopify_file(desk: Desk) -> None:
    outcome = desk.importing("customers", files.SHOPIFY_CUSTOMERS)
    assert (outcome.counts.created, outcome.counts.rejected) == (3, 2)
    ana, ben, cleo = (people(desk)[phone] for phone in ("+12125550101", "+15125550102", "+442079460018"))
    assert (ana.first_name, ana.last_name, ana.email, ana.points) == ("Ana", "Lopez", "ana@example.com", 1250)
    assert (ana.external_id, ana.region, ana.postcode, ana.country) == ("6001", "NY", "10001", "US")
    assert ana.attributes == {
        "default_address_city": "New York",
        "tax_exempt": "no",
        "file_tags": "gold, tea",
    }
    assert (ben.first_name, ben.last_name, ben.points) == (None, None, None)
    assert (cleo.country, cleo.points) == ("GB", 0)
    assert outcome.counts.reasons == {"no_phone": 1, "bad_phone": 1}
    assert "no phone number" in reasons(desk)[5]
    assert reasons(desk)[6].startswith(
        "Default Address Phone: a spreadsheet turned it into scientific notation"
    )


def test_only_the_sms_column_gives_consent_to_texts(desk: Desk) -> None:
    desk.importing("customers", files.SHOPIFY_CUSTOMERS)
    with desk.database.read() as session:
        consents = {row.phone_key: row for row in session.scalars(select(Consent))}
    keys = [desk.keys.phone_key(desk.shop_id, phone) for phone in ("+12125550101", "+442079460018")]
    assert set(consents) == set(keys), "Ben said yes to e-mail only"
    assert {(row.kind, row.source, row.at) for row in consents.values()} == {("express", "import", NOW)}


def test_wording_and_date_are_kept_as_the_proof(desk: Desk) -> None:
    desk.importing(
        "customers",
        "phone,SMS Consent,SMS Consent Date,SMS Consent Wording,SMS Consent IP\n"
        "2125550101,SUBSCRIBED,2025-05-01 10:00,I agree to texts from Fern,203.0.113.9\n"
        "2125550102,true,,,\n",
    )
    with desk.database.read() as session:
        entries = list(
            session.execute(
                select(LedgerEntry, ConsentPayload)
                .join(ConsentPayload, ConsentPayload.ledger_id == LedgerEntry.id)
                .order_by(LedgerEntry.at)
            )
        )
        assert verify_chain(session, desk.shop_id) == []
    (first, proof), (second, _) = entries
    assert first.at.isoformat() == "2025-05-01T14:00:00+00:00"
    assert first.details == {
        "kind": "written",
        "wording": "I agree to texts from Fern",
        "file": "customers.csv",
        "line": 2,
        "dated": True,
    }
    assert proof.payload == {"phone": "+12125550101", "cell": "SUBSCRIBED", "address": "203.0.113.9"}
    assert (second.details["kind"], second.details["dated"]) == ("express", False)


def test_the_wording_can_be_given_for_the_whole_file(desk: Desk) -> None:
    desk.importing("customers", "phone,sms consent\n2125550101,yes\n", wording="Text me offers")
    with desk.database.read() as session:
        assert session.scalars(select(Consent.kind)).all() == ["written"]


@pytest.mark.parametrize(
    ("cell", "consent", "suppressed"),
    [
        ("yes", True, False),
        ("TRUE", True, False),
        ("1", True, False),
        ("Opted-In", True, False),
        ("no", False, False),
        ("never_subscribed", False, False),
        ("pending", False, False),
        ("", False, False),
        ("Unsubscribed", False, True),
        ("opted out", False, True),
        ("STOP", False, True),
    ],
)
def test_what_a_consent_cell_says(quick_desk: Desk, cell: str, consent: bool, suppressed: bool) -> None:
    quick_desk.importing("customers", f"phone,sms consent\n2125550101,{cell}\n")
    key = quick_desk.keys.phone_key(quick_desk.shop_id, "+12125550101")
    with quick_desk.database.read() as session:
        found = status(session, quick_desk.shop_id, key)
    assert (found.consent is not None, found.suppression is not None) == (consent, suppressed)


def test_r52_a_sign_up_that_nobody_confirmed_waits_for_a_yes(desk: Desk) -> None:
    """It is asked about by `winback consent ask`, and counts for nothing before; the same file twice is one sign-up."""
    file = (
        "phone,sms consent,consent wording\n2125550101,unconfirmed,I agree to texts.\n2125550102,pending,\n"
    )
    for _ in range(2):
        desk.importing("customers", file)
    keys = [desk.keys.phone_key(desk.shop_id, f"+1212555010{last}") for last in (1, 2)]
    with desk.database.read() as session:
        assert [status(session, desk.shop_id, key).consent for key in keys] == [None, None]
        waits = session.execute(select(Signup.kind, Signup.asked_at).order_by(Signup.kind)).all()
        acts = session.scalars(select(LedgerEntry.act)).all()
    assert [tuple(each) for each in waits] == [("express", None), ("written", None)]
    assert acts == ["signed_up", "signed_up"]


def test_no_file_lifts_an_opt_out(desk: Desk) -> None:
    key = desk.keys.phone_key(desk.shop_id, "+12125550101")
    with desk.database.write() as session:
        opt_out(session, desk.shop_id, key, source="carrier_word", at=NOW)
    desk.importing(
        "customers", "phone,sms consent,sms consent date\n2125550101,yes,2026-03-11\n", wording="Yes to texts"
    )
    with desk.database.read() as session:
        found = status(session, desk.shop_id, key)
        assert verify_chain(session, desk.shop_id) == []
    assert found.consent is None
    assert found.suppression is not None
    assert found.suppression.source == "carrier_word"


def test_a_yes_that_a_later_file_takes_back_is_an_opt_out_for_ever(desk: Desk) -> None:
    for cell in ("yes", "no", "yes"):
        desk.importing("customers", f"phone,sms consent\n2125550101,{cell}\n")
    with desk.database.read() as session:
        found = status(session, desk.shop_id, desk.keys.phone_key(desk.shop_id, "+12125550101"))
        assert verify_chain(session, desk.shop_id) == []
    assert found.consent is None
    assert found.suppression is not None


def test_a_new_number_of_somebody_who_opted_out_is_not_taken(desk: Desk) -> None:
    desk.importing("customers", "id,phone\n7,2125550101\n")
    with desk.database.write() as session:
        opt_out(
            session,
            desk.shop_id,
            desk.keys.phone_key(desk.shop_id, "+12125550101"),
            source="carrier_word",
            at=NOW,
        )
    outcome = desk.importing("customers", "id,phone,sms consent\n7,2125550109,yes\n")
    assert outcome.counts.reasons == {"opted_out_before": 1}
    assert set(people(desk)) == {"+12125550101"}


def test_a_new_number_of_anybody_else_is_and_brings_no_consent_along(desk: Desk) -> None:
    desk.importing("customers", "id,phone,sms consent\n7,2125550101,yes\n")
    outcome = desk.importing("customers", "id,phone\n7,2125550109\n")
    assert (outcome.counts.updated, set(people(desk))) == (1, {"+12125550109"})
    with desk.database.read() as session:
        key = desk.keys.phone_key(desk.shop_id, "+12125550109")
        assert status(session, desk.shop_id, key).consent is None


def test_one_number_is_one_customer_but_an_opt_out_in_any_line_counts(desk: Desk) -> None:
    outcome = desk.importing(
        "customers",
        "id,first name,phone,sms consent\n1,Ana,2125550101,yes\n2,Ben,(212) 555-0101,unsubscribed\n1,Cleo,2125550103,yes\n",
    )
    assert outcome.counts.reasons == {"repeated": 2}
    assert "line 2 has the same number" in reasons(desk)[3]
    assert "line 2 has the same id and another number" in reasons(desk)[4]
    assert people(desk)["+12125550101"].first_name == "Ana"
    with desk.database.read() as session:
        found = status(session, desk.shop_id, desk.keys.phone_key(desk.shop_id, "+12125550101"))
        assert verify_chain(session, desk.shop_id) == []
    assert found.suppression is not None


def test_erased_people_do_not_come_back(desk: Desk) -> None:
    desk.importing("customers", "phone\n2125550101\n")
    with desk.database.write() as session:
        ana = session.scalars(select(Customer)).one()
        ana.phone, ana.erased_at = None, NOW
    outcome = desk.importing("customers", "phone,name\n2125550101,Ana\n")
    assert outcome.counts.reasons == {"erased": 1}
    assert set(people(desk)) == {None}


def test_twice_is_as_once(desk: Desk) -> None:
    desk.importing("customers", files.SHOPIFY_CUSTOMERS)
    before = dump(desk)
    rejected = (desk.folder / "customers.csv.rejected.csv").read_bytes()
    again = desk.importing("customers", files.SHOPIFY_CUSTOMERS, now=NOW.replace(year=2027))
    assert (again.counts.created, again.counts.updated, again.counts.unchanged) == (0, 0, 3)
    assert dump(desk) == before
    assert (desk.folder / "customers.csv.rejected.csv").read_bytes() == rejected


def test_blank_cells_leave_what_is_known_and_filled_ones_overrule_it(desk: Desk) -> None:
    desk.importing("customers", "phone,first name,points,roast\n2125550101,Ana,5,dark\n")
    desk.importing("customers", "phone,first name,points,size\n2125550101,-,7,big\n")
    ana = people(desk)["+12125550101"]
    assert (ana.first_name, ana.points, ana.attributes) == ("Ana", 7, {"roast": "dark", "size": "big"})


def test_a_national_number_is_read_by_the_rows_country_else_the_files(quick_desk: Desk) -> None:
    quick_desk.importing(
        "customers",
        "phone,country\n030 901820,Germany\n020 7946 0018,United Kingdom\n030 901821,\n",
        country="DE",
    )
    assert set(people(quick_desk)) == {"+4930901820", "+442079460018", "+4930901821"}


def test_the_second_number_of_a_row_serves_when_the_first_cannot(quick_desk: Desk) -> None:
    quick_desk.importing("customers", "Phone,Default Address Phone\n12,212-555-0101\n")
    assert set(people(quick_desk)) == {"+12125550101"}


def test_two_shops_do_not_meet(desk: Desk) -> None:
    from tests.bot.importing.conftest import make_shop

    other = Desk(desk.database, desk.keys, make_shop(desk.database, "other"), desk.folder)
    for one in (desk, other):
        one.importing("customers", "id,phone,sms consent\n1,2125550101,yes\n")
    assert len(people(desk)) == len(people(other)) == 1
    with desk.database.read() as session:
        assert len(session.scalars(select(Consent)).all()) == 2
        assert verify_chain(session, other.shop_id) == []


def test_of_a_birthday_month_and_day_are_kept(quick_desk: Desk) -> None:
    """In whichever column and form; what cannot be read is left out, and the customer is not."""
    text = "phone,Date of Birth,tier\n"
    told = ("1990-05-04", "5/14/1988", "May 4, 1990", "05-04", "May 4", "soon")
    text += "".join(f'(212) 555-01{n:02},"{each}",gold\n' for n, each in enumerate(told, 1))
    quick_desk.importing("customers", text)
    with quick_desk.database.read() as session:
        rows = session.scalars(select(Customer).order_by(Customer.phone)).all()
        found = [row.attributes.get("birthday") for row in rows]
    assert found == ["05-04", "05-14", "05-04", "05-04", "05-04", None]
    assert all(set(row.attributes) <= {"birthday", "tier"} for row in rows)
