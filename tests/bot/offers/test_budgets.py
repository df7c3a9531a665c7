"""Never beyond an offer's budget, whoever asks at once."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta

import pytest

from bot.db import Database
from bot.keys import Keys
from bot.models import Enrolment
from bot.offers.budget import within_budget
from bot.offers.coupons import go_live
from bot.offers.giving import give
from flows.events import CouponReady, CouponUnavailable
from tests.bot.offers.conftest import passage, subject, wish
from tests.support.cast import Cast, Member, bring_cast
from tests.support.clock import NOW
from tests.support.databases import wait_for_a_lock

READY = CouponReady("deal")


def test_a_budget_is_counted_over_everybody_in_that_flow_alone(db: Database, cast: Cast) -> None:
    """The second of two finds one left, the third none; another flow has its own."""
    request = wish(budget=1)
    with db.write() as session:
        first, second = passage(session, cast.ana), passage(session, cast.ben)
        assert give(session, subject(session, cast.ana), first, request, NOW) == READY
        answer = give(session, subject(session, cast.ben), second, request, NOW)
        assert answer == CouponUnavailable("deal", "its budget of 1 codes is given out")
        other = passage(session, cast.ben, "other")
        assert give(session, subject(session, cast.ben), other, request, NOW) == READY


def test_a_code_that_ended_counts_and_one_that_went_back_does_not(db: Database, cast: Cast) -> None:
    request = wish(budget=1)
    with db.write() as session:
        first = passage(session, cast.ana)
        assert give(session, subject(session, cast.ana), first, request, NOW) == READY
        go_live(session, [(cast.ana.conversation_id, first.id, NOW)])
    with db.write() as session:
        late = NOW + timedelta(days=30)
        again = passage(session, cast.ana, number=2)
        assert give(session, subject(session, cast.ana), again, request, late) != READY
        assert give(session, subject(session, cast.ana), again, wish(budget=2), late) == READY


@pytest.mark.server
def test_two_workers_do_not_both_find_the_last_code_of_a_budget(postgres_db: Database, keys: Keys) -> None:
    with postgres_db.write() as session:
        cast = bring_cast(session, keys, NOW)
        first, second = passage(session, cast.ana).id, passage(session, cast.ben).id
    answers: list[object] = []

    def other() -> None:
        with postgres_db.write() as session:
            its = session.get_one(Enrolment, second)
            answers.append(give(session, subject(session, cast.ben), its, wish(budget=1), NOW))

    worker = threading.Thread(target=other)
    with postgres_db.write() as session:
        mine = session.get_one(Enrolment, first)
        answers.append(give(session, subject(session, cast.ana), mine, wish(budget=1), NOW))
        worker.start()
        wait_for_a_lock(postgres_db)
    worker.join(30)
    assert answers == [READY, CouponUnavailable("deal", "its budget of 1 codes is given out")]


@pytest.mark.server
def test_two_batches_that_count_the_budgets_of_two_flows_crosswise_do_not_wait_for_ever(
    postgres_db: Database, keys: Keys
) -> None:
    """Each has asked for one before either asks for the other: with a lock a flow, each would wait for the other."""
    with postgres_db.write() as session:
        cast = bring_cast(session, keys, NOW)
        passages = {
            (who.customer_id, flow): passage(session, who, flow).id
            for who in (cast.ana, cast.ben)
            for flow in ("one", "two")
        }
    meeting = threading.Barrier(2)
    answers: list[object] = []
    wrong: list[BaseException] = []

    def batch(who: Member, *flows: str) -> None:
        try:
            with postgres_db.write() as session:
                for flow in flows:
                    its = session.get_one(Enrolment, passages[who.customer_id, flow])
                    answers.append(within_budget(session, its, wish(budget=9)))
                    if flow == flows[0]:
                        with suppress(threading.BrokenBarrierError):
                            meeting.wait(1)  # under one lock for all the other can't come: that is no fault
        except BaseException as error:
            wrong.append(error)
            raise

    workers = [
        threading.Thread(target=batch, args=(cast.ana, "one", "two")),
        threading.Thread(target=batch, args=(cast.ben, "two", "one")),
    ]
    for each in workers:
        each.start()
    for each in workers:
        each.join(30)
    assert wrong == []
    assert answers == [True] * 4
