"""Heads in the database: in force by their version, in every process; a wrong one leaves the shipped reader alone."""

from __future__ import annotations

from uuid import uuid4

import numpy as np
from structlog.testing import capture_logs

from bot.db import Database
from bot.models import ShopHead
from bot.teaching.lines import changed
from bot.teaching.refit import readers_for
from nlu.own import OwnHead
from nlu.reader import embedded_reader
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakeReader

READER = embedded_reader(sure=0.55, unsure=0.30)


def keep(db: Database, cast: Cast, clock: StillClock, stored: bytes, version: str) -> None:
    with db.write() as session:
        changed(session, cast.shop_id, clock())
        session.flush()
        row = session.get_one(ShopHead, cast.shop_id)
        row.version, row.weights, row.changed_at = version, stored, None


def test_a_shop_without_a_head_and_a_reader_that_learns_nothing_stay_as_they_are(
    sqlite_db: Database, keys: object
) -> None:
    with sqlite_db.read() as session:
        assert readers_for(session, READER, [1, 2]) == {1: READER, 2: READER}
        fake = FakeReader()
        assert readers_for(session, fake, [1]) == {1: fake}


def test_a_head_of_another_encoder_is_not_used_and_the_log_says_so(
    db: Database, cast: Cast, clock: StillClock
) -> None:
    from bot.teaching.refit import _version

    own = uuid4().hex  # a process remembers what it met, and says it once
    head = OwnHead("", own, (), (), np.zeros((0, 4), np.float32), np.zeros(0, np.float32), {"x": "yes"})
    for stored in (head.to_bytes(), own.encode()):
        keep(db, cast, clock, stored, _version(stored))
        with db.read() as session, capture_logs() as log:
            assert readers_for(session, READER, [cast.shop_id])[cast.shop_id] is READER
            assert readers_for(session, READER, [cast.shop_id])[cast.shop_id] is READER
        assert [line["event"] for line in log] == [
            "what a shop taught is not in force: the shipped reader reads"
        ]


def test_a_new_version_is_taken_up_with_the_next_text(db: Database, cast: Cast, clock: StillClock) -> None:
    from bot.teaching.refit import _version
    from nlu.reader import shared_model

    names = set()
    for intent in ("yes", "coupon"):
        empty = np.zeros((0, 1152), np.float32), np.zeros(0, np.float32)
        stored = OwnHead("", shared_model().encoder, (), (), *empty, {"x": intent}).to_bytes()
        keep(db, cast, clock, stored, _version(stored))
        with db.read() as session:
            found = readers_for(session, READER, [cast.shop_id, cast.other_shop_id])
        names.add(found[cast.shop_id].read("hello there friend", today=clock().date()).model)
        assert found[cast.other_shop_id] is READER
    assert len(names) == 2
