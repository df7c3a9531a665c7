"""What one answer of the provider means for the others: all workers see it, and the operator hears of it once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.models import Alert, Conversation, Outbound, Pace
from bot.sending.dispatch import send_due
from bot.sending.heeding import heed_ends, heed_report
from bot.sending.outcomes import Outcome, Refused, Sent, TextToSend, TryLater, Unknown
from bot.sending.picking import pick
from bot.sending.throttle import Room
from tests.bot.sending.flood import write_texts
from tests.support.cast import ACCOUNT, Cast
from tests.support.clock import StillClock
from tests.support.fakes import FakedApp, FakeProvider

GONE = TryLater("not_connected", "no connection to the provider", 5)


def ends(cast: Cast, *outcomes: Outcome) -> dict[int, tuple[TextToSend, Outcome]]:
    """A batch from Ana's shop that ended so."""
    text = TextToSend("p", ACCOUNT, "+14155550101", cast.number, None, "Hi", 60)
    return {n: (text, outcome) for n, outcome in enumerate(outcomes)}


def pace_of(app: FakedApp, name: str) -> Pace | None:
    """The row, where there is one."""
    with app.database.read() as session:
        return session.scalars(select(Pace).where(Pace.name == name)).one_or_none()


def alerts(app: FakedApp) -> list[tuple[str, str, int]]:
    """What the operator was told: about whom, the code, how often."""
    with app.database.read() as session:
        rows = session.scalars(select(Alert).order_by(Alert.id)).all()
    return [(row.about, row.code, row.times) for row in rows]


def waiting(app: FakedApp, cast: Cast, clock: StillClock) -> list[str]:
    """The kinds that could leave now, of an opener and an answer that wait."""
    with app.database.write() as session:
        session.execute(update(Outbound).values(status="sent"))
        write_texts(session, cast.ana, "marketing", 1, clock())
        write_texts(session, cast.ana, "answer", 1, clock())
    return [due.kind for due in pick(app, clock(), 16)]


def test_where_all_is_well_nothing_is_written(app: FakedApp, cast: Cast) -> None:
    """Neither a pace nor an alert."""
    fine = (Sent("SM1", "queued"), Unknown("timeout"), Refused("21610", "stopped", opted_out=True))
    heed_ends(app, Room(), ends(cast, *fine))
    assert pace_of(app, f"account {ACCOUNT}") is None
    assert alerts(app) == []


@pytest.mark.parametrize(("code", "seconds"), [("63038", 3600), ("60728", 900)])
def test_an_account_limit_pauses_the_account_and_says_so_once(
    app: FakedApp, cast: Cast, clock: StillClock, code: str, seconds: int
) -> None:
    """However many texts met it; another account goes on; then it is over."""
    limit = TryLater(code, "the account's limit", seconds)
    heed_ends(app, Room(), ends(cast, limit, limit, limit))
    heed_ends(app, Room(), ends(cast, limit))
    assert alerts(app) == [(f"account {ACCOUNT}", code, 1)]
    assert waiting(app, cast, clock) == []
    clock.move(seconds=seconds + 1)
    assert waiting(app, cast, clock) == ["answer", "marketing"]


def test_too_fast_slows_the_sender_for_everybody(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """Even one that has no pace: a quarter of what its kind of number may."""
    heed_ends(app, Room(), ends(cast, TryLater("21611", "the queue is full", 60)))
    with app.database.write() as session:
        write_texts(session, cast.ana, "marketing", 100, clock())
        write_texts(session, cast.cleo, "marketing", 20, clock())
    mine = [due for due in pick(app, clock(), 200) if due.conversation_id == cast.ana.conversation_id]
    assert len(mine) == 7, "three quarters of ten seconds at 3.75 / 4 a second"


@pytest.mark.parametrize(
    ("code", "held"),
    [("20003", "account"), ("30034", "sender"), ("21408", None)],
)
def test_what_the_operator_must_mend_holds_openers(
    app: FakedApp, cast: Cast, clock: StillClock, code: str, held: str | None
) -> None:
    """An answer is still tried: it goes to a person at once when it is refused. A country holds nobody else."""
    no = Refused(code, "no")
    heed_ends(app, Room(), ends(cast, no, no))
    about = f"account {ACCOUNT}" if held == "account" else f"sender {cast.number}"
    assert alerts(app) == [(about, code, 1)]
    assert waiting(app, cast, clock) == (["answer"] if held else ["answer", "marketing"])
    clock.move(minutes=16)
    assert waiting(app, cast, clock) == ["answer", "marketing"]


def test_an_alert_counts_on_when_it_comes_again(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """One row, with the last time."""
    for _ in range(3):
        heed_ends(app, Room(), ends(cast, Refused("20003", "no")))
        clock.move(minutes=2)
    assert alerts(app) == [(f"account {ACCOUNT}", "20003", 3)]


def test_a_report_is_heeded_too(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """«Not registered» comes minutes after the text was accepted."""
    for _ in range(3):
        heed_report(app, ACCOUNT, cast.number, "30034")
    assert alerts(app) == [(f"sender {cast.number}", "30034", 1)]
    assert waiting(app, cast, clock) == ["answer"]


def test_when_the_provider_says_how_long_everybody_waits(
    app: FakedApp, cast: Cast, clock: StillClock
) -> None:
    """Retry-After: 30. A plain 429 concerns its own text only."""
    heed_ends(app, Room(), ends(cast, TryLater("20429", "too many requests", 1)))
    assert waiting(app, cast, clock) == ["answer", "marketing"]
    heed_ends(app, Room(), ends(cast, TryLater("20429", "too many requests", 30)))
    assert waiting(app, cast, clock) == []
    clock.move(seconds=31)
    assert waiting(app, cast, clock) == ["answer", "marketing"]
    assert alerts(app) == []


def test_a_provider_that_is_away_is_asked_by_one_text_at_a_time(
    app: FakedApp, provider: FakeProvider, cast: Cast, clock: StillClock
) -> None:
    """Five fail, then one each time, less and less often; the first that is answered opens the way for all."""
    with app.database.write() as session:
        spoke = update(Conversation).where(Conversation.id == cast.ana.conversation_id)
        session.execute(spoke.values(last_inbound_at=clock()))
        write_texts(session, cast.ana, "staff", 40, clock())
    provider.will(*[GONE] * 7)
    asked = []
    for seconds in (0, 1, 5, 10, 20):
        clock.move(seconds=seconds + 1)
        before = len(provider.asked)
        send_due(app)
        asked.append(len(provider.asked) - before)
    assert asked[:4] == [5, 0, 1, 1], "five, then nobody while it rests, then probes"
    assert asked[4] == 40, "the third probe is answered"
    name = f"account {ACCOUNT}"
    row = pace_of(app, name)
    assert row is not None
    assert (row.failures, row.paused_until) == (0, None)


def test_a_good_end_forgets_the_failures(app: FakedApp, cast: Cast, clock: StillClock) -> None:
    """Four, then a good one, then four: nobody rests."""
    name = f"account {ACCOUNT}"
    heed_ends(app, Room(), ends(cast, *[GONE] * 4))
    heed_ends(app, Room(troubled=frozenset({name})), ends(cast, Sent("SM1", "queued")))
    heed_ends(app, Room(), ends(cast, *[GONE] * 4))
    row = pace_of(app, name)
    assert row is not None
    assert (row.failures, row.paused_until) == (4, None)
    heed_ends(app, Room(), ends(cast, GONE))
    row = pace_of(app, name)
    assert row is not None
    assert row.paused_until == clock() + timedelta(seconds=5)
