"""A report and our own call's answer at once, on a real PostgreSQL: what is known only moves forward (R99)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.db import Database
from bot.keys import Keys
from bot.models import Outbound
from bot.sending.outcomes import Outcome, Sent, Unknown
from bot.sending.results import record
from tests.bot.sending.test_status import put, row_of
from tests.support.cast import bring_cast
from tests.support.clock import NOW
from tests.support.databases import wait_for_a_lock


@pytest.mark.server
@pytest.mark.parametrize("outcome", [Sent("SM1", "queued"), Unknown("timeout")])
def test_an_answer_does_not_write_over_a_report_that_came_first(
    postgres_db: Database, keys: Keys, outcome: Outcome
) -> None:
    with postgres_db.write() as session:
        cast = bring_cast(session, keys, NOW)
    row_id = put(
        postgres_db,
        cast.ana,
        status="claimed",
        provider_id=None,
        provider_status=None,
        lease_until=NOW + timedelta(seconds=90),
    )

    def answer() -> None:
        with postgres_db.write() as session:
            record(session, row_id, outcome, NOW)

    worker = threading.Thread(target=answer)
    with postgres_db.write() as report:  # a report, seen before it commits
        report.execute(
            update(Outbound)
            .where(Outbound.id == row_id)
            .values(provider_id="SM1", provider_status="delivered")
        )
        worker.start()
        wait_for_a_lock(postgres_db)
    worker.join(10)
    row = row_of(postgres_db)
    assert (row.status, row.provider_id, row.provider_status) == ("sent", "SM1", "delivered")
