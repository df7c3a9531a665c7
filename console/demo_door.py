"""The demo's open door: whoever sits at this machine plays the demo, and is one of its people by one click.

Owns the one question when that is so. Only while the provider is the stand-in (no text can reach anybody), the console
listens on this machine alone, and the request comes from here under this machine's own name: a proxy in front of it would
bring strangers in, so a request that came through one finds the door closed.
"""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from flask import request

from bot.processes.demo_mode import is_demo, reaches_nobody
from bot.settings import Settings

_HERE: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_OF_PROXIES: Final = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")


def demo_open(settings: Settings) -> bool:
    """Whether this request may play the demo without signing in."""
    console = settings.console
    if not (is_demo(settings) and reaches_nobody(settings)) or console.host not in _HERE:
        return False
    if console.url is not None and urlsplit(console.url).hostname not in _HERE:
        return False
    if any(name in request.headers for name in _OF_PROXIES):
        return False
    host = urlsplit(f"//{request.host}").hostname
    try:
        return host in _HERE and ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
