"""The reader that asks a Rasa server: what counts as an answer, and what is read when there is none. No Rasa here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.breaker import FAILURES, PAUSE_SECONDS
from nlu.classifier import Scores
from nlu.interpretation import Interpretation
from nlu.reader import Reader, embedded_reader, served_reader
from nlu.served import MOST_BYTES, Failure, asked, not_below, scores_of
from nlu.training_data import INTENTS
from tests.support.examples import examples
from tests.support.rasa import FakeRasa, fake_rasa

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it

TODAY = date(2026, 3, 11)
UNSURE = "my cousin told me of the bags with the blue label, any word on these"
"""A text that no rule decides."""
NO_RULE = "i could do without these"
"""A stop that only a model finds."""
LINEAR_HEARS_IT = "hush up with the texting"
"""One of which our linear model is sure."""
EMBEDDED = embedded_reader(sure=0.55, unsure=0.30).read(UNSURE, today=TODAY)


class Clock:
    """Seconds, moved by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Place:
    """A reader on a fake server, and what it told."""

    def __init__(self, fake: FakeRasa, seconds: float = 20.0) -> None:
        self.fake = fake
        self.clock = Clock()
        self.told: list[tuple[str, str]] = []
        self.reader: Reader = served_reader(
            fake.url,
            seconds=seconds,
            sure=0.55,
            unsure=0.30,
            clock=self.clock,
            tell=lambda change, why: self.told.append((change, why)),
        )

    def read(self, text: str = UNSURE) -> Interpretation:
        return self.reader.read(text, today=TODAY)


@pytest.fixture
def fake() -> Iterator[FakeRasa]:
    with fake_rasa() as server:
        yield server


@pytest.fixture
def place(fake: FakeRasa) -> Place:
    return Place(fake)


def fell_back(reading: Interpretation, why: str) -> bool:
    """Whether the embedded model read it, to the same shares, and the reading says so."""
    assert reading.model == EMBEDDED.model
    assert (reading.intent, reading.ranking) == (EMBEDDED.intent, EMBEDDED.ranking)
    return reading.why[0] == f"rasa: {why}; read by {EMBEDDED.model}"


def test_the_server_is_asked_and_its_word_taken(place: Place) -> None:
    reading = place.read()
    assert (reading.intent, reading.confidence, reading.understood) == ("reorder", 0.9, True)
    assert (reading.model, reading.why) == ("rasa", ("model: reorder 0.90",))
    assert place.fake.asked == [("/model/parse", {"text": UNSURE})]


@pytest.mark.parametrize(
    "text", ["STOP", "take me off your list", "stop texting me, but where is my refund?", "yes", "HELP"]
)
def test_where_a_rule_decides_nobody_is_asked(place: Place, text: str) -> None:
    reading = place.read(text)
    ours = embedded_reader(sure=0.55, unsure=0.30).read(text, today=TODAY)
    assert (reading.intent, reading.opt_out, reading.also) == (ours.intent, ours.opt_out, ours.also)
    assert place.fake.asked == []


def test_a_rule_that_holds_is_not_undone_by_the_server(place: Place) -> None:
    place.fake.ranks({"yes": 1.0})
    reading = place.read("you text too much")
    assert (reading.opt_out, reading.model) == ("held", "rasa")
    assert "held by complaint of number" in reading.why


@pytest.mark.parametrize(
    ("text", "share", "outcome"),
    [
        (UNSURE, 0.95, "held"),
        (UNSURE, 0.2, "held"),
        (UNSURE, 0.03, "none"),
        (LINEAR_HEARS_IT, 0.95, "opted_out"),
    ],
)
def test_the_server_may_add_a_doubt_alone_and_an_opt_out_with_the_linear_model(
    place: Place, text: str, share: float, outcome: str
) -> None:
    place.fake.ranks({"other": 1 - share, "stop": share})
    assert place.read(text).opt_out == outcome


