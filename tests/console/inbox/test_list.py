"""The list: who waits and why, views, filters, search, and the live answer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.console.inbox.conftest import Desk, hand_off, says
from tests.support.cast import Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _saturday(clock: StillClock) -> None:
    clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def test_who_waits_is_listed_with_the_reason_and_the_last_text(
    app: FakedApp, cast: Cast, tom: Desk, clock: StillClock
) -> None:
    assert "Nobody is waiting." in tom.page()
    says(app, cast, cast.ana, "where is my order?", clock)
    hand_off(app, cast.ana)
    page = tom.page()
    for told in ("Ana", "Bot: ", "asked for a person", "not read", 'id="tab-waiting"'):
        assert told in page, told
    assert "Ben" not in page


def test_views_keep_apart_what_is_whose(app: FakedApp, cast: Cast, tom: Desk, eve: Desk) -> None:
    hand_off(app, cast.ana)
    hand_off(app, cast.ben, "a complaint of a flow")
    tom.post(f"/{cast.ana.conversation_id}/take")
    line = f'id="line-{cast.ana.conversation_id}"'
    assert line in tom.page(view="mine")
    assert line not in eve.page(view="mine")
    assert line in eve.page(view="open")
    assert "Tom" in eve.page(view="open")
    tom.post(f"/{cast.ana.conversation_id}/snooze", **{"for": "hour"})
    assert line not in tom.page(view="mine")
    assert line in tom.page(view="snoozed")
    tom.post(f"/{cast.ana.conversation_id}/close")
    assert line in tom.page(view="closed")


def test_filters_and_search_hold_in_links_and_find(
    app: FakedApp, cast: Cast, tom: Desk, clock: StillClock
) -> None:
    says(app, cast, cast.ana, "do you have the dark roast in bags?", clock)
    hand_off(app, cast.ana)
    page = tom.page(view="open", reason="asked")
    assert f"/{cast.ana.conversation_id}?view=open&amp;reason=asked" in page
    assert "Nothing fits these filters." in tom.page(reason="complaint")
    found = tom.page(q="dark roast")
    assert "What was found for «dark roast»" in found
    assert f'id="line-{cast.ana.conversation_id}"' in found
    assert "Nothing was found." in tom.page(q="zzzz nothing")


@pytest.mark.parametrize(
    "query",
    [
        {"view": "none", "reason": "none", "assignee": "x", "after": "1.2.3.4.5"},
        {"after": "-1", "assignee": "9" * 40, "language": "<b>", "team": "' or 1=1"},
        {"q": "%_\\ <script>alert(1)</script>"},
    ],
)
def test_what_cannot_be_read_in_an_address_counts_as_not_given(tom: Desk, query: dict[str, str]) -> None:
    page = tom.page(**query)
    assert "<script>alert" not in page


def test_the_list_is_asked_for_each_second_and_drawn_only_when_it_changed(
    app: FakedApp, cast: Cast, tom: Desk
) -> None:
    page = tom.page()
    marks = {name: tom.hidden(page, name) for name in ("list_mark", "talk_mark", "until", "has")}
    assert tom.get("/live", **marks).status_code == 204
    hand_off(app, cast.ana)
    answer = tom.get("/live", **marks)
    assert answer.status_code == 200
    drawn = answer.get_data(as_text=True)
    assert 'hx-target="#part-lines"' in drawn
    assert "Ana" in drawn


def test_one_shop_never_sees_another_s(app: FakedApp, cast: Cast, tom: Desk, stranger: Desk) -> None:
    """I13: by the other shop's address, and by a number of another shop in one's own."""
    hand_off(app, cast.cleo)
    assert "Cleo" not in tom.page(view="open")
    assert stranger.get().status_code == 404
    own = Desk(stranger.client, stranger.known, "paprika")
    assert "Cleo" in own.page()
    for path in ("", "/live", "/older", "/replies", "/giving", "/pictures/1"):
        assert own.get(f"/{cast.ana.conversation_id}{path}").status_code == 404, path
