"""How a route of these pages answers: with a page, with the way to one, or with why something was not done.

Owns the strip that says what came of a deed. After a deed the browser is led to the page; which sentence it shows there is
one of a table, named in the address, so that no words of an address are ever shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from console.access import current


@dataclass(frozen=True, slots=True)
class Undo:
    """A button that takes it back: the route, what its address needs, and the choice that it sends."""

    endpoint: str
    name: str
    """Of the number in the address, which `of` gives."""
    choice: str
    words: str


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a deed. `tone`: done or problem; `of`: what `undo` is about."""

    words: str
    tone: str = "done"
    lines: tuple[str, ...] = ()
    undo: Undo | None = None
    of: int | None = None


SAID: Final[dict[str, Said]] = {
    "stopped": Said("They are opted out: nothing leaves to them until they ask for it themselves."),
    "stopped-already": Said("They were opted out already."),
    "released": Said(
        "Texts may leave to them again.",
        undo=Undo("work.settle_doubt", "conversation", "stop", "Opt them out after all"),
    ),
    "moved": Said(
        "Nothing leaves to that number any more.",
        undo=Undo("work.settle_number", "conversation", "theirs", "It is their number after all"),
    ),
    "theirs": Said("It is their number: texts may leave to it again."),
    "arrived": Said("It counts as sent."),
    "lost": Said("It counts as not sent. It is not sent again by itself."),
    "settled-already": Said("That was settled already."),
    "fact-saved": Said("Saved: the bot answers it from the next text on."),
    "fact-same": Said("It was so already."),
    "fact-removed": Said("Removed: a person answers that from now on."),
    "dismissed": Said(
        "You will not be asked about it again.",
        undo=Undo("work.dismiss", "question", "again", "Ask again after all"),
    ),
    "asked-again": Said("It is in the list again."),
    "flow-resumed": Said(
        "It goes on: what left so far is weighed no more, and its texts leave when they may."
    ),
    "line-taken": Said(
        "Taken: the reader learns it within a minute.",
        undo=Undo("work.review", "line", "refuse", "Refuse it after all"),
    ),
    "line-refused": Said(
        "Refused: the reader stays as it is.",
        undo=Undo("work.review", "line", "take", "Take it after all"),
    ),
    "corrected": Said("Kept: the reader learns it once an owner or editor has looked at it."),
    "reply-kept": Said("Kept: it is in everybody's list now."),
    "reply-dropped": Said("Removed."),
    "voided": Said("The code is void here. End it at your shop's till too: the till may still take it."),
    "extended": Said("The code lasts longer. If your shop's till has an end of its own, move that too."),
    "replaced": Said("They have this code instead. Nobody has told them yet: write to them."),
    "mending": Said("It has begun, and goes on by itself."),
    "wishes-kept": Said("Kept."),
    "tested": Said("The test is on its way: what came of it stands below."),
    "test-not-set": Said("Nothing is set there yet: keep an address first.", "problem"),
    "test-too-often": Said("Many tests were sent within the hour. Wait a while.", "problem"),
    "phone-asked": Said("Now text the code that stands beside it from that phone. Then look here again."),
    "phone-whose": Said("Kept: it is a phone of that person now."),
    "phone-forgotten": Said("Forgotten: nobody answers from that phone any more, and it is told nothing."),
    "phone-bad": Said("That is no phone that can be texted: type it with its area code.", "problem"),
    "phone-nobody": Said("Say whose phone it is: somebody who answers customers here.", "problem"),
}


def page(
    template: str, slug: str, *, said: Said | None = None, code: int = 200, **values: Any
) -> AnyResponse:
    """A page of these, with the sentence that the address names, or `said`."""
    html = render_template(f"work/{template}.html", slug=slug, said=said or _named(), **values)
    return make_response(html, code)


def on(endpoint: str, said: str = "", of: int | None = None, **values: Any) -> AnyResponse:
    """To that page, which says what came of it."""
    values = {name: value for name, value in values.items() if value is not None}
    if said:
        values |= {"said": said} | ({"of": of} if of is not None else {})
    return redirect(url_for(endpoint, slug=current().slug, **values), 303)


def _named() -> Said | None:
    found, of = SAID.get(request.args.get("said", "")), request.args.get("of", "")
    if found is None or found.undo is None:
        return found
    number = int(of) if of.isascii() and of.isdigit() and len(of) < 19 else None
    return Said(found.words, found.tone, (), found.undo if number is not None else None, number)
