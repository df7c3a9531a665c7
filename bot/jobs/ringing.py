"""The bell over RQ: «look at the database», at most once until somebody begins to look.

Owns the key and the queue. `SET NX bell:<lane>` with five seconds' expiry, then one job under a fresh id; whoever takes
the job deletes the key before its first SELECT, so that no wake-up falls between. RQ's own `unique` would refuse an id
while its job runs, and lose wake-ups. Never raises: what is not heard is found by the sweep within a second.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue

from bot.jobs.bell import Lane
from bot.processes import valkey
from bot.settings import Settings

QUEUE = "work"
"""One queue for both lanes: a turn's texts leave in the very job that took the turn (bot.jobs.worker)."""

KEY_SECONDS = 5
CAME_SECONDS = 4
"""Twice as long as a worker goes on before it listens again."""
STALE_SECONDS = 60
"""A bell that nobody heard for this long is dropped; the work is in the database."""
TIMEOUT_SECONDS = 0.1
"""A webhook waits this long at most, once a pause. Shorter, and a busy machine's own stalls would open the pause."""
PAUSE_SECONDS = 1.0
"""How long Redis is left alone after it did not answer."""


class RqBell:
    """Rings through Redis. Safe to share between threads."""

    def __init__(self, url: str) -> None:
        self._redis = client(url, TIMEOUT_SECONDS)
        self._queue = Queue(QUEUE, connection=self._redis, serializer="json")
        self._deaf_until = 0.0
        self._lines = threading.local()

    def ring(self, lane: Lane) -> None:
        """Wake a worker, if Redis is there."""
        self.strike(lane)

    def strike(self, lane: Lane) -> bool:
        """The same, and tell: False when Redis is away, so that nobody was called."""
        if time.monotonic() < self._deaf_until:
            return False
        try:
            if self._set_key(lane):
                self._enqueue(lane)
        except (redis.RedisError, OSError):
            self._deaf_until = time.monotonic() + PAUSE_SECONDS
            return False
        return True

    def answers(self) -> bool:
        """Whether Redis can be reached right now."""
        try:
            return bool(self._redis.ping())
        except (redis.RedisError, OSError):
            return False

    def unheard(self, lane: Lane) -> bool:
        """Whether a bell was rung in this lane, and nobody has come lately. Raises redis.RedisError.

        In a flood it is always rung: who is busy with the last ring has come all the same.
        """
        rung, came = self._redis.mget(key(lane), _came(lane))
        return rung is not None and came is None

    def answered(self, lane: Lane) -> None:
        """Somebody has come: the next ring is a new one. Called before the first look at the database."""
        try:
            with self._redis.pipeline(transaction=False) as both:
                both.delete(key(lane))
                both.set(_came(lane), 1, ex=CAME_SECONDS)
                both.execute()
        except (redis.RedisError, OSError):
            self._deaf_until = time.monotonic() + PAUSE_SECONDS

    def _set_key(self, lane: Lane) -> bool:
        """SET NX, on a connection of this thread's own and as bytes made beforehand: each webhook pays for it, and the
        client's usual way (pool, encoder, retries, hooks) takes three times as long. Where it fails, the usual way."""
        line = getattr(self._lines, "line", None)
        if line is None:
            line = self._lines.line = self._redis.connection_pool.make_connection()
        try:
            line.send_packed_command(_SET_KEY[lane])
            return line.read_response() is not None
        except (redis.RedisError, OSError):
            line.disconnect()
            return bool(self._redis.set(key(lane), 1, nx=True, ex=KEY_SECONDS))

    def _enqueue(self, lane: Lane) -> None:
        try:
            self._queue.enqueue_call(
                "bot.jobs.worker.drain",
                args=(lane,),
                timeout=300,
                result_ttl=0,
                failure_ttl=3600,
                ttl=STALE_SECONDS,
            )
        except (redis.RedisError, OSError):
            self._redis.delete(
                key(lane)
            )  # or the key would silence the bell for five seconds with no job behind it
            raise


def key(lane: Lane) -> str:
    """The key that says: a worker has been called for this lane and has not begun."""
    return f"bell:{lane}"


def _came(lane: Lane) -> str:
    """The key that says: a worker has come for this lane a few seconds ago."""
    return f"bell:{lane}:came"


def _packed(*words: str) -> bytes:
    """A command as it goes over the wire."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in words)


_LANES: tuple[Lane, ...] = ("turns", "sends", "errands")
_SET_KEY = {lane: [_packed("SET", key(lane), "1", "NX", "EX", str(KEY_SECONDS))] for lane in _LANES}


def client(url: str, timeout: float | None) -> redis.Redis:
    """A client that tries once. `timeout` in seconds, for connecting and for each answer; None: waits for ever."""
    options: dict[str, Any] = {"socket_timeout": timeout, "retry": Retry(NoBackoff(), 0)}
    if not url.startswith("unix:"):  # there, connecting takes no time, and no such option
        options["socket_connect_timeout"] = timeout or 1.0
    return redis.Redis.from_url(url, **options)


def redis_address(settings: Settings) -> str:
    """Where Redis is: the operator's, or the embedded server of this home folder."""
    return settings.redis_url or valkey.address(settings.home)


def rq_bell(settings: Settings) -> RqBell:
    """The bell of this installation. Opens nothing until it is rung."""
    return RqBell(redis_address(settings))
