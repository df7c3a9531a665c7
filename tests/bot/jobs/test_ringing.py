"""The bell: rung once until somebody comes, and never in the way."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from bot.jobs.ringing import KEY_SECONDS, QUEUE, RqBell, client, key, rq_bell
from bot.processes import valkey
from bot.settings import Settings


def _waiting(settings: Settings) -> int:
    return int(client(valkey.address(settings.home), 1).llen(f"rq:queue:{QUEUE}"))


@pytest.mark.server
@pytest.mark.usefixtures("valkey_server")
def test_many_rings_before_anybody_comes_are_one_job(settings: Settings) -> None:
    bell = rq_bell(settings)
    assert all(bell.strike("turns") for _ in range(50))
    assert _waiting(settings) == 1


@pytest.mark.server
@pytest.mark.usefixtures("valkey_server")
def test_a_ring_after_somebody_came_is_a_new_job_even_while_the_first_is_at_work(settings: Settings) -> None:
    bell = rq_bell(settings)
    bell.ring("turns")
    bell.answered("turns")
    bell.ring("turns")
    assert _waiting(settings) == 2


@pytest.mark.server
@pytest.mark.usefixtures("valkey_server")
def test_the_lanes_have_a_bell_each(settings: Settings) -> None:
    bell = rq_bell(settings)
    bell.ring("turns")
    bell.ring("sends")
    assert _waiting(settings) == 2


@pytest.mark.server
@pytest.mark.usefixtures("valkey_server")
def test_a_bell_that_nobody_hears_can_be_rung_again_after_a_while(settings: Settings) -> None:
    rq_bell(settings).ring("turns")
    left = client(valkey.address(settings.home), 1).ttl(key("turns"))
    assert 0 < left <= KEY_SECONDS


@pytest.mark.server
def test_when_redis_goes_away_ringing_says_so_and_never_raises(
    settings: Settings, valkey_server: subprocess.Popen[bytes]
) -> None:
    bell = rq_bell(settings)
    assert bell.strike("turns")
    valkey_server.kill()
    valkey_server.wait()
    assert not bell.strike("sends")
    bell.ring("turns")
    bell.answered("turns")
    assert not bell.answers()
    valkey.socket_path(settings.home).unlink()


def test_without_redis_a_thousand_rings_cost_less_than_one_timeout(tmp_path: Path) -> None:
    bell = RqBell(valkey.address(tmp_path))
    began = time.process_time()
    assert not any(bell.strike("turns") for _ in range(1000))
    assert time.process_time() - began < 0.1


@pytest.mark.usefixtures("valkey_server")
def test_a_worker_that_came_lately_has_heard_whatever_rings_since(settings: Settings) -> None:
    """In a flood a bell is always rung; nobody else has to do the work for that."""
    bell = rq_bell(settings)
    bell.ring("turns")
    assert bell.unheard("turns")
    bell.answered("turns")
    bell.ring("turns")
    assert not bell.unheard("turns")
    assert not bell.unheard("sends")
