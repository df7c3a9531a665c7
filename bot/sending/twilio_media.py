"""Fetching one picture from Twilio: with the account's token, within a size, and from nowhere else.

Owns where we go. The address comes out of a webhook, so it is taken for what a stranger wrote, signature or not: the
first step leads to the API's own host and to this account's messages, or is not taken; redirects lead only to the hosts
on which Twilio keeps media, and the token is never sent there. Anything else would make us fetch from inside the
shop's network what an outsider names.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from urllib.parse import SplitResult, urljoin, urlsplit

import requests

from bot.sending.archive import MediaRefused, MediaUnavailable

MAX_BYTES = 5_000_000
"""Twilio's own limit for a message with all its media."""
MAX_STEPS = 4
SECONDS = 30.0
"""For one picture, all steps together: a server that drips must not hold the job."""
_BLOCK = 65_536

_STORES = (
    # host, how the path begins
    ("mms.twiliocdn.com", "/"),
    ("media.twiliocdn.com", "/"),
    ("s3-external-1.amazonaws.com", "/media.twiliocdn.com/"),
    ("s3.amazonaws.com", "/media.twiliocdn.com/"),
)
"""Where Twilio's media addresses redirect to. Anybody can have a bucket at the last two, so there the path counts."""


class MediaLine:
    """Fetches pictures of these accounts (sid -> token). Safe to share between threads.

    `base`: the API's address; with the stand-in's, redirects to the stand-in itself are followed as well. `direct`:
    never through a proxy.
    """

    def __init__(self, base: str, tokens: Mapping[str, str], timeout_seconds: float, *, direct: bool) -> None:
        self._base = urlsplit(base)
        self._tokens = tokens
        self._timeout = timeout_seconds
        self._direct = direct

    def fetch(self, account: str, url: str) -> bytes:
        """The picture. Raises MediaUnavailable (try again) or MediaRefused (never)."""
        token = self._tokens.get(account)
        if token is None:
            raise MediaUnavailable("no token for this account")
        if not self._is_of(account, urlsplit(url)):
            raise MediaRefused("not an address of the provider")
        until = time.monotonic() + SECONDS
        with requests.Session() as session:
            session.trust_env = not self._direct
            for step in range(MAX_STEPS):
                place = urlsplit(url)
                if step and not self._may_follow(place):
                    raise MediaRefused("it leads to a host that is not the provider's")
                # a netrc of the machine must not add a password where we give none
                auth = (account, token) if self._same_host(place) else _nobody
                try:
                    with session.get(
                        url,
                        auth=auth,
                        headers={
                            "Accept-Encoding": "identity"
                        },  # nothing small that unpacks to something large
                        timeout=self._timeout,
                        stream=True,
                        allow_redirects=False,
                    ) as answer:
                        if not answer.is_redirect:
                            return _body(answer, until)
                        url = urljoin(url, answer.headers["Location"])
                except requests.RequestException as error:
                    raise MediaUnavailable(type(error).__name__) from error
        raise MediaRefused("too many redirects")

    def _same_host(self, place: SplitResult) -> bool:
        ours = (self._base.scheme, self._base.hostname, _port(self._base))
        return (place.scheme, place.hostname, _port(place)) == ours and place.username is None

    def _is_of(self, account: str, place: SplitResult) -> bool:
        begin = f"/2010-04-01/Accounts/{account}/Messages/"
        return self._same_host(place) and place.path.startswith(begin) and "/." not in place.path

    def _may_follow(self, place: SplitResult) -> bool:
        if self._direct and self._same_host(place):
            return True
        if place.scheme != "https" or place.username is not None or _port(place) != 443 or "/." in place.path:
            return False
        return any(place.hostname == host and place.path.startswith(begin) for host, begin in _STORES)


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _port(place: SplitResult) -> int | None:
    try:
        return place.port or {"https": 443, "http": 80}.get(place.scheme)
    except ValueError:
        return None


def _body(answer: requests.Response, until: float) -> bytes:
    status = answer.status_code
    if status in (408, 425, 429) or status >= 500:
        raise MediaUnavailable(f"HTTP {status}")
    if status in (401, 403):
        raise MediaUnavailable(f"HTTP {status}: is the token right?")
    if status != 200:
        raise MediaRefused(f"HTTP {status}")
    found = bytearray()
    for block in answer.iter_content(_BLOCK):
        found += block
        if len(found) > MAX_BYTES:
            raise MediaRefused(f"larger than {MAX_BYTES // 1_000_000} MB")
        if time.monotonic() > until:
            raise MediaUnavailable("too slow")
    return bytes(found)