def test_a_stop_that_the_server_takes_for_small_talk_is_held(place: Place) -> None:
    """R145: no rule knows these words, and the server has never learned them."""
    place.fake.ranks({"smalltalk": 0.97, "stop": 0.01})
    reading = place.read(NO_RULE)
    assert (reading.opt_out, reading.intent, reading.model) == ("held", "smalltalk", "rasa")
    assert any("by the linear model" in each for each in reading.why)


@pytest.mark.parametrize(
    ("said", "linear", "share"),
    [(0.01, 0.29, 0.01), (0.01, 0.31, 0.31), (0.01, 0.99, 0.5), (0.40, 0.35, 0.40), (0.95, 0.99, 0.95)],
)
def test_our_doubt_is_a_floor_that_holds_and_opts_nobody_out(
    said: float, linear: float, share: float
) -> None:
    found = not_below(Scores((("smalltalk", 0.6), ("stop", said)), ()), linear)
    assert dict(found.ranking)["stop"] == share
    assert list(found.ranking) == sorted(found.ranking, key=lambda each: -each[1]) or found.notes == ()


def test_only_ours_are_ranked_and_what_is_missing_has_no_share(place: Place) -> None:
    place.fake.ranks({"nlu_fallback": 0.7, "chitchat/greet": 0.2, "later": 0.25, "no": 0.3})
    found = asked(place.fake.url, UNSURE, 20)
    assert isinstance(found, Scores)
    assert found.ranking[:3] == (("no", 0.3), ("later", 0.25), ("stop", 0.0))
    assert sorted(intent for intent, _ in found.ranking) == sorted(INTENTS)


def body(ranking: Any) -> bytes:
    return json.dumps({"intent_ranking": ranking}).encode()


@pytest.mark.parametrize(
    ("status", "answer", "why"),
    [
        (500, b"{}", "it answers with status 500"),
        (409, b'{"status":"failure","reason":"Conflict"}', "it answers with status 409"),
        (302, b"", "it answers with status 302"),
        (200, b"", "its answer is no JSON"),
        (200, b"<html>", "its answer is no JSON"),
        (200, b"\xff\xfe{", "its answer is no JSON"),
        (200, b"[" * 100_000, "its answer is no JSON"),
        (200, b"null", "its answer has no intent_ranking"),
        (200, b"[1]", "its answer has no intent_ranking"),
        (200, b'{"intent": {"name": "yes", "confidence": 1}}', "its answer has no intent_ranking"),
        (200, body({"yes": 1}), "its answer has no intent_ranking"),
        (200, body(["yes"]), "its intent_ranking has an entry without a name"),
        (200, body([{"confidence": 1}]), "its intent_ranking has an entry without a name"),
        (200, body([{"name": "yes"}]), "its intent_ranking has a confidence that is none"),
        (
            200,
            body([{"name": "yes", "confidence": True}]),
            "its intent_ranking has a confidence that is none",
        ),
        (200, body([{"name": "yes", "confidence": "1"}]), "its intent_ranking has a confidence that is none"),
        (200, body([{"name": "yes", "confidence": 2}]), "its intent_ranking has a confidence that is none"),
        (
            200,
            b'{"intent_ranking": [{"name": "yes", "confidence": NaN}]}',
            "its intent_ranking has a confidence that is none",
        ),
        (
            200,
            body([{"name": "greet", "confidence": 1}]),
            "it names none of our intents: is it trained on our lines?",
        ),
        (200, b" " * (MOST_BYTES + 1), "its answer is longer than any of Rasa's"),
    ],
)
def test_without_a_usable_answer_the_embedded_model_reads_and_says_why(
    place: Place, status: int, answer: bytes, why: str
) -> None:
    place.fake.status, place.fake.body = status, answer
    for _ in range(FAILURES):
        assert fell_back(place.read(), why)
    assert place.told == [("away", why)]


