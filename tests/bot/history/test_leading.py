"""A start that goes on is led into another revision: whatever its trigger was, and whatever it becomes."""

from __future__ import annotations

import pytest

from bot.audience import starts
from bot.history.revisions import revisions, roll_back
from bot.models import FlowRevision, FlowStart
from tests.bot.audience.triggered import TEXT
from tests.bot.audience.triggered import source as plain
from tests.bot.history.test_moving import BEGIN, edit, rehearsed
from tests.support.cast import Cast
from tests.support.fakes import FakedApp


def source(*what: str) -> str:
    """A flow that may be published."""
    return plain(*what).replace(TEXT, TEXT.replace("Juniper", "{{ shop.text_name }}"))


@pytest.mark.parametrize("choice", ["migrate", "drain", "back"])
def test_a_keyword_s_start_follows_with_its_new_words(app: FakedApp, cast: Cast, choice: str) -> None:
    old, new = source("brew", "{ keyword: [BREW] }"), source("brew", "{ keyword: [BEANS] }", "priority: 80")
    first, second = (new, old) if choice == "back" else (old, new)
    done = edit(app, cast, first, "stay")
    with app.database.write() as session:
        revision = session.get_one(FlowRevision, done.published.revision_id)
        start = starts.start(session, revision, BEGIN, daily_limit=None, total=None, by="test").id
    if choice == "back":
        edit(app, cast, second, "drain")
        with app.database.write() as session:
            back, _ = roll_back(session, cast.shop_id, "brew", None, by="test", now=BEGIN)
            assert back is not None
            assert back.starts == 1
    else:
        assert rehearsed(app, cast, second).starts == 1
        assert edit(app, cast, second, "migrate" if choice == "migrate" else "drain").starts == 1
    with app.database.read() as session:
        row = session.get_one(FlowStart, start)
        listed = {each.number: each.starts for each in revisions(session, cast.shop_id, "brew")}
    assert (row.params["keywords"], row.priority, row.next_batch_at) == (["beans"], 80, None)
    assert listed == ({1: True, 2: False} if choice == "back" else {1: False, 2: True})


@pytest.mark.parametrize(
    ("was", "becomes", "status", "looked_at"),
    [
        ("{ keyword: BREW }", "{ lapsed: 45 to 365 days }", "running", True),
        ("{ lapsed: 45 to 365 days }", "{ keyword: BREW }", "running", False),
        ("{ segment: [lost] }", "{ cart_abandoned: true }", "running", True),
        ("{ segment: [lost] }", "{ manual: true }", "stopped", False),
    ],
)
def test_a_start_whose_trigger_becomes_another_kind_is_of_that_kind_and_the_rehearsal_says_so(
    app: FakedApp, cast: Cast, was: str, becomes: str, status: str, looked_at: bool
) -> None:
    done = edit(app, cast, source("one", was), "stay")
    with app.database.write() as session:
        revision = session.get_one(FlowRevision, done.published.revision_id)
        start = starts.start(session, revision, BEGIN, daily_limit=None, total=None, by="test").id
    new = source("one", becomes)
    told = rehearsed(app, cast, new)
    edit(app, cast, new, "drain")
    with app.database.read() as session:
        row = session.get_one(FlowStart, start)
    assert told.triggers == (was.strip("{ ").partition(":")[0],)
    assert row.kind == told.trigger == becomes.strip("{ ").partition(":")[0]
    assert (row.status, row.next_batch_at is not None) == (status, looked_at)
    assert ("keywords" in row.params) == (row.kind == "keyword")
