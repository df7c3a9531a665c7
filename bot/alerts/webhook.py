"""One signed webhook to an address that a shop named: looked up once, looked at, and that very address called.

Owns the signature, and the time that a call may take. Which addresses may be called is bot.alerts.addresses'. A name that
leads elsewhere the second time leads nowhere. The whole call has one deadline: whoever answers a letter a second is hung up
on as whoever says nothing is, for other notices wait behind it.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias

from bot.alerts.addresses import Place, may_be_called, place_of
from bot.alerts.outcomes import Delivered, Delivery, Later, Never
from bot.keys import Keys

DEADLINE = 5.0
"""Seconds that a call takes at most: name, connection, TLS, request and the head of the answer together."""
HEADER = "Winback-Signature"
Lookup: TypeAlias = Callable[[str, int], list[str]]
"""The IP addresses of a name, in the order in which they are to be tried. Raises OSError or UnicodeError."""


def secret_of(keys: Keys, shop_id: int) -> str:
    """The shop's secret, hex: derived, so that none is stored."""
    return keys.derived(f"webhook {shop_id}").hex()


def signature(secret: str, at: int, body: bytes) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 of «SECONDS.BODY». Whoever checks it refuses an old `t`."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


def addresses_of(host: str, port: int) -> list[str]:
    """What the machine's resolver says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class HttpPoster:
    """Calls over the network. `private`: whether private networks may be called; `seconds`: the deadline of a call."""

    def __init__(self, *, private: bool, seconds: float = DEADLINE, lookup: Lookup = addresses_of) -> None:
        self._private = private
        self._seconds = seconds
        self._lookup = lookup

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Delivery:
        """See Poster."""
        place = place_of(url)
        if place is None:
            return Never("no address")
        until = _Deadline.after(self._seconds)
        try:
            found = _in_time(self._lookup, place, until)
            fit = [each for each in found if may_be_called(each, private=self._private)]
            if not fit:
                return Never("a private address")
            return _call(place, fit[0], body, headers, until)
        except TimeoutError:
            return Later(f"no answer in {self._seconds:g} seconds")
        except (OSError, http.client.HTTPException) as error:
            return Later(type(error).__name__)
        except ValueError:  # UnicodeError: no name that can be looked up, or no path that can be asked for
            return Never("no address")


@dataclass(frozen=True, slots=True)
class _Deadline:
    """When it is over, by the machine's steady clock."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> _Deadline:
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds. Raises TimeoutError when there are none."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _Line(io.RawIOBase):
    """A connection as http.client wants one, of which each wait ends at the deadline."""

    def __init__(self, line: socket.socket, until: _Deadline) -> None:
        self._line, self._until = line, until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._line.settimeout(self._until.left())
        return self._line.recv_into(buffer)

    def makefile(self, *_: object) -> io.BufferedReader:
        return io.BufferedReader(self)

    def sendall(self, data: bytes) -> None:
        self._line.settimeout(self._until.left())
        self._line.sendall(data)


def _call(place: Place, address: str, body: bytes, headers: dict[str, str], until: _Deadline) -> Delivery:
    with socket.create_connection((address, place.port), until.left()) as plain:
        line = plain
        if place.tls:
            plain.settimeout(until.left())
            line = ssl.create_default_context().wrap_socket(plain, server_hostname=place.host)
        with line:
            talk = http.client.HTTPConnection(place.host, place.port)
            talk.default_port = 443 if place.tls else 80  # which a Host header leaves out
            talk.sock = _Line(line, until)
            talk.request("POST", place.path, body, headers)
            status = talk.getresponse().status  # its head alone: what follows it is not read
    if 200 <= status < 300:
        return Delivered()
    gone = status in (400, 401, 403, 404, 405, 410) or 300 <= status < 400
    return Never(f"answered {status}") if gone else Later(f"answered {status}")


def _in_time(lookup: Lookup, place: Place, until: _Deadline) -> list[str]:
    """A look-up cannot be ended; it can be left alone. Raises what it raises, or TimeoutError."""
    answer: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answer.put(lookup(place.host, place.port))
        except (OSError, ValueError) as error:
            answer.put(error)

    threading.Thread(target=ask, name="lookup", daemon=True).start()
    try:
        found = answer.get(timeout=until.left())
    except Empty:
        raise TimeoutError from None
    if isinstance(found, Exception):
        raise found
    return found
