"""Which address a webhook may lead to: what a shop typed, taken apart, and what its name leads to, looked at.

Owns both refusals. A shop names the address, so it may be anything: a name in the private network, a router, a metadata
service, or one of them inside an address of another kind. Calls nobody (bot.alerts.webhook does), looks up nothing.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_ORDINARY_V6: Final = ipaddress.ip_network("2000::/3")
"""What the world's networks have addresses of; NAT64 (64:ff9b::/96) and everything local lie outside."""
_LEADS_ELSEWHERE: Final = tuple(
    ipaddress.ip_network(each)
    for each in (
        "2002::/16",  # 6to4: an IPv4 address in it, private ones too (RFC 3056)
        "2001::/23",  # protocols' own, Teredo among them (RFC 4380)
        "3fff::/20",  # documentation (RFC 9637)
        "192.88.99.0/24",  # 6to4's relays (RFC 7526)
    )
)


@dataclass(frozen=True, slots=True)
class Place:
    """An address taken apart. `path`: with its query."""

    host: str
    port: int
    tls: bool
    path: str


def place_of(url: str) -> Place | None:
    """Where that leads; None: nowhere that can be looked up."""
    try:
        parts = urlsplit(url)
        host, tls = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if tls else 80)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not _can_be_named(host):
        return None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not (path.isascii() and path.isprintable()) or " " in path:
        return None
    return Place(host, port, tls, path)


def may_be_called(address: str, *, private: bool) -> bool:
    """Whether that IP address may be called: one of a single machine in the open network; with `private`, nearly any."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if found.is_multicast or found.is_unspecified:
        return False
    if private:
        return True
    if isinstance(found, ipaddress.IPv6Address) and found not in _ORDINARY_V6:
        return False
    leads = any(found.version == each.version and found in each for each in _LEADS_ELSEWHERE)
    return found.is_global and not found.is_reserved and not leads


def fault_of(url: str, *, private: bool) -> str | None:
    """What is wrong with an address that somebody wants to keep, as the end of a sentence; None: nothing that shows."""
    place = place_of(url)
    if place is None:
        return (
            "nobody can be called there. Look for a doubled dot, a part of the name longer than 63 letters, "
            "or a letter in the path that has to be written as %"
        )
    if _is_literal(place.host) and not may_be_called(place.host, private=private):
        return "that address lies in a private network, so it is never called"
    return None


def _can_be_named(host: str) -> bool:
    if not host or _is_literal(host):
        return bool(host)
    try:
        return bool(host.encode("idna").strip(b"."))
    except UnicodeError:  # a part that is empty, or longer than 63 letters
        return False


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
