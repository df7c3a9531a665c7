"""Cuts up word tables that are written as running text, so that the tables stay readable. Knows no words itself."""

from __future__ import annotations


def words(table: str) -> frozenset[str]:
    """The words of a table."""
    return frozenset(table.split())


def phrases(table: str) -> frozenset[str]:
    """The phrases of a table, parted by «|» or line ends."""
    parts = (" ".join(part.split()) for part in table.replace("\n", "|").split("|"))
    return frozenset(part for part in parts if part)
