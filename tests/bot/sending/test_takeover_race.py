"""Staff take over while the bot is answering, on a real PostgreSQL: no bot text is claimed after the takeover (I6).

A short run of `python -m benchmarks.takeover`; `TAKEOVER_TRIES=10000` makes it the long one.
"""

from __future__ import annotations

import os
import sys

import pytest

from benchmarks.takeover import race
from bot.db import Database
from bot.settings import Settings

TRIES = int(os.environ.get("TAKEOVER_TRIES", "100"))


@pytest.mark.server
@pytest.mark.timeout(60 + TRIES)
def test_nothing_is_claimed_after_a_takeover(postgres_db: Database, settings: Settings) -> None:
    """Answers, which the gate would stop too, and notices, which only the fence stops; at every moment of a turn."""
    at_once = settings.model_copy(update={"settle_seconds": 0})
    raced = race(postgres_db, at_once, TRIES, seed=7, tell=lambda line: None)
    sys.stdout.write(f"{raced}\n")
    assert raced.bot_texts_claimed_after_takeover == 0
    came = (
        raced.taken_over_before_the_turn,
        raced.taken_over_between_turn_and_claim,
        raced.taken_over_after_the_claim,
    )
    assert sum(came) == TRIES
    assert all(came), "the takeovers must come at every moment, or it is no race"
