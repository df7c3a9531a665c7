"""What a shop taught: it adds to the shipped reading where its lines are near, and takes nothing away."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.classifier import Floats, Scores
from nlu.interpretation import Language
from nlu.own import LEAST, OwnHead, TaughtModel, digests, with_share, without_own
from nlu.own_fit import Anchors, fit
from nlu.reader import embedded_reader
from nlu.training_data import INTENTS, Example
from tests.support.examples import examples

SIZE = 24
SHIPPED = Scores((("question", 0.6), ("stop", 0.3), ("other", 0.1)), ())


class Letters:
    """Stands where the encoder does: a text's vector is its count of letters. Known lines of the shipped are sums of
    few letters."""

    encoder = "letters"

    def vectors(self, text: str) -> Floats:
        found = np.full(SIZE, 0.01, np.float32)
        for char in text.lower():
            found[ord(char) % SIZE] += 1.0
        unit: Floats = found / np.linalg.norm(found)
        return unit


class Fixed:
    """A model that always says the same."""

    name = "fixed"

    def __init__(self, scores: Scores = SHIPPED) -> None:
        self.said = scores

    def scores(self, plain_text: str) -> Scores:
        return self.said

    def weigh(self, text: str, plain_text: str, language: Language | None) -> Scores:
        return self.said


def background() -> Anchors:
    made = np.random.default_rng(5).normal(size=(800, SIZE)).astype(np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return Anchors(made, tuple(INTENTS[number % 16] for number in range(800)))


def fitted(lines: list[Example]) -> OwnHead:
    return fit(lines, Letters(), background()).head  # type: ignore[arg-type]


def lines(intent: str, *texts: str, language: str = "en") -> list[Example]:
    return [Example(text, intent, language) for text in texts]


WRAPS = lines("gift_wrap", "zzzz", "zzzzz a", "zzz zz", "a zzzz", "zz zz", "zzz b", "zzzz c", "zzzzzz")


def test_a_taught_line_is_read_as_taught_whatever_its_case_and_punctuation() -> None:
    model = TaughtModel(Fixed(), Letters(), fitted([*WRAPS, *lines("coupon", "the blue one")]))
    assert model.weigh("The blue one!!", "the blue one !!", "en").ranking[0][0] == "coupon"


def test_what_is_near_is_read_as_taught_and_the_rest_as_before() -> None:
    model = TaughtModel(Fixed(), Letters(), fitted(WRAPS))
    near = model.weigh("zzzzzzz", "zzzzzzz", "en")
    assert near.ranking[0][0] == "gift_wrap"
    assert near.ranking[0][1] >= LEAST * (1 - 0.3) - 1e-6
    assert model.weigh("hmmm", "hmmm", "en").ranking == SHIPPED.ranking


def test_what_was_taught_in_one_language_is_not_heard_in_another() -> None:
    model = TaughtModel(Fixed(), Letters(), fitted(WRAPS))
    assert model.weigh("zzzzzzz", "zzzzzzz", "es").ranking == SHIPPED.ranking


def test_fewer_than_five_lines_do_nothing_and_it_is_said() -> None:
    found = fit(WRAPS[:4], Letters(), background())  # type: ignore[arg-type]
    assert (found.head.labels, found.head.same) == ((), {})
    assert [(each.code, each.intent, each.language) for each in found.told] == [
        ("too-few", "gift_wrap", "en")
    ]


def test_two_intents_of_the_same_lines_are_said_to_be_alike() -> None:
    twins = lines("ribbons", *(f"{line.text} z" for line in WRAPS))
    told = fit([*WRAPS, *twins], Letters(), background()).told  # type: ignore[arg-type]
    assert ("alike", {"gift_wrap", "ribbons"}) in [(each.code, {each.intent, each.other}) for each in told]


@settings(max_examples=examples(200))
@given(
    st.dictionaries(st.sampled_from(INTENTS), st.floats(0.001, 1), min_size=2),
    st.sampled_from([*INTENTS, "gift_wrap"]),
    st.floats(0, 1),
)
def test_the_share_of_stop_is_never_lowered(shares: dict[str, float], label: str, share: float) -> None:
    total = sum(shares.values())
    before = {name: each / total for name, each in shares.items()}
    after = with_share(before, label, share)
    assert after["stop"] >= before.get("stop", 0.0)
    assert sum(after.values()) <= 1 + 1e-6
    assert set(before) <= set(after)


def test_a_likeness_to_a_taught_stop_is_held_and_the_words_themselves_opt_out() -> None:
    taught = fitted(lines("stop", "quit bugging"))
    model = TaughtModel(Fixed(Scores((("other", 0.9), ("stop", 0.01)), ())), Letters(), taught)
    assert dict(model.weigh("Quit bugging!", "quit bugging !", "en").ranking)["stop"] == 0.95
    assert dict(model.weigh("quit bugging g", "quit bugging g", "en").ranking)["stop"] == 0.60


def test_a_head_survives_its_bytes_and_what_is_none_is_refused() -> None:
    head = fitted([*WRAPS, *lines("coupon", "the blue one")])
    again = OwnHead.from_bytes(head.to_bytes(), "v")
    assert (again.labels, again.languages, again.same, again.encoder) == (
        head.labels,
        head.languages,
        head.same,
        "letters",
    )
    assert np.allclose(again.weights, head.weights, rtol=1e-2, atol=1e-2)
    for rubbish in (b"", b"PK", head.to_bytes()[:-40], b"x" * 1000):
        with pytest.raises(ValueError, match="no head"):
            OwnHead.from_bytes(rubbish, "v")


def test_no_text_stands_in_a_head() -> None:
    assert b"the blue one" not in fitted(lines("coupon", "the blue one")).to_bytes()
    assert "the blue one" not in str(digests([("the blue one", "coupon")]))


def test_where_an_own_intent_means_nothing_the_likeliest_other_stands() -> None:
    assert without_own((("gift_wrap", 0.7), ("question", 0.2), ("stop", 0.1)), 0.55) == "question"
    assert without_own((("gift_wrap", 0.7), ("question", 0.1), ("other", 0.2)), 0.9) == "other"


def test_absurd_lines_leave_the_rest_readable() -> None:
    rng = np.random.default_rng(9)
    texts = ["".join(chr(97 + each) for each in rng.integers(0, 26, 12)) for _ in range(5_000)]
    found = fit(lines("coupon", *texts), Letters(), background())  # type: ignore[arg-type]
    assert found.moved <= 0.005 * found.anchors + 1
    assert len(found.head.labels) <= 200
    one = fit(lines("everything", *texts), Letters(), background())  # type: ignore[arg-type]
    assert one.moved <= 0.005 * one.anchors + 1


OWN = Path(__file__).parent / "own"
TODAY = date(2026, 11, 21)
STOPS = (
    "stop texting me",
    "take me off your list",
    "no more texts please",
    "unsubscribe me",
    "leave me alone",
)


@pytest.mark.slow
def test_stops_can_not_be_taught_away() -> None:
    from nlu.own_fit import anchors
    from nlu.reader import shared_model

    model = shared_model()
    plain = embedded_reader(sure=0.55, unsure=0.30)
    taught = lines("gift_wrap", *STOPS, "wrap it") + lines("smalltalk", *STOPS)
    reader = plain.taught(fit(taught, model, anchors(model)).head)  # type: ignore[attr-defined]
    for text in (*STOPS, "pls stop messaging", "dont text this number again"):
        before, after = plain.read(text, today=TODAY), reader.read(text, today=TODAY)
        assert after.opt_out == before.opt_out
        assert dict(after.ranking).get("stop", 0) >= dict(before.ranking).get("stop", 0) - 1e-4


@pytest.mark.slow
def test_three_own_intents_are_read_and_the_heldout_lines_stay_as_they_were() -> None:
    from nlu.own_fit import anchors
    from nlu.reader import shared_model
    from nlu.training_data import load
    from tests.nlu.own_lines import own_lines

    model, plain = shared_model(), embedded_reader(sure=0.55, unsure=0.30)
    three = {"gift_wrap", "wholesale", "refill"}
    taught = [line for line in own_lines("teach") if line.intent in three]
    reader = plain.taught(fit(taught, model, anchors(model)).head)  # type: ignore[attr-defined]
    judged = [line for line in own_lines("judge") if line.intent in three]
    right = sum(reader.read(line.text, today=TODAY).intent == line.intent for line in judged)
    assert right / len(judged) >= 0.5
    held = load(Path(__file__).parent / "heldout")
    lost = gained = 0
    for line in held:
        before, after = plain.read(line.text, today=TODAY), reader.read(line.text, today=TODAY)
        assert after.opt_out == before.opt_out
        fits = (line.intent, *line.also)
        lost += before.intent in fits and after.intent not in fits
        gained += before.intent not in fits and after.intent in fits
    assert (lost - gained) / len(held) <= 0.005
