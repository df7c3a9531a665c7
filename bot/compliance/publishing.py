"""What stands against a flow's words, said at publishing: the merchant sees it before a customer is texted.

Owns the problems and their remedies. The looking is bot.compliance.content's. At dispatch the same is asked again of the
text with the customer's data in it (rule `content`), because a product's name may hold such a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from bot.compliance.content import Finding, Own, findings, own
from flows.parser import load_yaml
from flows.places import Places
from flows.problems import Problem, Severity

_TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def content_problems(
    source: str, file: str, shop: Own | None = None, products: Iterable[str] = ()
) -> list[Problem]:
    """R125, R126: links and words of the texts in a flow file. `shop`: whose flow it is; None: nobody's yet, and then every
    link is a warning. `products`: names that `last_order.product` may put into a text.
    """
    document, unreadable = load_yaml(source, file)
    if unreadable:
        return []
    places = Places(file, document)
    found = [
        _problem(places, path, finding, shop)
        for path, template in _said(document)
        for finding in findings(_TAGS.sub(" ", template), shop or own(()))
    ]
    return list(dict.fromkeys([*found, *_products(source, places, shop, products)]))


def _said(document: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every template, whatever else is wrong with the file: its problems come all at once (I14)."""
    for group in ("nodes", "words"):
        named = document.get(group) if isinstance(document, dict) else None
        for name, node in named.items() if isinstance(named, dict) else ():
            if group == "words":
                yield from (((group, str(name)), words) for words in _strings(node))
            elif isinstance(node, dict):
                yield from (((group, str(name), "say"), words) for words in _strings(node.get("say")))


def _strings(say: Any) -> Iterator[str]:
    if isinstance(say, str):
        yield say
    elif isinstance(say, (dict, list)):
        for each in say.values() if isinstance(say, dict) else say:
            yield from _strings(each)


def _problem(places: Places, path: tuple[str, ...], finding: Finding, shop: Own | None) -> Problem:
    severity: Severity = (
        "error" if finding.kind == "shortener" or (finding.kind == "link" and shop) else "warning"
    )
    match finding.kind:
        case "word":
            return places.problem(
                "content-word",
                path,
                f"«{finding.what}» is among the words about {finding.topic} that carriers refuse: the text would not leave.",
                f"Say it otherwise; or, when a person has looked: `winback shop set --add words_looked_at {finding.what}`.",
                severity,
            )
        case "shortener":
            return places.problem(
                "shortener",
                path,
                f"{finding.what} is a public shortener, and carriers filter those (R125).",
                "Use {{ link.shop }}, {{ link.reorder }} or {{ link.checkout }}.",
                severity,
            )
        case "link":
            return places.problem(
                "foreign-link",
                path,
                f"{finding.what} is not one of the shop's own domains: the text would not leave.",
                f"Use {{{{ link.shop }}}}; or, if the domain is the shop's: `winback shop set --add link_hosts {finding.what}`.",
                severity,
            )


def _products(source: str, places: Places, shop: Own | None, products: Iterable[str]) -> Iterator[Problem]:
    if shop is None or "last_order.product" not in source:
        return
    named: dict[str, str] = {}
    for product in products:
        for finding in findings(product, shop):
            if finding.kind == "word":
                named.setdefault(finding.what, product)
    if named:
        shown = ", ".join(f"«{product}» ({word})" for word, product in sorted(named.items())[:5])
        more = "" if len(named) <= 5 else f" and {len(named) - 5} more words"
        yield places.problem(
            "content-word",
            ("nodes",),
            f"Products have names that carriers may refuse, and a text that names one would not leave: {shown}{more}.",
            "Give them another text name; or, when a person has looked: "
            f"`winback shop set --add words_looked_at {' '.join(sorted(named)[:5])}`.",
            "warning",
        )
