"""What is said of Rasa's figures, and the requests that they are made with. No Rasa here: `make bench` has one."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

from benchmarks.rasa.measure import customers, posts
from benchmarks.rasa.value import APART, Rasa
from benchmarks.run import Run
from benchmarks.turning import WORDS

MEASURED = Rasa(turns=41.26, turn_ms=22.04, parse_ms=11.87, started_mb=760.4, idle_mb=781.6, when="same run")


def test_a_row_says_whether_its_other_side_was_measured_in_the_same_run() -> None:
    assert MEASURED.turns_in_words == "Rasa 3.6 REST turn, 41.3/s (22 ms of CPU), same run"
    assert MEASURED.parse_in_words == "Rasa 3.6 DIET, 11.9 ms, same run"
    assert MEASURED.memory_in_words(MEASURED.idle_mb) == "Rasa 3.6's server alone, 782 MB, same run"


def test_without_a_measurement_the_rows_say_so() -> None:
    rasa = Run().rasa
    assert rasa == APART
    assert rasa.turns_in_words == "Rasa 3.6 REST turn, 49/s, measured apart"
    assert replace(rasa, when="same run") != APART


def test_each_customer_is_a_sender_of_its_own_with_the_words_of_our_own_row() -> None:
    first = list(itertools.islice(customers(), 2 * len(WORDS)))
    assert len({each["sender"] for each in first}) == len(first)
    assert [each["message"] for each in first] == [*WORDS, *WORDS]


def test_a_request_has_its_length_in_bytes() -> None:
    (post,) = posts("http://127.0.0.1:5005", "/model/parse", [{"text": "mañana 😀"}])
    head, _, body = post.data.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /model/parse HTTP/1.1\r\nHost: 127.0.0.1:5005\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body) == {"text": "mañana 😀"}