@pytest.mark.parametrize("ranking", [[], [{"name": "nlu_fallback", "confidence": 1.0}]])
def test_a_text_of_which_rasa_makes_nothing_does_not_count_against_it(place: Place, ranking: Any) -> None:
    place.fake.body = body(ranking)
    for _ in range(FAILURES + 1):
        assert fell_back(place.read(), "it makes nothing of this text")
    assert len(place.fake.asked) == FAILURES + 1
    assert place.told == []


def test_whoever_does_not_answer_in_time_is_not_waited_for(fake: FakeRasa) -> None:
    place = Place(fake, seconds=0.05)
    fake.gate.clear()
    assert fell_back(place.read(), "no answer within 50 ms")


def test_a_server_that_never_ends_its_answer_is_not_waited_for(fake: FakeRasa) -> None:
    """Each of its bytes comes in time: the limit of requests alone would wait for ever."""
    fake.trickles = True
    assert asked(fake.url, UNSURE, 0.2) == Failure("no answer within 200 ms")


def test_no_proxy_comes_between(fake: FakeRasa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    assert isinstance(asked(fake.url, UNSURE, 20), Scores)


def test_a_server_that_is_not_there() -> None:
    found = asked("http://127.0.0.1:1", UNSURE, 20)
    assert found == Failure("it does not answer (ConnectionError)")


def test_it_is_given_up_asked_once_after_the_pause_and_taken_back(place: Place) -> None:
    place.fake.status = 500
    for _ in range(FAILURES + 3):
        reading = place.read()
    assert fell_back(reading, "not asked: it kept failing")
    assert len(place.fake.asked) == FAILURES
    place.clock.now += PAUSE_SECONDS
    assert fell_back(place.read(), "it answers with status 500")
    assert fell_back(place.read(), "not asked: it kept failing")
    place.fake.ranks({"reorder": 0.9})
    place.clock.now += PAUSE_SECONDS
    assert place.read().model == "rasa"
    assert place.told == [("away", "it answers with status 500"), ("back", "it answers again")]
    assert len(place.fake.asked) == FAILURES + 2


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(INTENTS),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "confidence", "intent_ranking", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)
_ENTRY = st.fixed_dictionaries(
    {"name": st.sampled_from([*INTENTS, "nlu_fallback"]) | _JSON, "confidence": _JSON}
)


@given(_JSON | st.fixed_dictionaries({"intent_ranking": st.lists(_ENTRY, max_size=6)}))
@settings(max_examples=examples(100), deadline=None)
def test_any_answer_is_a_full_ranking_or_a_reason(document: Any) -> None:
    found = scores_of(document)
    if isinstance(found, Failure):
        assert found.why
        return
    shares = [share for _, share in found.ranking]
    assert sorted(intent for intent, _ in found.ranking) == sorted(INTENTS)
    assert shares == sorted(shares, reverse=True)
    assert all(0 <= share <= 1 for share in shares)


def test_no_text_and_no_answer_makes_it_raise() -> None:
    with fake_rasa() as fake:
        place = Place(fake)

        @given(
            st.text(max_size=40), st.binary(max_size=40) | _JSON.map(lambda each: json.dumps(each).encode())
        )
        @settings(max_examples=examples(40), deadline=None)
        def read(text: str, answer: bytes) -> None:
            place.fake.body = answer
            place.clock.now += PAUSE_SECONDS
            assert place.read(text).model in ("rasa", EMBEDDED.model)

        read()


@pytest.mark.parametrize("text", ["/coupon", "  /coupon", "// /coupon"])
def test_a_customer_gives_rasa_no_commands(place: Place, text: str) -> None:
    """«/coupon» would be that intent with a share of 1, whatever the model."""
    assert isinstance(asked(place.fake.url, text, 20), Scores)
    assert place.fake.asked == [("/model/parse", {"text": "coupon"})]


@pytest.mark.parametrize(
    "text", ["\ud800 hm, that blue thing", "\x00 hm, that blue thing", "hm that " + "🙃" * 9_000]
)
def test_texts_that_are_hard_to_send(place: Place, text: str) -> None:
    assert place.read(text).model == "rasa"
