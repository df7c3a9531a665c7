"""Where a request comes from, seen through our own proxies, and which addresses count as one.

Owns the reading of network addresses; says nothing of what they may do.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def caller(remote: str, forwarded_for: str, trusted: Iterable[Network]) -> str:
    """Who called: the last address, seen from here, that is none of our own proxies.

    `remote`: the other end of the connection; `forwarded_for`: the header of that name, which anybody may have begun.
    """
    networks = tuple(trusted)
    told = forwarded_for.split(",")
    address = remote
    while told and is_among(address, networks):
        address = told.pop().strip() or address
    return address[:64]


def is_among(address: str, networks: Iterable[Network]) -> bool:
    """Whether the address lies in one of the networks; an IPv4 one also when it is written as IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in networks)


def site_of(address: str) -> str:
    """The address itself, or the /48 of an IPv6 one: what one customer of a provider may be given, 65,536 networks of it."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 48), strict=False))
    return str(parsed)


def network_of(address: str) -> str:
    """The address itself, or the /64 of an IPv6 one, which is one household's."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
