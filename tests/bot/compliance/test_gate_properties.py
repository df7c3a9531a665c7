"""The gate over random customers, zones, instants, caps and histories. The checks are written anew here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from bot.compliance.book import book
from bot.compliance.facts import AtMost, ConsentFact, Policy, SendFacts
from bot.compliance.gate import Allow, Defer, may_send
from bot.compliance.places import Place, place_of
from flows.zones import zone_named
from nlu.rhythm import Rhythm
from tests.bot.compliance.sendfacts import MARKETING, but
from tests.support.examples import examples

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

PLACES = [
    *(
        place_of("+1" + code + "5550123")
        for code in "212 415 850 928 208 713 808 205 401 907 219 867 416 800 305 242".split()
    ),
    place_of("+12125550123", postcode="37311"),
    Place("US", ("VA", "WA"), ("America/New_York", "America/Los_Angeles"), "address_and_number"),
]
NIGHTS = [datetime(2026, 3, 8), datetime(2026, 11, 1), datetime(2027, 3, 14), datetime(1998, 4, 5)]
RHYTHMS = [
    Rhythm(2, 365),
    Rhythm(weekdays=(0, 1, 2, 3, 4, 5)),
    Rhythm(weekdays=(5, 6), from_minute=12 * 60),
    Rhythm(1, 30, weekdays=(1,), to_minute=18 * 60),
    Rhythm(from_minute=2 * 60 + 30, to_minute=10 * 60, topic="tea"),
]
WINDOWS = {"evenings_and_weekends": ((17, 20),) * 5 + ((10, 20),) * 2, "mornings": ((9, 12),) * 7}

nows = st.one_of(
    st.builds(  # the hours at which most of America is open
        lambda day, minutes: datetime(2026, 1, 1) + timedelta(days=day, minutes=minutes),
        st.integers(0, 700),
        st.integers(16 * 60, 24 * 60),
    ),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)),
    st.builds(
        lambda night, m: night + timedelta(minutes=m), st.sampled_from(NIGHTS), st.integers(-900, 2400)
    ),
).map(lambda at: at.replace(tzinfo=UTC))
backs = st.integers(0, 45 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
histories = st.lists(backs, max_size=6)


# What may be different from a text that may leave; each case takes a few of these.
CHANGES: dict[str, list[object]] = {
    "author": ["staff", "api"],
    "prompted_by": ["coupon", "question", "yes"],
    "offer": ["comeback"],
    "notice": ["opted_out", "help", "opted_in"],
    "shop_state": ["paused", "test", None],
    "number_state": ["bad", "moved", None],
    "suppression": ["opted_out", "held", "wrong_number"],
    "arm": ["control", None],
    "holder": ["nobody", "staff", None],
    "open_matter": ["complaint"],
    "unread_inbound": [True, None],
    "bot_texts_60s": [4, 5, None],
    "marketing_at": [None],
    "staff_at": [None],
    "flow_at": [None],
    "place": [None],
    "consent": [None],
    "opener": [None],
    "orders_known_at": [None],
    "last_order_refunded": [True, None],
    "silent_texts": [6, 7, None],
    "flow_held": ["too many opt-outs"],
    "off_topic": ["Green Tea"],
    "answers_at": [None],
    "same_words": [5, None],
    "send_window": ["lunch"],
}


@st.composite
def cases(draw: st.DrawFn) -> tuple[SendFacts, datetime]:
    now = draw(nows)

    def history(scale: int) -> tuple[datetime, ...]:
        return tuple(now - back / scale for back in draw(st.one_of(st.just([]), histories)))

    inbound = draw(st.one_of(st.none(), st.integers(-3, 30), st.integers(-30, 20_000)))
    facts = but(
        MARKETING,
        place=draw(st.sampled_from(PLACES)),
        inbound_at=None if inbound is None else now - timedelta(minutes=inbound),
        to_is_confirmed_phone=draw(st.booleans()),
        consent=ConsentFact(
            draw(st.sampled_from(["written"] * 5 + ["express", "implied", "soft"])),
            now - draw(backs) * 30,
        ),
        marketing_at=history(draw(st.sampled_from([1, 1, 10]))),
        staff_at=history(20),
        flow_at=history(1),
        at_most=draw(st.sampled_from([None, AtMost(3, 7), AtMost(1, 30)])),
        send_window=draw(st.sampled_from([None, "evenings_and_weekends", "mornings"])),
        paused_until=draw(st.sampled_from([None, now + timedelta(hours=5), now - timedelta(hours=5)])),
        rhythm=draw(st.sampled_from([None, None, None, *RHYTHMS])),
        answers_at=tuple(now - back / 30 for back in draw(st.lists(backs, max_size=14))),
        opener=draw(st.booleans()),
        orders_known_at=now - timedelta(days=draw(st.sampled_from([0, 2, 7, 8]))),
        silent_texts=draw(st.integers(0, 5)),
        policy=draw(st.sampled_from([Policy()] * 3 + [Policy(9, 20, 60)] * 3 + [Policy(0, 3, 6)])),
    )
    names = draw(
        st.sets(st.sampled_from(sorted(CHANGES)), max_size=draw(st.sampled_from([0, 0, 1, 1, 2, 4])))
    )
    return but(facts, **{name: draw(st.sampled_from(CHANGES[name])) for name in sorted(names)}), now


def legal(place: Place, at: datetime, window: str | None) -> bool:
    for name in place.zones:
        clock = at.astimezone(zone_named(name))
        minute, weekday = clock.hour * 60 + clock.minute, clock.weekday()
        early, late = WINDOWS[window][weekday] if window else (0, 24)
        hours = [row.week[weekday] for row in book().rows(place.country, place.regions, clock.date())]
        hours.append((early * 60, late * 60))
        if not all(each is not None and each[0] <= minute < each[1] for each in hours):
            return False
    return bool(place.zones)


def fits(rhythm: Rhythm | None, place: Place, at: datetime) -> bool:
    """Days and hours of the customer's own, on the clock of every zone."""
    if rhythm is None:
        return True
    clocks = [at.astimezone(zone_named(name)) for name in place.zones]
    return all(
        clock.weekday() in rhythm.weekdays
        and rhythm.from_minute <= clock.hour * 60 + clock.minute < rhythm.to_minute
        for clock in clocks
    )


