"""Which column means what: guessed from the table of synonyms, overruled by the person's own words.

Owns the guess. Pure: a header in, columns out, nothing is read or stored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.importing.synonyms import (
    LEFT_ASIDE,
    LEFT_ASIDE_WORDS,
    NEEDED,
    SYNONYMS,
    Kind,
)
from bot.importing.synonyms_orders import SHOPIFY_EXTERNAL_ID, SHOPIFY_ORDERS_SIGN
from bot.importing.values import slug

_NUMBERED = re.compile(
    r"(?:product item|line item|lineitem|order item|item|product) (\d{1,3})(?: (name|title|quantity|qty|sku|price|total|variation id|variant id))?"
)
_PARTS = {"title": "name", "qty": "quantity", "variation id": "variant", "variant id": "variant"}
RESERVED_SLUGS = frozenset({"tags"})
"""Names that flows write themselves (`tag`); a column of that name becomes `file_tags`."""


class MissingColumns(ValueError):
    """A needed field has no column, or --map names one that isn't there. The message lists the header and the remedy."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What was found. All numbers are places in the header, from 0."""

    header: tuple[str, ...]
    fields: Mapping[str, tuple[int, ...]]
    """Field -> its columns, in order of trust."""
    attributes: Mapping[int, str]
    """Column -> the attribute's name."""
    aside: Mapping[int, str]
    """Column -> why it is not taken."""
    items: Mapping[int, Mapping[str, int]]
    """Orders only: number of the item -> part (name, quantity, sku ...) -> column; part "" is a packed cell."""

    def get(self, cells: Sequence[str], field: str) -> str:
        """The first filled cell of the field, or an empty text."""
        for place in self.fields.get(field, ()):
            if cells[place]:
                return cells[place]
        return ""

    def every(self, cells: Sequence[str], field: str) -> list[tuple[str, str]]:
        """Column name and text of each filled cell of the field, in order of trust."""
        return [(self.header[place], cells[place]) for place in self.fields.get(field, ()) if cells[place]]

    def name(self, field: str) -> str:
        """How the file calls the field's first column, for people."""
        places = self.fields.get(field, ())
        return self.header[places[0]] if places else field


def plain(name: str) -> str:
    """A column's name without case, accents and punctuation: `Phone (Billing)` is `phone billing`."""
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text) if not name.isupper() else text
    text = re.sub(r"^meta[: ]+", "", text.strip(), flags=re.IGNORECASE)
    return re.sub(r"[^a-z0-9]+", " ", text.casefold()).strip()


def guess(kind: Kind, header: tuple[str, ...], chosen: Mapping[str, Sequence[str]]) -> Columns:
    """The columns of this header. `chosen` (field -> column names, from --map) wins; an empty name switches a field off.

    Raises MissingColumns.
    """
    table = SYNONYMS[kind]
    names = [plain(name) for name in header]
    fields = _chosen(kind, header, names, chosen)
    taken = {place for places in fields.values() for place in places}
    for field, synonyms in table.items():
        if field in fields:
            continue
        if field == "external_id" and kind == "orders" and names and set(names) >= SHOPIFY_ORDERS_SIGN:
            synonyms = SHOPIFY_EXTERNAL_ID
        places = [names.index(word) for word in synonyms if word in names]
        places = [place for place in places if place not in taken]
        if places and field not in ("phone", "country", "email", "first_name", "placed_at"):
            places = places[:1]  # the others may be blank in one column and filled in the next
        if places:
            fields[field] = tuple(places)
            taken.update(places)
    _check(kind, header, fields)
    items = _items(names, taken) if kind == "orders" else {}
    attributes, aside = _rest(kind, names, header, taken)
    return Columns(header, fields, attributes, aside, items)


def _chosen(
    kind: Kind, header: tuple[str, ...], names: list[str], chosen: Mapping[str, Sequence[str]]
) -> dict[str, tuple[int, ...]]:
    fields: dict[str, tuple[int, ...]] = {}
    for field, wanted in chosen.items():
        if field not in SYNONYMS[kind]:
            raise MissingColumns(f"--map knows no «{field}»; it knows {', '.join(SYNONYMS[kind])}")
        places = []
        for name in wanted:
            if not name:
                continue
            if name in header:
                places.append(header.index(name))
            elif plain(name) in names:
                places.append(names.index(plain(name)))
            else:
                raise MissingColumns(f"no column «{name}» (--map {field}); the file has: {_listed(header)}")
        fields[field] = tuple(places)
    return fields


def _check(kind: Kind, header: tuple[str, ...], fields: Mapping[str, tuple[int, ...]]) -> None:
    missing = [group for group in NEEDED[kind] if not any(fields.get(field) for field in group)]
    if missing:
        words = "; ".join(" or ".join(group) for group in missing)
        raise MissingColumns(
            f"no column found for {words}.\nThe file has: {_listed(header)}\n"
            f'Say which it is: --map {missing[0][0]}="Column name"'
        )


def _listed(header: tuple[str, ...]) -> str:
    return ", ".join(f"«{name}»" for name in header)


def _items(names: list[str], taken: set[int]) -> dict[int, dict[str, int]]:
    items: dict[int, dict[str, int]] = {}
    for place, name in enumerate(names):
        found = _NUMBERED.fullmatch(name)
        if found and place not in taken:
            part = found.group(2) or ""
            items.setdefault(int(found.group(1)), {})[_PARTS.get(part, part)] = place
            taken.add(place)
    return {number: items[number] for number in sorted(items)}


def _rest(
    kind: Kind, names: list[str], header: tuple[str, ...], taken: set[int]
) -> tuple[dict[int, str], dict[int, str]]:
    attributes: dict[int, str] = {}
    aside: dict[int, str] = {}
    for place, name in enumerate(names):
        if place in taken:
            continue
        if kind != "customers":
            aside[place] = "not needed"
        elif name in LEFT_ASIDE:
            aside[place] = LEFT_ASIDE[name]
        elif LEFT_ASIDE_WORDS & set(name.removeprefix("default address ").split()):
            aside[place] = "personal, and not needed"
        else:
            word = slug(header[place])
            word = f"file_{word}" if word in RESERVED_SLUGS else word
            while word in attributes.values():
                word += "_2"
            attributes[place] = word
    return attributes, aside
