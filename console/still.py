"""A look that found nothing new, answered again without its route: for as long as all that it was made of still stands.

Owns that memory, in front of Flask. Everybody who has the inbox open asks each second, and nearly always for nothing: most
of such a look's cost lies around its answer. A route says until when its answer stands if nothing changes
(`STANDS_UNTIL`); what it asked for meanwhile (bot.recent: who asks, what lies in the list, what is new) is noted, and the
very same request is answered so again while each of these is as it was and has not yet to be asked anew. Whoever has been
signed out or changes a role asks in vain as soon as they would otherwise: who they are is one of those answers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from bot.recent import Recent

STANDS_UNTIL = "winback.stands_until"
"""In the request's environment: until when (real time, seconds since 1970). Only for an answer without a body."""
AT_MOST = 1_000
"""Pages that lie open; with more, all are forgotten, and asked for once."""
_OF_REQUEST = ("QUERY_STRING", "REMOTE_ADDR", "wsgi.url_scheme")
"""With every header, all that a route can see of a GET."""

Wsgi: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class _Kept:
    request: Mapping[str, Any]
    until: float
    noted: Mapping[Hashable, Any]
    status: str
    headers: list[tuple[str, str]]


class Still:
    """A WSGI application around another. Safe to share between threads."""

    def __init__(self, wsgi: Wsgi, recent: Recent, real_now: Callable[[], datetime]) -> None:
        self._wsgi, self._recent, self._real_now = wsgi, recent, real_now
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """See the module."""
        cookies = environ.get("HTTP_COOKIE")
        if environ["REQUEST_METHOD"] != "GET" or not cookies:
            return self._wsgi(environ, start_response)
        whose = (cookies, environ["PATH_INFO"])
        request = {
            name: said for name, said in environ.items() if name.startswith("HTTP_") or name in _OF_REQUEST
        }
        kept = self._kept.get(whose)
        if kept is not None and kept.request == request and self._stands(kept):
            start_response(kept.status, list(kept.headers))
            return ()
        said: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            said.append((status, list(headers)))
            return start_response(status, headers, *more)

        with self._recent.noting() as noted:
            answer = self._wsgi(environ, start)
        until = environ.get(STANDS_UNTIL)
        if until is not None and said and not _gives_a_cookie(said[-1][1]):
            self._keep(whose, _Kept(request, until, noted, *said[-1]))
        return answer

    def _stands(self, kept: _Kept) -> bool:
        return kept.until > self._real_now().timestamp() and self._recent.stands(kept.noted)

    def _keep(self, whose: tuple[str, str], kept: _Kept) -> None:
        with self._lock:
            if len(self._kept) >= AT_MOST:
                self._kept = {}
            self._kept[whose] = kept


def _gives_a_cookie(headers: Iterable[tuple[str, str]]) -> bool:
    return any(name.lower() == "set-cookie" for name, _ in headers)
