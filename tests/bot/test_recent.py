"""Answers that are good for a moment: asked once by all, and anew when the moment is over."""

from __future__ import annotations

import itertools
import threading

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


def test_what_was_given_is_noted_and_stands_while_it_would_be_given_again() -> None:
    watch = Watch()
    recent = Recent(0.9, watch)
    recent.of("before", lambda: 0)
    with recent.noting() as noted:
        recent.of("a", lambda: [1])
        recent.of("a", lambda: [2])
        recent.of("b", lambda: None)
    recent.of("after", lambda: 0)
    assert noted == {"a": [1], "b": None}
    assert recent.stands(noted)
    watch.now = 0.9
    assert not recent.stands(noted), "it would be asked for"
    recent.of("a", lambda: [1])
    assert not recent.stands(noted)
    recent.of("b", lambda: None)
    assert recent.stands(noted), "asked anew, and the same"
    watch.now = 2.0
    recent.of("a", lambda: [3])
    recent.of("b", lambda: None)
    assert not recent.stands(noted)


def test_nothing_stands_that_is_not_kept() -> None:
    recent = Recent(0)
    with recent.noting() as noted:
        recent.of("a", lambda: 1)
    assert not recent.stands(noted)


def test_each_thread_notes_what_it_was_given_itself() -> None:
    recent = Recent(60)
    with recent.noting() as noted:
        other = threading.Thread(target=lambda: recent.of("theirs", lambda: 1))
        other.start()
        other.join()
    assert noted == {}
