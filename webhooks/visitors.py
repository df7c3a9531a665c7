"""Did a person open the link, or a machine that looks at links? Phones, messengers and scanners fetch what they show.

Owns the judgement, from method and headers alone; when in doubt a visit is a person's, since a missed click would hide
a won-back customer. The visit is recorded either way.
"""

from __future__ import annotations

import re
from typing import Protocol

# Each row: reason, pattern in the user agent. iMessage's preview calls itself facebookexternalhit and Twitterbot, too.
AGENTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "preview",
        re.compile(
            r"facebookexternalhit|facebot|twitterbot|slackbot|slack-imgproxy|telegrambot|whatsapp/|discordbot|"
            r"linkedinbot|skypeuripreview|snap url preview|viber|redditbot|pinterestbot|google-pagerenderer|"
            r"bingpreview|link ?preview|url ?preview|embedly|iframely",
            re.IGNORECASE,
        ),
    ),
    (
        "scanner",
        re.compile(
            r"safelinks|proofpoint|mimecast|barracuda|zscaler|fortiguard|symantec|trend ?micro|virustotal|"
            r"urlscan|phishtank|cloudmark|bitdefender|google-safety|security ?scan|checkpoint",
            re.IGNORECASE,
        ),
    ),
    # CUBOT is a make of phone.
    ("crawler", re.compile(r"(?<!cu)bot\b|crawler|spider|slurp|monitor|uptime|headless", re.IGNORECASE)),
    (
        "program",
        re.compile(
            r"^(curl|wget|python|go-http-client|java|okhttp|ruby|perl|libwww|node|axios|got|php|apache-http|"
            r"dart|postman|insomnia|httpie|aiohttp)\b",
            re.IGNORECASE,
        ),
    ),
)
PREFETCH_HEADERS = ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")
PREFETCH_WORDS = ("prefetch", "preview", "prerender")


class _Headers(Protocol):
    def get(self, key: str, /) -> str | None: ...


def machine_reason(method: str, headers: _Headers) -> str | None:
    """Why this visit is a machine's (method, prefetch, no_agent, preview, scanner, crawler, program), or None."""
    if method != "GET":
        return "method"
    for name in PREFETCH_HEADERS:
        value = (headers.get(name) or "").lower()
        if any(word in value for word in PREFETCH_WORDS):
            return "prefetch"
    agent = (headers.get("User-Agent") or "").strip()
    if not agent:
        return "no_agent"
    return next((reason for reason, pattern in AGENTS if pattern.search(agent)), None)
