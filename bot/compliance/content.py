"""What stands against a text's words: links that are not the shop's own, public shorteners, words that carriers refuse.

Owns the looking; the words and hosts are data (content.yml). Decides nothing: at publishing the findings become
problems (bot.compliance.wording), at dispatch they are a fact of the gate (rule `content`). Pure, microseconds a text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal, TypeAlias

from ruamel.yaml import YAML

Topic: TypeAlias = Literal["alcohol", "tobacco", "firearms", "cannabis", "sex", "hate"]


@dataclass(frozen=True, slots=True)
class Own:
    """What one shop's texts may hold. `hosts` in plain small letters, their subdomains included; `words` likewise."""

    hosts: frozenset[str]
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stands against a text. `what`: the word, or the host."""

    kind: Literal["word", "shortener", "link"]
    what: str
    topic: str | None = None
    """Which of the topics of content.yml a word belongs to."""

    def __str__(self) -> str:
        match self.kind:
            case "word":
                return f"{self.topic}: {self.what}"
            case "shortener":
                return f"public shortener {self.what}"
            case "link":
                return f"foreign link {self.what}"


def own(addresses: Iterable[str | None], words: Iterable[str] = ()) -> Own:
    """What a shop may say: `addresses` (with or without https://) are its own, `words` it has looked at."""
    hosts = (_host_of(address) for address in addresses if address)
    return Own(
        frozenset(host for host in hosts if host), frozenset(word.casefold().strip() for word in words)
    )


def findings(body: str, shop: Own) -> tuple[Finding, ...]:
    """Everything that stands against these words in a text of this shop, each thing once. R125, R126."""
    looked = _look()
    found: dict[Finding, None] = {}
    for host in _hosts(body, looked):
        if _within(host, looked.shorteners):
            found[Finding("shortener", host)] = None
        elif not _within(host, shop.hosts):
            found[Finding("link", host)] = None
    said = body.casefold()
    words = looked.topics.keys() & (_PIECES.findall(said) + (_JOINED.findall(said) if "-" in said else []))
    for word in sorted(words - shop.words, key=said.index):
        found[Finding("word", word, looked.topics[word])] = None
    return tuple(found)


def version() -> str:
    """Which lists were used."""
    return _look().version


@dataclass(frozen=True, slots=True)
class _Look:
    """content.yml, ready to use."""

    version: str
    topics: Mapping[str, str]
    """Word in small letters -> topic."""
    shorteners: frozenset[str]
    bare: re.Pattern[str]


@functools.cache
def _look() -> _Look:
    data: dict[str, Any] = YAML(typ="safe", pure=True).load(
        files("bot.compliance").joinpath("content.yml").read_text("utf-8")
    )
    topics = {word: topic for topic, lines in data["topics"].items() for word in _words(lines)}
    endings = "|".join(sorted(_words(data["endings"]), key=len, reverse=True))
    return _Look(
        version=data["version"],
        topics=topics,
        shorteners=frozenset(_words(data["shorteners"])),
        # no @ before it: an e-mail address is no link
        bare=re.compile(
            rf"(?<![\w@./-])((?:[\w-]+\.)+(?:(?:{endings})(?![\w@-]|\.\w)|[a-z]{{2,24}}(?=/\w)))",
            re.IGNORECASE,
        ),
    )


def _words(lines: Iterable[str]) -> list[str]:
    return [word for line in lines for word in line.split()]


_ADDRESS = re.compile(r"(?:https?|hxxps?|ftp):[/\\]+([^\s/\\?#<>\"'«»]*)", re.IGNORECASE)
_DOTTED = re.compile(r"\w\.[^\W\d]")
_PIECES = re.compile(r"\w+")
_JOINED = re.compile(r"\w+(?:-\w+)+")


def _hosts(body: str, looked: _Look) -> Iterable[str]:
    if _DOTTED.search(body) is None and ":/" not in body:
        return
    for match in _ADDRESS.finditer(body):
        if host := _plain_host(match.group(1)):  # none: the rest comes from the customer's data
            yield host
    for match in looked.bare.finditer(_ADDRESS.sub(" ", body)):
        yield _plain_host(match.group(1))


def _host_of(address: str) -> str:
    """The host of an address as an operator writes it: «https://shop.example/», «shop.example»."""
    return _plain_host(re.split(r"[/?#]", address.split("://", 1)[-1], maxsplit=1)[0])


def _plain_host(authority: str) -> str:
    """No user name (`juniper.example@bit.ly` leads to bit.ly), port, www or dot at the end."""
    host = authority.rsplit("@", 1)[-1].casefold()
    host = re.sub(r":\d*$", "", host).rstrip(".,;:!)")
    return host.removeprefix("www.")


def _within(host: str, hosts: frozenset[str]) -> bool:
    """Whether it is one of these, or below one of them."""
    while host not in hosts:
        _, dot, host = host.partition(".")
        if not dot:
            return False
    return True