def count(sent: tuple[datetime, ...] | None, at: datetime, days: int) -> int:
    assert sent is not None
    return sum(1 for each in sent if at - each < timedelta(days=days))


@settings(max_examples=examples(300))
@given(cases())
def test_nothing_unlawful_is_ever_allowed(case: tuple[SendFacts, datetime]) -> None:
    facts, now = case
    decision = may_send(facts, now)
    event(f"{type(decision).__name__} {decision.kind}")
    if not isinstance(decision, Allow):
        return
    assert facts.place is not None
    assert facts.place.country in ("US", "CA")
    assert facts.shop_state in ("live", "paused", "test")
    if decision.kind != "compliance":
        assert facts.shop_state != "paused"
        assert facts.suppression is None
        assert facts.number_state == "ok"
    if facts.author == "bot":
        assert facts.bot_texts_60s is not None
        assert facts.bot_texts_60s < 5
    fresh = facts.inbound_at is not None and now - facts.inbound_at <= timedelta(minutes=15)
    if decision.kind == "marketing" or (decision.kind == "staff" and not fresh):
        window = facts.send_window if decision.kind == "marketing" else None
        assert legal(facts.place, now, window)
        assert count(facts.marketing_at, now, 1) + count(facts.staff_at, now, 1) < 3
    if decision.kind == "marketing":
        assert facts.consent is not None
        assert facts.consent.kind == "written" or facts.place.country == "CA"
        assert facts.unread_inbound is False
        assert facts.last_order_refunded is False
        assert facts.flow_held is None
        assert fits(facts.rhythm, facts.place, now)
        if facts.rhythm is not None and facts.rhythm.per_days and facts.rhythm.at_most:
            assert count(facts.marketing_at, now, facts.rhythm.per_days) < facts.rhythm.at_most
        if facts.rhythm is not None and facts.rhythm.topic:
            assert facts.off_topic is None
        assert facts.silent_texts is not None
        assert facts.silent_texts < 6
        assert facts.opener is not None
        if facts.opener:
            assert facts.orders_known_at is not None
            assert now - facts.orders_known_at <= timedelta(days=7)
        assert facts.open_matter is None
        assert facts.holder == "bot"
        assert facts.arm == "treated" or facts.author == "api"
        for days, most in (
            (1, facts.policy.marketing_per_day),
            (7, facts.policy.marketing_per_7_days),
            (30, facts.policy.marketing_per_30_days),
        ):
            assert count(facts.marketing_at, now, days) < most
        if facts.at_most is not None:
            assert count(facts.flow_at, now, facts.at_most.days) < facts.at_most.texts


@settings(max_examples=examples(300))
@given(cases())
def test_every_defer_ends_inside_a_window_and_under_every_cap(case: tuple[SendFacts, datetime]) -> None:
    facts, now = case
    decision = may_send(facts, now)
    event(f"{type(decision).__name__} {decision.kind}")
    if not isinstance(decision, Defer):
        return
    assert decision.until > now
    assert facts.place is not None
    window = facts.send_window if decision.kind == "marketing" else None
    assert legal(facts.place, decision.until, window)
    assert count(facts.marketing_at, decision.until, 1) + count(facts.staff_at, decision.until, 1) < 3
    if decision.kind == "marketing":
        assert count(facts.marketing_at, decision.until, 7) < facts.policy.marketing_per_7_days
        assert fits(facts.rhythm, facts.place, decision.until)
        if facts.rhythm is not None and facts.rhythm.per_days and facts.rhythm.at_most:
            assert count(facts.marketing_at, decision.until, facts.rhythm.per_days) < facts.rhythm.at_most


@settings(max_examples=examples(120))
@given(cases(), st.sampled_from(["shop_state", "place", "bot_texts_60s", "number_state", "holder"]))
def test_an_allow_never_comes_of_a_missing_fact(case: tuple[SendFacts, datetime], name: str) -> None:
    facts, now = case
    decision = may_send(but(facts, **{name: None}), now)
    needless = {
        "number_state": ("compliance",),
        "holder": ("compliance", "staff"),
        "bot_texts_60s": ("staff",),
    }
    if isinstance(decision, Allow):
        assert decision.kind in needless.get(name, ())
