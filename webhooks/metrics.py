"""GET /metrics in Prometheus' text format: the database's figures, and how long this process's webhooks take.

Owns names of metrics, who may read them, and the stop-watch. Not public: with `metrics_token` set, only for whoever
brings it; without, only on an installation whose public address is the machine's own, since behind a proxy every
visitor seems to come from loopback. Asking often costs nothing: one look at the database is kept for CACHE_SECONDS.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from flask import Blueprint, Request, Response, request
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from bot.compose import App
from bot.jobs.ringing import RqBell
from bot.metrics import Figures, Happened, look
from webhooks.answers import note, plain_error

CACHE_SECONDS = 2.0
CODES_AT_MOST = 50
"""Error codes are the carriers' words: more kinds of them than this are one kind, «other»."""
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
"""Seconds. Twilio gives up after 15 (R71)."""
TIMED = ("/twilio/inbound", "/twilio/status", "/twilio/voice", "/api/v1/orders")

_Wsgi: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def metrics_blueprint(app: App, registry: CollectorRegistry) -> Blueprint:
    """The route /metrics, over what `registry` has and what the database says."""
    doors = Blueprint("metrics", __name__)
    registry.register(DatabaseFigures(app))

    @doors.get("/metrics")
    def metrics() -> Response:
        if app.settings.metrics_token is None:
            if not (_own(app.settings.public_url) and _from_here(request)):
                return plain_error(
                    403, "set metrics_token (WINBACK_METRICS_TOKEN), and bring it as a bearer token"
                )
        elif not _brings(request, app.settings.metrics_token.get_secret_value()):
            response = plain_error(401, "give the token: Authorization: Bearer TOKEN")
            response.headers["WWW-Authenticate"] = "Bearer"
            return response
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return doors


