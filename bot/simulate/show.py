"""The figures of a simulation for people: a table that says first what must be nothing, and that it forecasts nothing.

Owns the words and their order. Counts nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def in_words(figures: Mapping[str, Any]) -> str:
    """The table."""
    return "\n".join(_lines(figures))


def _lines(f: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"{f['flow']}: {f['customers']:,} scripted customers, {f['weeks']:g} weeks from {f['from']}, seed {f['seed']}. "
        "Their habits are assumptions (people.yml); nothing here is a forecast."
    )
    yield ""
    yield _row(
        "enrolled",
        f"{f['treated'] + f['control']:,}",
        f"{f['control']:,} of them the holdout",
        _left(f["not_enrolled"]),
    )
    texts, orders = f["texts"], f["orders"]
    yield _row(
        "texts",
        f"{sum(texts.values()):,}",
        _counts(texts),
        f"{f['parts']:,} parts, {_money(f['cost_cents'])}",
    )
    replies = f["replies"]
    yield _row(
        "replies",
        f"{replies['total']:,}",
        f"{f['turns']['undone']:,} answers taken back for a newer text",
        f"{replies['repeated_webhooks']:,} webhooks came twice",
    )
    yield _row(
        "orders",
        f"{orders['treated'] + orders['control']:,}",
        f"{orders['with_offer']:,} with the code",
        f"{orders['recovered']:,} within the time after a text",
    )
    if orders["difference"] is not None:
        yield _row(
            "buyers",
            f"{orders['buyers_treated']:.1%}",
            f"of those texted, {orders['buyers_control']:.1%} of the holdout",
            f"the texts' own: about {orders['because_of_texts']:,.0f} buyers",
        )
    money = f["revenue_cents"]
    yield _row(
        "revenue",
        _money(money["treated"]),
        f"{_money(money['recovered'])} of it recovered",
        f"{_money(money['control'])} from the holdout",
    )
    coupons = f["coupons"]
    yield _row(
        "codes",
        f"{coupons['given']:,}",
        f"{coupons['used']:,} used",
        f"{_money(coupons['spend_cents'])} given away",
    )
    outs = f["opt_outs"]
    after = ", ".join(f"{count:,} after {texts}" for texts, count in _by_number(outs["after_texts"]))
    yield _row("opt-outs", f"{outs['total']:,}", after, f"{outs['unmeant']:,} who meant something else")
    hands = f["hand_offs"]
    yield _row("hand-offs", f"{hands['total']:,}", f"{hands['minutes']:,} minutes of work")
    yield _row("denied", f"{sum(f['denied'].values()):,}", _counts(f["denied"]))
    yield _row("put off", f"{sum(f['deferred'].values()):,}", _counts(f["deferred"]))
    yield _row("outcomes", f"{sum(f['outcomes'].values()):,}", _counts(f["outcomes"]))
    yield ""
    yield _row("dead ends", f"{sum(f['dead_ends'].values()):,}", _counts(f["dead_ends"]) or "none")
    yield _row("violations", f"{sum(f['violations'].values()):,}", _counts(f["violations"]) or "none")
    yield ""
    yield f"{'stop':<24} {'visits':>8} {'texts':>8}  next"
    for name, node in sorted(f["nodes"].items(), key=lambda each: -each[1]["visits"]):
        goes = ", ".join(f"{to} {count:,}" for to, count in list(node["next"].items())[:4])
        yield f"{name:<24} {node['visits']:>8,} {node['said']:>8,}  {goes}"
    for kind, kept in f["examples"].items():
        first = kept[0]
        yield ""
        yield f"{kind.replace('_', ' ')}: {first['why']} (customer {first['customer']}, {first['zone']})"
        yield from (f"  {line['at']}  {line['who']:>8}  {line['words']}" for line in first["lines"])


def _row(name: str, figure: str, *more: str) -> str:
    return f"{name:<12}{figure:>12}   " + "; ".join(each for each in more if each)


def _counts(group: Mapping[str, int]) -> str:
    found = sorted(
        ((count, name) for name, count in group.items() if count), key=lambda each: (-each[0], each[1])
    )
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for count, name in found[:8])


def _left(group: Mapping[str, int]) -> str:
    words = {"audience": "outside the audience", "consent": "without a consent that is enough"}
    return ", ".join(f"{count:,} {words.get(name, name)}" for name, count in group.items() if count)


def _by_number(group: Mapping[str, int]) -> list[tuple[int, int]]:
    found = sorted((int(texts), count) for texts, count in group.items())
    return found[:6]


def _money(cents: int) -> str:
    return f"${cents / 100:,.2f}"
