"""The demonstration on real orders, in small: sixty invented customers, the same play."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from benchmarks.cdnow import source
from benchmarks.cdnow.__main__ import main
from benchmarks.cdnow.audit import Delivery, Hours, Timeline, audit, deliveries
from benchmarks.cdnow.run import demonstrate
from benchmarks.cdnow.script import PARTS, Reply, deal
from nlu.training_data import load

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

KEYS = (
    "customers orders rejected lapsed enrolled texts texts_outside_window texts_after_stop texts_twice replies "
    "right_next_step coupons clicks recovered_orders recovered_revenue"
).split()
NEW_YORK, DENVER_OR_CHICAGO, BIRMINGHAM = "+12125550101", "+16055550101", "+12055550101"
SUNDAY_NOON = datetime(1998, 7, 12, 18, tzinfo=UTC)


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """Sixty customers, one to four orders each, the last one 20 to 300 days before July 1998."""
    dice = Random("sixty")
    lines = [" customer_id  date number_of_cds  dollar_value"]
    for number in range(60):
        last = date(1998, 7, 1) - timedelta(days=dice.randint(20, 300))
        days = sorted(last - timedelta(days=90 * back) for back in range(dice.randint(1, 4)))
        lines += [
            f" {number:05d} {day:%Y%m%d} {dice.randint(1, 4):>2} {dice.uniform(8, 60):>7.2f}" for day in days
        ]
    path = tmp_path / "orders.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.server
def test_sixty_customers_play_the_whole_loop(orders: Path, tmp_path: Path) -> None:
    """Imported, texted, answered, silenced, won back; and what is counted twice agrees."""
    before = dict(os.environ)
    outcome = demonstrate(orders, tmp_path, customers=31, weeks=3, database_url=None, tell=lambda words: None)
    figures = outcome.figures
    assert outcome.broken == []
    assert (figures.texts_outside_window, figures.texts_after_stop, figures.texts_twice) == (0, 0, 0)
    assert (figures.customers, figures.rejected, figures.enrolled) == (60, 0, 31)
    assert figures.replies >= 25
    assert figures.right_next_step >= 0.9 * figures.replies, outcome.misses
    assert figures.texts > 40
    assert figures.coupons > 3
    assert figures.clicks > 0
    assert figures.recovered_orders > 0
    assert figures.recovered_revenue > 0
    assert list(figures.to_json()) == KEYS
    assert dict(os.environ) == before


def test_without_the_file_it_says_so(tmp_path: Path) -> None:
    """Exit status 1 and the remedy, no traceback."""
    done = CliRunner().invoke(main, [str(tmp_path / "nothing.txt")])
    assert done.exit_code == 1
    assert "ORDERS=FILE" in done.stderr


def test_every_number_is_its_own_and_nobody_s(orders: Path) -> None:
    """555-0100..0199, one a customer, in 240 area codes, none of them the shop's."""
    codes = source.area_codes()
    assert len(set(codes)) == source.AREA_CODES
    people = source.read_people(orders)
    phones = {person.phone for person in people}
    assert len(phones) == len(people) == 60
    assert source.SHOP_NUMBER not in phones
    assert all(re.fullmatch(r"\+1\d{3}55501\d\d", phone) for phone in phones)


def test_no_wording_of_the_script_was_learned_from() -> None:
    """Else the play would test the reader's memory. Carrier words are what they are."""
    learned = {
        example.text.lower() for folder in ("nlu/data", "tests/nlu/heldout") for example in load(Path(folder))
    }
    replies = [act for part in PARTS for act in part.acts if isinstance(act, Reply)]
    words = {words.lower() for reply in replies for words in reply.words if not reply.expect.by_provider}
    assert len(learned) > 1000
    assert words & learned == set()


def test_parts_are_dealt_by_their_shares() -> None:
    """Two hundred get exactly the shares; a few get the most frequent ones."""
    hand = [part.name for part in deal(200)]
    assert all(hand.count(part.name) == part.share for part in PARTS)


