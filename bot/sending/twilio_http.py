"""The HTTP half of Twilio's client: timeouts, kept connections, and no word in any log.

Owns one call over the wire. Twilio's own http client will not do: it has no timeout (R93), logs numbers at INFO (I12),
hands its answer over in an attribute that all threads share (harmless only while nothing can switch threads in between),
and asks the environment about proxies for every single text; here that is done once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from twilio.http.response import Response

CONNECT_SECONDS = 5.0
"""Nothing was said yet: giving up early is free, since the text was certainly not accepted."""

API = "https://api.twilio.com"


class ThrottledError(RuntimeError):
    """HTTP 429. Raised here, because Twilio's exceptions do not carry the Retry-After header."""

    def __init__(self, body: str, after_seconds: float | None) -> None:
        super().__init__("429")
        self.body = body
        self.after_seconds = after_seconds


class Transport:
    """What `twilio.rest.Client` calls. One for all threads of a process; connections are kept and shared.

    `direct`: the stand-in on loopback, never through a proxy. Raises requests.RequestException as it comes, and
    ThrottledError for 429.
    """

    is_async = False

    def __init__(self, timeout_seconds: float, *, direct: bool) -> None:
        self.timeout = timeout_seconds
        self._timeouts = (min(CONNECT_SECONDS, timeout_seconds), timeout_seconds)
        self._adapter = HTTPAdapter(pool_connections=4, pool_maxsize=64, max_retries=0)
        merged: Mapping[str, Any] = {"proxies": {}, "verify": True, "cert": None}
        if not direct:
            merged = requests.Session().merge_environment_settings(API, {}, None, None, None)
        self._proxies, self._verify, self._cert = merged["proxies"], merged["verify"], merged["cert"]

    def request(
        self,
        method: str,
        url: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One call; the time limit is for connecting and for each wait on the answer."""
        prepared = requests.PreparedRequest()
        prepared.prepare(method=method, url=url, headers=headers, data=data, params=params, auth=auth)
        answer = self._adapter.send(
            prepared, timeout=self._timeouts, verify=self._verify, cert=self._cert, proxies=self._proxies
        )
        body = answer.content.decode(
            "utf-8", "replace"
        )  # not .text: without a charset that one guesses, slowly
        if answer.status_code == 429:
            raise ThrottledError(body, _seconds(answer.headers.get("Retry-After")))
        return Response(answer.status_code, body, answer.headers)

    def close(self) -> None:
        """Close the kept connections."""
        self._adapter.close()


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isdecimal() else None
