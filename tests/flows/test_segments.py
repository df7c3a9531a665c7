"""Parts as the provider counts them, and spelling that costs less without saying something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.graphemes import graphemes
from flows.segments import measure, tidy
from tests.fixtures.segments.answers import heading, kept
from tests.fixtures.segments.strings import strings

FAMILY = "👨‍👩‍👧‍👦"  # 11 units
ROCKET = "👩🏽‍🚀"  # 7 units


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        pytest.param("", "GSM-7", 0, 1, id="empty"),
        pytest.param("a" * 160, "GSM-7", 160, 1, id="R130 160"),
        pytest.param("a" * 161, "GSM-7", 161, 2, id="R130 161"),
        pytest.param("a" * 306, "GSM-7", 306, 2, id="R130 two times 153"),
        pytest.param("a" * 307, "GSM-7", 307, 3, id="R130 one more"),
        pytest.param("你" * 70, "UCS-2", 70, 1, id="R130 70"),
        pytest.param("你" * 71, "UCS-2", 71, 2, id="R130 71"),
        pytest.param("你" * 134, "UCS-2", 134, 2, id="R130 two times 67"),
        pytest.param("你" * 135, "UCS-2", 135, 3, id="R130 one more of 67"),
        pytest.param("a" * 80 + "’", "UCS-2", 81, 2, id="R130 one curly quote turns all of it"),
        pytest.param("€" * 80, "GSM-7", 160, 1, id="R131 two septets each"),
        pytest.param("^{}\\[~]|€\f", "GSM-7", 20, 1, id="R131 all ten"),
        pytest.param("é" * 160, "GSM-7", 160, 1, id="R132 e acute is in"),
        pytest.param("á", "UCS-2", 1, 1, id="R132 a acute is not"),
        pytest.param("Ç", "GSM-7", 1, 1, id="R132 upper-case cedilla is in"),
        pytest.param("ç", "UCS-2", 1, 1, id="R132 lower-case is not"),
        pytest.param("`", "UCS-2", 1, 1, id="R132 backtick"),
        pytest.param("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3, id="R133 an escape pair is not split"),
        pytest.param("你" * 66 + "😀" + "你" * 60, "UCS-2", 128, 2, id="R133 a surrogate pair is not split"),
        pytest.param("你" * 66 + "😀" + "你" * 66, "UCS-2", 134, 3, id="R133 and that may cost a part"),
        pytest.param("a" * 60 + FAMILY + "a" * 63, "UCS-2", 134, 3, id="R133 a family is not split"),
        pytest.param("🇺🇸" * 33, "UCS-2", 132, 3, id="R133 flags, 16 a part"),
        pytest.param("a" + "\u0301" * 200, "UCS-2", 201, 2, id="a grapheme larger than a part, as Twilio has it"),
        pytest.param(("a" + "\u0301" * 34) * 3, "UCS-2", 105, 2, id="one half as large, as Twilio has it"),
        pytest.param("\u06005" * 36, "UCS-2", 72, 2, id="R133 a sign that joins with the letter after it"),
        pytest.param("é🇺🇸\u20e3\u20e3" * 12, "UCS-2", 84, 2, id="R133 a flag takes one mark"),
    ],
)  # fmt: skip
def test_measure(text: str, encoding: str, units: int, parts: int) -> None:
    got = measure(text)
    assert (got.encoding, got.units, got.parts) == (encoding, units, parts)


@pytest.mark.slow
def test_r133_it_agrees_with_twilios_own_calculator_on_twenty_thousand_strings() -> None:
    """`python -m tests.fixtures.segments` asks it again (with node, which nothing else needs)."""
    texts = strings()
    heading_kept, answers = kept()
    assert heading_kept == heading(texts), "other strings: ask the calculator again"
    assert len(texts) == len(answers) == 20_000
    wrong = []
    for text, answer in zip(texts, answers, strict=True):
        got = measure(text)
        if (got.encoding, got.units, got.parts) != answer:
            wrong.append((ascii(text)[:80], got, answer))
    assert wrong[:5] == []


ALPHABET = st.sampled_from([*"ab é€^ñ\n", *"你á’\u0301\u200d\ufe0f", "😀", FAMILY, ROCKET, "🇺🇸", "1️⃣", "한"])


def _no_towers(text: str) -> bool:
    """Without letters under so many marks that Twilio's calculator lets a part overflow."""
    return all(len(piece.encode("utf-16-le")) // 2 <= 32 for piece in graphemes(text))


@given(st.lists(ALPHABET, max_size=200).map("".join).filter(_no_towers))
def test_parts_are_never_fewer_than_the_units_need(text: str) -> None:
    got = measure(text)
    single, several = (160, 153) if got.encoding == "GSM-7" else (70, 67)
    assert got.parts >= (1 if got.units <= single else -(-got.units // several))
    assert (got.parts == 1) == (got.units <= single)
    if got.encoding == "UCS-2":
        assert got.units == len(text.encode("utf-16-le")) // 2


@given(st.lists(ALPHABET, max_size=120).map("".join).filter(_no_towers))
def test_parts_are_what_packing_one_grapheme_after_the_other_gives(text: str) -> None:
    """The slow way: walk every grapheme."""
    got = measure(text)
    if got.parts == 1:
        return
    parts, used, room = 1, 0, 153 if got.encoding == "GSM-7" else 67
    for piece in text if got.encoding == "GSM-7" else graphemes(text):
        size = (
            (2 if piece in "^{}\\[~]|€\f" else 1)
            if got.encoding == "GSM-7"
            else len(piece.encode("utf-16-le")) // 2
        )
        if used + size > room:
            parts, used = parts + 1, 0
        used += size
    assert got.parts == parts


@given(st.text())
def test_graphemes_lose_nothing(text: str) -> None:
    assert "".join(graphemes(text)) == text


@pytest.mark.parametrize(
    "whole", [FAMILY, ROCKET, "🇺🇸", "1️⃣", "✌🏽", "e\u0301", "नि", "\u1112\u1161\u11ab", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]
)
def test_r133_what_a_reader_sees_as_one_is_one(whole: str) -> None:
    assert graphemes("a" + whole + "b") == ["a", whole, "b"]


@pytest.mark.parametrize(
    ("text", "cheap"),
    [
        pytest.param("It’s “ready”", 'It\'s "ready"', id="R132 curly quotes"),
        pytest.param("10–12 — or later…", "10-12 - or later...", id="R132 dashes and ellipsis"),
        pytest.param("a\u00a0b\u200b\ufeffc\td", "a bc d", id="R132 blanks and nothing"),
        pytest.param("• one", "- one", id="R132 bullet"),
        pytest.param("2 × Blend", "2 x Blend", id="times"),
        pytest.param("cafe\u0301 man\u0303ana", "café mañana", id="marks join their letters"),
        pytest.param("１０％ ｏｆｆ", "10% ｏｆｆ", id="full-width digits"),
        pytest.param("a\r\nb", "a\nb", id="line ends"),
        pytest.param("a\u200db", "ab", id="a joiner that joins nothing"),
        pytest.param("\u202a+1 415 555 0123\u202c", "+1 415 555 0123", id="marks of a copied number"),
    ],
)
def test_tidy(text: str, cheap: str) -> None:
    assert tidy(text) == cheap


@pytest.mark.parametrize(
    "text",
    ["está, sí, qué", "ça", ROCKET, FAMILY, "می\u200cخواهم", "2½", "日本語", "Ω is GSM", "™ ® ©", "10 €"],
)
def test_what_would_say_something_else_stays(text: str) -> None:
    assert tidy(text) == text


@given(st.text())
def test_tidy_twice_is_tidy_once_and_never_costs_a_look(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    if measure(text).encoding == "GSM-7":
        assert measure(once).parts <= measure(text).parts