class StopWatch:
    """Times the doors that somebody waits at, around the whole application."""

    def __init__(self, inner: _Wsgi, registry: CollectorRegistry) -> None:
        self._inner = inner
        histogram = Histogram(
            "winback_webhook_seconds",
            "Time to answer a webhook; of the worker process that answers this scrape",
            ("door", "worker"),
            buckets=BUCKETS,
            registry=registry,
        )
        worker = str(os.getpid())
        self._watches = {door: histogram.labels(door, worker) for door in TIMED}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The answer of the application inside."""
        watch = self._watches.get(environ["PATH_INFO"])
        if watch is None:
            return self._inner(environ, start_response)
        begun = time.perf_counter()
        try:
            return self._inner(environ, start_response)
        finally:
            watch.observe(time.perf_counter() - begun)


class DatabaseFigures(Collector):
    """The figures of bot.metrics under their public names; one look serves all scrapes of CACHE_SECONDS."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._until = 0.0
        self._kept: list[Metric] = []

    def collect(self) -> Iterable[Metric]:
        """What Prometheus' registry asks for."""
        with self._lock:  # two scrapes at once are one look
            if time.monotonic() >= self._until:
                self._kept = list(self._look())
                self._until = time.monotonic() + CACHE_SECONDS
            return self._kept

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: registering must not ask the database."""
        return []

    def _look(self) -> Iterator[Metric]:
        try:
            with self._app.database.read() as session:
                figures = look(session, self._app.real_now)
        except Exception as error:
            note("the figures could not be read", error)
            yield _one("database_up", "Whether the database answers, at a schema that has these tables", 0)
        else:
            yield _one("database_up", "Whether the database answers, at a schema that has these tables", 1)
            yield from families(figures)
        if isinstance(self._app.bell, RqBell):
            yield _one(
                "redis_up",
                "Whether Redis answers; without it work is found a second later",
                self._app.bell.answers(),
            )


def families(figures: Figures) -> Iterator[Metric]:
    """One family a figure."""
    yield _many("schema_version", "1 for the database's schema", ("version",), {(figures.schema,): 1})
    lags = {
        ("turns",): figures.lags.turns,
        ("inbound",): figures.unread.seconds,
        ("outbound",): figures.lags.sends,
        ("claims",): figures.lags.claims,
    }
    yield _many("lag_seconds", "By how much the oldest due row is late", ("queue",), lags)
    yield _one("oldest_undone_seconds", "The longest of the lags", figures.oldest_undone)
    yield _one(
        "inbound_undone",
        "Settled texts of customers that no turn has taken (at most 10000)",
        figures.unread.count,
    )
    yield _one("unknown_open", "Texts of which nobody knows whether they left", figures.unknown.count)
    yield _one(
        "unknown_oldest_seconds", "For how long the oldest of them has been open", figures.unknown.seconds
    )
    yield _one(
        "waiting_for_person", "Conversations handed off that nobody has taken", figures.handed_off.count
    )
    yield _one(
        "waiting_for_person_oldest_seconds", "For how long the oldest has waited", figures.handed_off.seconds
    )
    texts: dict[tuple[str, ...], float] = {}
    for (kind, status, _), count in figures.texts.counts.items():
        texts[kind, status] = texts.get((kind, status), 0) + count
    yield _many("texts", "Texts written in the window, as they stand now", ("kind", "status"), texts)
    yield _many(
        "gate_answers", "Answers of the gate in the window", ("kind", "decision"), figures.gate.counts
    )
    yield _many("inbound", "Texts received in the window", ("kind",), figures.inbound.counts)
    yield _many(
        "readings",
        "Texts read in the window, by what read them; fallback and breaker_open: the Rasa server did not",
        ("by",),
        figures.readings.counts,
    )
    yield _many(
        "consent_changes",
        "Entries of the ledger in the window; act opted_out: a stop",
        ("act", "source"),
        figures.consent.counts,
    )
    reports: dict[tuple[str, ...], float] = {}
    for (status, _), count in figures.reports.counts.items():
        reports[(status,)] = reports.get((status,), 0) + count
    yield _many("status_reports", "Carriers' reports in the window", ("status",), reports)
    yield _many(
        "errors", "Error codes in the window, of texts and of reports", ("code",), _few(figures.errors)
    )
    windows: dict[str, Happened] = {
        "texts": figures.texts,
        "gate_answers": figures.gate,
        "inbound": figures.inbound,
        "readings": figures.readings,
        "consent_changes": figures.consent,
        "status_reports": figures.reports,
    }
    yield _many(
        "window_seconds",
        "How far back a count reaches: an hour, or less when more than 10000 rows happened in it",
        ("of",),
        {(name,): each.seconds for name, each in windows.items()},
    )


def _few(errors: dict[str, int]) -> dict[tuple[str, ...], float]:
    ranked = sorted(errors.items(), key=lambda each: -each[1])
    found: dict[tuple[str, ...], float] = {(code,): count for code, count in ranked[:CODES_AT_MOST]}
    if rest := sum(count for _, count in ranked[CODES_AT_MOST:]):
        found["other",] = rest
    return found


def _one(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"winback_{name}", meaning, value=value)


def _many(name: str, meaning: str, labels: tuple[str, ...], values: Any) -> Metric:
    family = GaugeMetricFamily(f"winback_{name}", meaning, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family


def _own(address: str) -> bool:
    """Whether an address is this machine's own: no proxy stands in front of it."""
    return _loopback(urlsplit(address).hostname or "")


def _from_here(asked: Request) -> bool:
    """From loopback, to loopback, and not handed on by a proxy."""
    handed_on = any(name in asked.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"))
    named = urlsplit(f"//{asked.host}").hostname or ""  # a browser lured here by another name does not get in
    return not handed_on and _loopback(asked.remote_addr or "") and _loopback(named)


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _brings(asked: Request, token: str) -> bool:
    kind, _, brought = asked.headers.get("Authorization", "").partition(" ")
    return kind.lower() == "bearer" and hmac.compare_digest(brought.strip().encode(), token.encode())
