"""Looks that found nothing new: told again while all that they were made of stands, and never a moment longer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest

from bot.recent import Recent
from console.still import AT_MOST, STANDS_UNTIL, Still
from tests.support.clock import NOW, StillClock

MINUTE = timedelta(minutes=1)


class Room:
    """An application that says «nothing new» of what it reads, and a clock for what is read."""

    def __init__(self, clock: StillClock) -> None:
        self.second = 0.0
        self.recent = Recent(0.9, lambda: self.second)
        self.asked = 0
        self.read = "as it was"
        self.until: float | None = (NOW + MINUTE).timestamp()
        self.headers = [("X-Frame-Options", "DENY")]
        self.door = Still(self.answers, self.recent, clock)

    def answers(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.asked += 1
        self.recent.of("what is read", lambda: self.read)
        if self.until is not None:
            environ[STANDS_UNTIL] = self.until
        start_response("204 NO CONTENT", self.headers)
        return [b""]

    def look(self, **differs: str) -> tuple[str, dict[str, str]]:
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/live",
            "QUERY_STRING": "talk_mark=1",
            "HTTP_COOKIE": "a=b",
            "REMOTE_ADDR": "127.0.0.1",
        }
        said: list[tuple[str, dict[str, str]]] = []
        body = self.door(environ | differs, lambda status, headers: said.append((status, dict(headers))))
        assert b"".join(body) == b""
        return said[0]


@pytest.fixture
def room(clock: StillClock) -> Room:
    return Room(clock)


def test_the_same_look_is_answered_as_before_without_being_asked(room: Room) -> None:
    first = room.look()
    assert (
        [room.look() for _ in range(3)]
        == [first] * 3
        == [("204 NO CONTENT", {"X-Frame-Options": "DENY"})] * 3
    )
    assert room.asked == 1


def test_it_is_asked_anew_when_what_was_read_is_to_be_read_again(room: Room) -> None:
    room.look()
    room.second = 0.9
    room.look()
    assert room.asked == 2


def test_what_somebody_else_has_read_anew_meanwhile_is_enough_if_it_is_the_same(room: Room) -> None:
    room.look()
    room.second = 1.0
    room.recent.of("what is read", lambda: "as it was")
    room.look()
    assert room.asked == 1
    room.second = 2.0
    room.recent.of("what is read", lambda: "otherwise")
    room.look()
    assert room.asked == 2


def test_it_is_asked_anew_from_the_moment_on_until_which_it_stands(room: Room, clock: StillClock) -> None:
    room.look()
    clock.move(MINUTE - timedelta(microseconds=1))
    room.look()
    assert room.asked == 1
    clock.move(timedelta(microseconds=1))
    room.look()
    assert room.asked == 2


@pytest.mark.parametrize(
    "differs",
    [
        {"HTTP_COOKIE": "a=c"},
        {"HTTP_COOKIE": ""},
        {"PATH_INFO": "/other/live"},
        {"QUERY_STRING": "talk_mark=2"},
        {"REQUEST_METHOD": "POST"},
        {"REMOTE_ADDR": "10.0.0.1"},
        {"HTTP_X_FORWARDED_FOR": "10.0.0.1"},
        {"HTTP_HOST": "elsewhere.example"},
        {"HTTP_HX_REQUEST": "true"},
    ],
    ids=str,
)
def test_any_other_request_is_asked(room: Room, differs: dict[str, str]) -> None:
    room.look()
    room.look(**differs)
    assert room.asked == 2


def test_an_answer_that_does_not_say_how_long_it_stands_is_told_once(room: Room) -> None:
    room.until = None
    room.look()
    room.look()
    assert room.asked == 2


def test_an_answer_that_gives_a_cookie_is_told_once(room: Room) -> None:
    room.headers = [("Set-Cookie", "winback_session=new")]
    room.look()
    room.look()
    assert room.asked == 2


def test_it_does_not_grow_without_end(room: Room) -> None:
    for number in range(AT_MOST + 10):
        room.look(HTTP_COOKIE=f"a={number}")
    assert len(room.door._kept) == 10
    room.look(HTTP_COOKIE=f"a={AT_MOST + 9}")
    assert room.asked == AT_MOST + 10
