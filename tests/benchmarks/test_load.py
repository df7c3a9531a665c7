"""The load generator: what it posts is signed, what it counts was answered, and it keeps time."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from flask import Flask, Response, request
from twilio.request_validator import RequestValidator

from benchmarks.load import BadAnswerError, Client, Post, signed_post
from tests.support.servers import serving

SIGNED, TOKEN = "http://127.0.0.1:1/twilio/inbound", "token"

Door = Callable[[], Response]
Served = Callable[[Door], AbstractContextManager[str]]


@pytest.fixture
def served() -> Served:
    """A server whose one door is the given function."""

    def start(door: Door) -> AbstractContextManager[str]:
        flask = Flask("door")
        flask.post("/twilio/inbound")(door)
        return serving(flask)

    return start


def posts() -> Iterator[Post]:
    """Texts without end, each from another phone."""
    for number in itertools.count():
        form = {"From": f"+1212555{number:04d}", "Body": "yes & no"}
        yield signed_post(SIGNED, TOKEN, form, form["From"])


def test_a_post_is_signed_for_the_public_address(served: Served) -> None:
    seen: list[bool] = []

    def door() -> Response:
        signature = request.headers["X-Twilio-Signature"]
        seen.append(RequestValidator(TOKEN).validate(SIGNED, request.form, signature))
        return Response(b"<Response/>")

    with served(door) as url, Client(url, 2) as client:
        done = client.for_seconds(itertools.islice(posts(), 5), 10)
    assert seen == [True] * 5
    assert done.answered == 5
    assert len(done.sent) == 5


def test_an_open_loop_does_not_wait_for_answers(served: Served) -> None:
    """Four texts 20 ms apart reach a server that answers none of them before it has all."""
    together = threading.Barrier(4, timeout=10)

    def door() -> Response:
        together.wait()
        return Response(b"<Response/>")

    with served(door) as url, Client(url, 1) as client:
        done = client.on_schedule(list(itertools.islice(posts(), 4)), 0.02)
    assert done.answered == 4
    sent = sorted(done.sent.values())
    assert sent[-1] - sent[0] >= 0.05
    assert sent[0] <= time.time()


def test_an_answer_other_than_2xx_is_no_figure(served: Served) -> None:
    with (
        served(lambda: Response(status=503)) as url,
        Client(url, 1) as client,
        pytest.raises(BadAnswerError, match="503"),
    ):
        client.for_seconds(posts(), 5)
