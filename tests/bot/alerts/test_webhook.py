"""A webhook's call: to what address, for how long, and what comes of each answer."""

from __future__ import annotations

import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from bot.alerts.addresses import fault_of, may_be_called
from bot.alerts.outcomes import Delivered, Delivery, Later, Never
from bot.alerts.webhook import HttpPoster

SOON = 0.3
"""Seconds that a call may take here."""
HUNG_UP = Later("no answer in 0.3 seconds")


@pytest.fixture
def server() -> Iterator[http.server.ThreadingHTTPServer]:
    class Answers(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(int(self.path.rsplit("/", 1)[1]))
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (204, Delivered()),
        (302, Never("answered 302")),
        (404, Never("answered 404")),
        (429, Later("answered 429")),
        (500, Later("answered 500")),
    ],
)
def test_answers_of_a_real_server(
    server: http.server.ThreadingHTTPServer, status: int, outcome: Delivery
) -> None:
    url = f"http://127.0.0.1:{server.server_port}/{status}"
    assert HttpPoster(private=True).post(url, b"{}", {}) == outcome


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/x",
        "http://[::1]/x",
        "http://169.254.169.254/latest",
        "http://10.1.2.3/",
        "https://localhost/",
    ],
)
def test_a_private_address_is_not_called(url: str) -> None:
    assert HttpPoster(private=False).post(url, b"{}", {}) == Never("a private address")


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://x.example/", "http://", "https://x.example:99999/", "nothing"),
        *("https://a..example/", f"https://{'a' * 70}.example/"),
    ],
)
def test_what_is_no_address_is_said_once(url: str) -> None:
    assert HttpPoster(private=False).post(url, b"{}", {}) == Never("no address")


@contextmanager
def answering(talk: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """Somebody who takes one call and does what they like with it, until the test is over."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as door:

        def take() -> None:
            line, _ = door.accept()
            with line:
                talk(line, over)

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}/"
        finally:
            over.set()
            thread.join()


def silence(line: socket.socket, over: threading.Event) -> None:
    over.wait()


def drip(line: socket.socket, over: threading.Event) -> None:
    """A letter of the answer every twentieth of a second: no single wait is long."""
    for letter in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1000:
        if over.wait(0.05):
            return
        try:
            line.send(bytes((letter,)))
        except OSError:
            return


def endless(line: socket.socket, over: threading.Event) -> None:
    """The answer at once, and then a body without end."""
    line.recv(4096)
    line.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    over.wait()


@pytest.mark.parametrize(("talk", "outcome"), [(silence, HUNG_UP), (drip, HUNG_UP), (endless, Delivered())])
def test_the_whole_call_has_one_deadline(
    talk: Callable[[socket.socket, threading.Event], None], outcome: Delivery
) -> None:
    with answering(talk) as url:
        began = time.monotonic()
        assert HttpPoster(private=True, seconds=SOON).post(url, b"{}", {}) == outcome
        assert time.monotonic() - began < 5 * SOON


def test_a_tls_handshake_that_drips_is_hung_up_on_too() -> None:
    with answering(drip) as url:
        poster = HttpPoster(private=True, seconds=SOON)
        assert isinstance(poster.post(url.replace("http:", "https:"), b"{}", {}), Later)
    with answering(silence) as url:
        assert poster.post(url.replace("http:", "https:"), b"{}", {}) == HUNG_UP


def test_a_name_that_nobody_answers_for_is_left_alone() -> None:
    over = threading.Event()

    def lookup(*_: object) -> list[str]:
        over.wait()
        return ["127.0.0.1"]

    try:
        poster = HttpPoster(private=True, seconds=SOON, lookup=lookup)
        assert poster.post("https://hooks.example/", b"{}", {}) == HUNG_UP
    finally:
        over.set()


def test_the_very_address_that_was_looked_at_is_called(server: http.server.ThreadingHTTPServer) -> None:
    """The name is asked once; a second answer, which might be another, is never had."""
    asked: list[str] = []

    def lookup(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    url = f"http://hooks.example:{server.server_port}/204"
    assert HttpPoster(private=True, lookup=lookup).post(url, b"{}", {}) == Delivered()
    assert asked == ["hooks.example"]


@pytest.mark.parametrize(
    ("address", "open_to_all", "open_to_operators"),
    [
        ("8.8.8.8", True, True),
        ("2606:4700::1111", True, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("10.0.0.1", False, True),
        ("169.254.169.254", False, True),
        ("100.64.0.1", False, True),
        ("fe80::1%eth0", False, True),
        ("fec0::1", False, True),
        ("::ffff:127.0.0.1", False, True),
        ("::ffff:8.8.8.8", False, True),
        ("::127.0.0.1", False, True),
        ("2002:7f00:1::", False, True),  # 6to4 of 127.0.0.1
        ("64:ff9b::a9fe:a9fe", False, True),  # NAT64 of 169.254.169.254
        ("2001:0:4136:e378::1", False, True),  # Teredo
        ("192.88.99.1", False, True),
        ("240.0.0.1", False, True),
        ("224.0.0.1", False, False),
        ("239.255.255.250", False, False),
        ("ff0e::1", False, False),
        ("0.0.0.0", False, False),  # noqa: S104  looked at, not listened at
        ("::", False, False),
        ("no address", False, False),
    ],
)
def test_only_a_single_machine_in_the_open_network_is_called(
    address: str, open_to_all: bool, open_to_operators: bool
) -> None:
    assert may_be_called(address, private=False) == open_to_all
    assert may_be_called(address, private=True) == open_to_operators
    if not open_to_all:
        poster = HttpPoster(private=False, lookup=lambda *_: [address])
        assert poster.post("https://hooks.example/", b"{}", {}) == Never("a private address")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://hooks.example/in?a=1", None),
        ("https://h\N{LATIN SMALL LETTER U WITH DIAERESIS}te.example/", None),
        ("https://93.184.215.14/", None),
        ("https://hooks.example./", None),
        ("https://a..example/", "nobody can be called"),
        (f"https://{'a' * 64}.example/", "nobody can be called"),
        ("https://hooks.example/gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n", "nobody can be called"),
        ("https://x.example:99999/", "nobody can be called"),
        ("https://[::1", "nobody can be called"),
        ("http://10.0.0.1/", "private network"),
        ("http://[::1]/", "private network"),
    ],
)
def test_what_can_never_be_called_shows_before_it_is_kept(url: str, told: str | None) -> None:
    fault = fault_of(url, private=False)
    assert fault is None if told is None else told in (fault or "")
    assert (HttpPoster(private=False, lookup=lambda *_: []).post(url, b"", {}) == Never("no address")) == (
        told == "nobody can be called"
    )
