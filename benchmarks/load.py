"""A load generator that costs little: one thread, prepared bytes, keep-alive connections.

Owns posting and timing. Requests are signed and written out beforehand and leave in one piece: what is measured is the
server, and a client on the same two cores must not be the dearest part of it.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator

BUSY = 0.02
"""Seconds to wait at most for something to happen, while something else may be due."""


class BadAnswerError(RuntimeError):
    """The server answered with something else than 2xx; a figure made of that would be nobody's."""


@dataclass(frozen=True, slots=True)
class Post:
    """One prepared request, and what it is known by (the customer's number)."""

    data: bytes
    mark: str


@dataclass
class Done:
    """What came of a run: how many were answered in how long, and when each was sent (wall clock, by its mark)."""

    answered: int = 0
    seconds: float = 0.0
    sent: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds


def signed_post(url: str, token: str, form: Mapping[str, str], mark: str) -> Post:
    """A webhook as Twilio posts it, signed for `url`."""
    body = urlencode(form).encode()
    parts = urlsplit(url)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: TwilioProxy/1.1\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        f"X-Twilio-Signature: {RequestValidator(token).compute_signature(url, dict(form))}\r\n\r\n"
    )
    return Post(head.encode() + body, mark)


class _Line:
    """One connection. `post` is under way, or None."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.socket = _connect(address)
        self.post: Post | None = None
        self.buffer = b""
        self.closing = False
        """The server has said that it closes after this answer."""

    def send(self, post: Post) -> None:
        self.post, self.buffer = post, b""
        try:
            self.socket.sendall(post.data)
        except OSError:  # the server had closed the idle connection
            self.again()

    def again(self) -> None:
        assert self.post is not None
        self.socket.close()
        self.socket = _connect(self.address)
        self.socket.sendall(self.post.data)

    def read(self) -> bool:
        """Whether the answer is complete. Raises BadAnswerError."""
        piece = self.socket.recv(65536)
        if not piece:
            raise BadAnswerError("the connection was closed")
        self.buffer += piece
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return False
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        if len(rest) < length:
            return False
        self.closing = b"\r\nconnection: close" in head.lower()
        if head.split(b" ", 2)[1][:1] != b"2":
            raise BadAnswerError(self.buffer[:300].decode(errors="replace"))
        return True


class Client:
    """Connections to one server, used by one thread."""

    def __init__(self, url: str, connections: int) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._poll = selectors.DefaultSelector()
        self._idle: deque[_Line] = deque()
        self._busy = 0
        for _ in range(connections):
            self._add()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        for key in list(self._poll.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._poll.close()

    def for_seconds(self, posts: Iterator[Post], seconds: float) -> Done:
        """As fast as the server answers on these connections, until the time is up or the posts are."""
        done = Done()
        begin = time.perf_counter()
        while time.perf_counter() - begin < seconds:
            while self._idle and (post := next(posts, None)):
                self._send(post, done)
            if not self._busy:
                break
            self._collect(done, BUSY)
        done.seconds = time.perf_counter() - begin
        answered = done.answered
        self.finish(done)
        done.answered = answered
        return done

    def on_schedule(self, posts: Sequence[Post], gap: float, begin: float | None = None) -> Done:
        """One post every `gap` seconds, whether or not the ones before were answered (an open loop). `begin`: of the first
        one, by time.perf_counter; None: now."""
        done = Done()
        begin = time.perf_counter() if begin is None else begin
        for number, post in enumerate(posts):
            due = begin + number * gap
            while (left := due - time.perf_counter()) > 0:
                self._collect(done, left)
            if not self._idle:
                self._add()
            self._send(post, done)
        self.finish(done)
        done.seconds = time.perf_counter() - begin
        return done

    def feed(self, posts: Iterable[Post], done: Done) -> None:
        """Send these now, on more connections if need be."""
        for post in posts:
            if not self._idle:
                self._add()
            self._send(post, done)

    def collect(self, done: Done, seconds: float) -> None:
        """Look after answers for so long."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self._collect(done, left)

    def finish(self, done: Done) -> None:
        """Wait for the answers that are still out."""
        deadline = time.perf_counter() + 30
        while self._busy:
            if time.perf_counter() > deadline:
                raise BadAnswerError("no answer for 30 seconds")
            self._collect(done, BUSY)

    def _add(self) -> None:
        line = _Line(self._address)
        self._poll.register(line.socket, selectors.EVENT_READ, line)
        self._idle.append(line)

    def _send(self, post: Post, done: Done) -> None:
        line = self._idle.popleft()
        before = line.socket
        done.sent[post.mark] = time.time()
        line.send(post)
        if line.socket is not before:
            self._watch_anew(before, line)
        self._busy += 1

    def _collect(self, done: Done, wait: float) -> None:
        for key, _ in self._poll.select(max(wait, 0)):
            line: _Line = key.data
            if line.post is None:  # an idle one that the server closed: made anew when it is needed
                self._poll.unregister(line.socket)
                line.socket.close()
                self._idle.remove(line)
                continue
            if line.read():
                done.answered += 1
                line.post = None
                self._busy -= 1
                if line.closing:
                    self._poll.unregister(line.socket)
                    line.socket.close()
                    self._add()
                else:
                    self._idle.append(line)

    def _watch_anew(self, before: socket.socket, line: _Line) -> None:
        self._poll.unregister(before)
        self._poll.register(line.socket, selectors.EVENT_READ, line)


def _connect(address: tuple[str, int]) -> socket.socket:
    made = socket.create_connection(address, timeout=30)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made