@pytest.mark.parametrize(
    ("phone", "at", "open_"),
    [
        (NEW_YORK, datetime(1998, 7, 1, 20, 59, tzinfo=UTC), False),
        (NEW_YORK, datetime(1998, 7, 1, 21, 0, tzinfo=UTC), True),
        (NEW_YORK, datetime(1998, 7, 2, 0, 0, tzinfo=UTC), False),
        (DENVER_OR_CHICAGO, datetime(1998, 7, 1, 22, 30, tzinfo=UTC), False),
        (DENVER_OR_CHICAGO, datetime(1998, 7, 1, 23, 30, tzinfo=UTC), True),
        (BIRMINGHAM, datetime(1998, 7, 2, 23, 0, tzinfo=UTC), True),
        (BIRMINGHAM, datetime(1998, 7, 3, 23, 0, tzinfo=UTC), False),
        (BIRMINGHAM, SUNDAY_NOON, False),
        (NEW_YORK, SUNDAY_NOON, True),
        ("+18005550101", SUNDAY_NOON, False),
    ],
    ids=[
        "before five", "at five", "at eight", "five in one of its zones", "five in both",
        "an evening", "the observed holiday", "a Sunday in Alabama", "the same Sunday in New York", "toll-free",
    ],
)  # fmt: skip
def test_the_second_reading_of_the_hours(phone: str, at: datetime, open_: bool) -> None:
    """The law's rows and the send window, in every zone of the area code."""
    assert (Hours().closed(phone, at) is None) is open_


def text(seq: int, minutes: float, author: str, body: str = "Hi", public_id: str | None = None) -> Delivery:
    return Delivery(seq, NEW_YORK, SUNDAY_NOON + timedelta(minutes=minutes), author, body, public_id)


CONFIRMED = "Groove Yard: You're opted out and won't get any more texts from us."
RECORDS = [
    ("all is well", [text(1, 0, "shop", "a"), text(2, 5, "shop", "b")], {}, (0, 0, 0)),
    ("at night", [text(1, 720, "shop")], {}, (1, 0, 0)),
    ("at night, asked", [text(1, 715, "handset"), text(2, 720, "shop")], {}, (0, 0, 0)),
    ("at night, asked an hour ago", [text(1, 660, "handset"), text(2, 720, "shop")], {}, (1, 0, 0)),
    ("a confirmation", [text(1, 0, "handset", "stop"), text(2, 0, "shop", CONFIRMED)], {NEW_YORK: 1}, (0, 0, 0)),
    ("two of them", [text(1, 0, "handset", "stop"), text(2, 0, "shop", CONFIRMED), text(3, 1, "Twilio", "unsubscribed")], {NEW_YORK: 1}, (0, 1, 0)),
    ("late", [text(1, 0, "handset", "stop"), text(2, 6, "shop", CONFIRMED)], {NEW_YORK: 1}, (0, 1, 0)),
    ("an offer at that instant", [text(1, 0, "handset", "stop"), text(2, 0, "shop")], {NEW_YORK: 1}, (0, 1, 0)),
    ("just before it", [text(1, 0, "shop"), text(2, 0, "handset", "stop")], {NEW_YORK: 2}, (0, 0, 0)),
    ("one id twice", [text(1, 0, "shop", "a", "x"), text(2, 1680, "shop", "b", "x")], {}, (0, 0, 1)),
    ("the same words twice", [text(1, 0, "shop", "a", "x"), text(2, 60, "shop", "a", "y")], {}, (0, 0, 1)),
    ("two days later", [text(1, 0, "shop", "a", "x"), text(2, 2 * 1440 + 240, "shop", "a", "y")], {}, (0, 0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("record", "stops", "counted"), [row[1:] for row in RECORDS], ids=[r[0] for r in RECORDS]
)
def test_what_must_be_zero_is_counted(
    record: list[Delivery], stops: dict[str, int], counted: tuple[int, int, int]
) -> None:
    """Each fault on its own, and what looks like one."""
    found = audit(record, stops)
    assert (len(found.outside_window), len(found.after_stop), len(found.twice)) == counted


def test_a_real_instant_is_found_on_the_domain_clock() -> None:
    """The stand-in stamps real time; a text belongs to where the clock stood when it was done."""
    real = datetime(2026, 1, 1, tzinfo=UTC)
    timeline = Timeline()
    timeline.note(real, SUNDAY_NOON)
    timeline.note(real + timedelta(seconds=2), SUNDAY_NOON + timedelta(days=4))
    row = {"seq": 1, "author": "shop", "from": "", "to": NEW_YORK, "body": "Hi", "public_id": "x"}
    stamped = [{**row, "at": (real + timedelta(seconds=wait)).isoformat()} for wait in (-1, 1, 2)]
    found = [each.at - SUNDAY_NOON for each in deliveries(json.loads(json.dumps(stamped)), timeline)]
    assert found == [timedelta(), timedelta(days=4), timedelta(days=4)]
