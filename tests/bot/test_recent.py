"""Answers that are good for a moment: asked once by all, and anew when the moment is over."""

from __future__ import annotations

import itertools

from bot.recent import Recent


class Watch:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_within_a_moment_it_is_asked_once_and_anew_after_it() -> None:
    watch, asked = Watch(), itertools.count()
    recent = Recent(0.9, watch)
    assert [recent.of("a", lambda: next(asked)) for _ in range(3)] == [0, 0, 0]
    assert recent.of("b", lambda: next(asked)) == 1, "each key by itself"
    watch.now = 0.89
    assert recent.of("a", lambda: next(asked)) == 0
    watch.now = 0.9
    assert recent.of("a", lambda: next(asked)) == 2


def test_without_a_moment_nothing_is_kept() -> None:
    asked = itertools.count()
    recent = Recent(0)
    assert [recent.of("a", lambda: next(asked)) for _ in range(3)] == [0, 1, 2]


def test_it_does_not_grow_without_end() -> None:
    watch = Watch()
    recent = Recent(1, watch, at_most=10)
    for key in range(100):
        recent.of(key, lambda: key)  # noqa: B023  asked at once
    assert len(recent._kept) == 10
    watch.now = 2
    assert recent.of("new", lambda: "kept") == "kept"
    assert len(recent._kept) == 1


def test_what_failed_is_not_kept() -> None:
    recent = Recent(1, Watch())

    def fails() -> int:
        raise ValueError

    for _ in range(2):
        try:
            recent.of("a", fails)
        except ValueError:
            continue
        raise AssertionError
    assert recent.of("a", lambda: 1) == 1
