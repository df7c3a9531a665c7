"""One signed webhook to an address that a shop named, which may be anything: so it is looked at before it is called.

Owns the signature, and what may be called. The name is looked up once and that very address is called: a name that leads
elsewhere the second time leads nowhere. Addresses in private networks are refused unless the operator allows them.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
from urllib.parse import urlsplit

from bot.alerts.outcomes import Delivered, Delivery, Later, Never
from bot.keys import Keys

TIMEOUT = 10.0
HEADER = "Winback-Signature"


def secret_of(keys: Keys, shop_id: int) -> str:
    """The shop's secret, hex: derived, so that none is stored."""
    return keys.derived(f"webhook {shop_id}").hex()


def signature(secret: str, at: int, body: bytes) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 of «SECONDS.BODY». Whoever checks it refuses an old `t`."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


class HttpPoster:
    """Calls over the network. `private`: whether private networks may be called."""

    def __init__(self, *, private: bool) -> None:
        self._private = private

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Delivery:
        """See Poster."""
        try:
            parts = urlsplit(url)
            host, tls = parts.hostname or "", parts.scheme == "https"
            port = parts.port or (443 if tls else 80)
        except ValueError:
            return Never("no address")
        if parts.scheme not in ("http", "https") or not host:
            return Never("no address")
        try:
            address = self._address(host, port)
            if address is None:
                return Never("a private address")
            return self._call(host, port, address, _path(url), body, headers, tls=tls)
        except (OSError, http.client.HTTPException) as error:
            return Later(type(error).__name__)
        except ValueError:  # UnicodeError: no name that can be looked up, or no path that can be asked for
            return Never("no address")

    def _address(self, host: str, port: int) -> str | None:
        """An address of that name which may be called."""
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        fit = [each for each in sorted(found) if self._private or ipaddress.ip_address(each).is_global]
        return fit[0] if fit else None

    def _call(
        self,
        host: str,
        port: int,
        address: str,
        path: str,
        body: bytes,
        headers: dict[str, str],
        *,
        tls: bool,
    ) -> Delivery:
        line = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
        line.sock = socket.create_connection((address, port), TIMEOUT)
        try:
            if tls:
                line.sock = ssl.create_default_context().wrap_socket(line.sock, server_hostname=host)
            line.request("POST", path, body, headers)
            status = line.getresponse().status
        finally:
            line.close()
        if 200 <= status < 300:
            return Delivered()
        gone = status in (400, 401, 403, 404, 405, 410) or 300 <= status < 400
        return Never(f"answered {status}") if gone else Later(f"answered {status}")


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
