"""`winback segments`: what texts would cost, one JSON string a line.

Owns the form of lines in and out. Counting is flows.segments; no database, no settings, no shop.
"""

from __future__ import annotations

import json
import sys
from typing import BinaryIO

import click

from flows.segments import measure, tidy

_DECODER = json.JSONDecoder(strict=False)
"""Takes control characters as they are: a text may hold them."""


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option(
    "--tidy", "tidied", is_flag=True, help="Count the text as it would leave: with look-alikes replaced."
)
def segments(file: BinaryIO, tidied: bool) -> None:
    """Count the parts of texts: a JSON string a line in FILE (or on standard input), an object a line out.

    Each is {"encoding": "GSM-7" or "UCS-2", "units": septets or UTF-16 units, "segments": parts}. A line that holds no
    JSON string gives {"error": ...} in its place, and exit status 1 at the end; an empty line is such a line too.
    """
    bad = False
    for line in file:
        said, right = _one(line, tidied)
        bad |= not right
        sys.stdout.write(said + "\n")
        sys.stdout.flush()  # whoever asks line by line waits for it
    sys.exit(1 if bad else 0)


def _one(line: bytes, tidied: bool) -> tuple[str, bool]:
    """The answer to a line, and whether there was a string in it."""
    try:
        text = _DECODER.decode(line.decode("utf-8", "surrogatepass").lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        return json.dumps({"error": f"no JSON: {error}"[:120]}), False
    if not isinstance(text, str):
        return json.dumps({"error": "a JSON string is wanted, in quotation marks"}), False
    size = measure(tidy(text) if tidied else text)
    return f'{{"encoding": "{size.encoding}", "units": {size.units}, "segments": {size.parts}}}', True
