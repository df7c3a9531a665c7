"""The worker: hears the bell, and calls the core until nothing is left to do.

One process, one RQ SimpleWorker, one queue for both lanes. Two queues would need two workers (one worker on several
queues can lose a job) and would put a second bell between a turn and its texts; here the texts of a turn leave in the
pass that took it. More workers are more processes. The lanes stay apart in the passes: turns first, then at most
SENDS_A_PASS texts, so that an answer waits behind a handful of openers, never behind all of them.

Owns no truth: a job may run twice, or never. While Redis is away a thread of this process looks by itself every second.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import redis
import structlog
from rq import SimpleWorker
from rq.exceptions import StopRequested

from bot.compose import App, compose
from bot.db_faults import fault_of
from bot.jobs.bell import Lane
from bot.jobs.errands import Runner
from bot.jobs.ringing import QUEUE, RqBell, client, redis_address, rq_bell

TURNS_A_PASS = 20
SENDS_A_PASS = 16
DRAIN_SECONDS = 2.0
"""How long one job may go on while there is work. Then the bell is rung again: a SIGTERM waits no longer than this."""

LISTEN_SECONDS = 5
"""How long one question to Redis may go without an answer. A line that was cut without a word is noticed 10 later."""

Step = Callable[[App, int], int]
"""Does at most so many, and says how many it did."""

log = structlog.stdlib.get_logger(__name__)

# RQ hands a job nothing but its arguments; the process's one App has to be found somewhere.
_here: dict[str, Any] = {}
_errands = Runner()


def drain(lane: Lane) -> None:
    """The RQ job. Deletes the bell's key first, then works until nothing is left, or for DRAIN_SECONDS."""
    app, bell = _process()
    bell.answered(lane)
    if lane == "errands":  # they wait for the provider: beside the work, never in its way
        _errands.begin(app)
    elif work_off(app, *steps()):
        bell.ring(lane)


def work_off(app: App, take_turns: Step, send_due: Step, *, seconds: float = DRAIN_SECONDS) -> bool:
    """Turns and sends by turns, until neither finds anything. True: time was up first, there is more.

    A fault of either is logged, not raised: this is the edge of the process, and the sweep comes again in a second.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            done = take_turns(app, TURNS_A_PASS) + send_due(app, SENDS_A_PASS)
        except Exception as error:
            say("work failed", error)
            return False
        if not done:
            return False
        if time.monotonic() >= until:
            return True


def say(event: str, error: Exception) -> None:
    """Log what went wrong at the edge of the process: a database's trouble in one line, anything else with its traceback."""
    fault = fault_of(error)
    if fault == "other":
        log.error(event, exc_info=error)
    else:
        log.error(event, fault=fault, error=type(getattr(error, "orig", None) or error).__name__)


def steps() -> tuple[Step, Step]:
    """The core's two: turns, then sends."""
    from bot.conversations.work import take_turns
    from bot.sending.dispatch import send_due

    return take_turns, send_due


def run_worker(app: App) -> None:
    """Work until SIGTERM or Ctrl-C. Needs the main thread (RQ's job limit is an alarm)."""
    bell = rq_bell(app.settings)
    _here.update(app=app, bell=bell)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    deaf = threading.Thread(target=_work_while_deaf, args=(app, bell, stop), name="sweep")
    deaf.start()
    while not stop.is_set():
        try:
            _Listener(redis_address(app.settings), stop).listen()
        except (redis.RedisError, OSError, StopRequested):
            stop.wait(1)
    deaf.join()


def _work_while_deaf(app: App, bell: RqBell, stop: threading.Event) -> None:
    """While Redis does not answer, look every second; the bell is not missed for longer."""
    was_deaf = False
    while not stop.wait(1):
        deaf = not bell.answers()
        if deaf != was_deaf:
            log.warning("redis is away: looking every second instead" if deaf else "redis is back")
            was_deaf = deaf
        while deaf and not stop.is_set() and work_off(app, *steps()):
            pass


class _Listener(SimpleWorker):  # type: ignore[misc]  # rq's classes are not typed
    """RQ's worker, with a stop that asks Redis nothing (RQ's own does, from inside the signal handler)."""

    max_connection_wait_time = 1.0

    def __init__(self, url: str, stop: threading.Event) -> None:
        super().__init__(
            [QUEUE],
            connection=client(url, None),
            serializer="json",
            worker_ttl=LISTEN_SECONDS + 15,  # RQ listens for 15 less, and gives a silent line 10 more
            maintenance_interval=30,
            log_job_description=False,
        )
        self._stop_event = stop
        self._interruptible = False

    def listen(self) -> None:
        """Take jobs until stopped, or until RQ gives up on Redis."""
        self._interruptible = True
        try:
            self.work(logging_level="CRITICAL")
        finally:
            self._interruptible = False

    def _install_signal_handlers(self) -> None:
        signal.signal(signal.SIGTERM, self._stop_soon)
        signal.signal(signal.SIGINT, self._stop_soon)
        if self._stop_event.is_set():
            raise StopRequested

    def _stop_soon(self, *_: object) -> None:
        self._stop_requested = True
        self._stop_event.set()
        if self._interruptible:
            raise StopRequested

    def execute_job(self, job: Any, queue: Any) -> None:
        self._interruptible = False
        try:
            super().execute_job(job, queue)
        finally:
            self._interruptible = True


def _process() -> tuple[App, RqBell]:
    """This process's application; made here when the job runs under a plain `rq worker`."""
    if "app" not in _here:
        from bot.processes.demo_mode import with_provider
        from bot.settings import load

        app = compose(with_provider(load()))
        _here.update(app=app, bell=rq_bell(app.settings))
    return _here["app"], _here["bell"]
