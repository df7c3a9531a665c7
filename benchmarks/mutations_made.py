"""Harmful edits of a flow file, as a tired merchant would make them.

Owns the kinds of edits and the picking among them. An edit that would change nothing for anybody is not made: each kind
says for itself where it matters.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass

from ruamel.yaml import YAML

from benchmarks import mutations_paths as paths
from benchmarks import mutations_words as words
from benchmarks.mutations_picked import Edit


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of edit. `codes`: the problems that name its fault."""

    meaning: str
    codes: tuple[str, ...]
    edit: Edit


@dataclass(frozen=True, slots=True)
class Mutant:
    """A flow with one fault in it."""

    flow: str
    kind: str
    what: str
    source: str


def mutants(name: str, source: str, chance: random.Random, each: int) -> Iterator[Mutant]:
    """So many different harmful edits of this flow, or as many as there are."""
    seen = {source}
    kinds = list(KINDS)
    tried = made = 0
    while made < each and tried < each * 40:
        if tried % len(kinds) == 0:
            chance.shuffle(kinds)
        kind = kinds[tried % len(kinds)]
        tried += 1
        yaml = YAML(typ="rt", pure=True)
        yaml.width = 10_000
        doc = yaml.load(source)
        what = KINDS[kind].edit(doc, chance)
        if what is None:
            continue
        out = io.StringIO()
        yaml.dump(doc, out)
        if out.getvalue() in seen:
            continue
        seen.add(out.getvalue())
        made += 1
        yield Mutant(name, kind, what, out.getvalue())


KINDS: dict[str, Kind] = {
    "drop-silence": Kind("a silence is dropped", ("no-silence",), paths.drop_silence),
    "drop-exit": Kind("exit_on is dropped", ("no-exit-on-order",), paths.drop_exit),
    "endless": Kind("silence leads back to the same text", ("endless",), paths.endless),
    "loop": Kind("an end becomes a step back", ("loop",), paths.loop),
    "no-stop": Kind("the first text no longer says how to stop", ("opener-stop",), words.no_stop),
    "no-name": Kind("the first text no longer says who writes", ("opener-name",), words.no_name),
    "no-expiry": Kind("a code without an end", ("offer-expiry",), paths.no_expiry),
    "rename-target": Kind("a target is misspelt", ("unknown-node",), paths.rename_target),
    "rename-node": Kind("a node gets another name", ("unknown-node",), paths.rename_node),
    "drop-language": Kind("one text loses a language", ("missing-language",), words.drop_language),
    "drop-then": Kind("a `then` is dropped", ("no-way-on",), paths.drop_then),
    "misspelt": Kind("a name in a text is misspelt", ("unknown-variable",), words.misspelt),
    "drop-default": Kind("a default is dropped", ("no-default",), words.drop_default),
    "drop-guard": Kind("an {% if %} around a name is dropped", ("no-default",), words.drop_guard),
    "carrier-word": Kind("a text asks for a word of the carriers", ("carrier-word",), words.carrier),
    "carrier-yes": Kind("a text asks for YES or START", ("carrier-yes",), words.carrier_yes),
    "keyword": Kind("a carrier's word is the trigger", ("carrier-word",), words.keyword),
    "untrue-last": Kind("«last chance» without an offer", ("no-such-end",), words.untrue_last),
    "better-later": Kind("a better offer follows a «last call»", ("not-the-last",), words.better_later),
    "at-most": Kind("the cap is smaller than the texts", ("at-most",), paths.at_most),
    "drop-end": Kind("an end is dropped", ("no-way-on",), paths.drop_end),
    "drop-otherwise": Kind("the last way on is dropped", ("no-way-on",), paths.drop_otherwise),
    "too-long": Kind("a text grows over its parts", ("parts",), words.too_long),
    "drop-offer-guard": Kind(
        "an offer's text is said when it is over", ("no-default",), paths.drop_offer_guard
    ),
    "drop-offer": Kind("a text promises a code that nobody makes", ("no-default",), paths.drop_offer),
    "other-kind": Kind("the offer's kind changes and its text does not", ("no-default",), paths.other_kind),
    "drop-link": Kind("a text's link is dropped", ("no-link",), paths.drop_link),
    "route-stop": Kind("stop is routed", ("protected-intent",), paths.routed("stop")),
    "route-unknown": Kind(
        "an intent that does not exist is routed", ("unknown-intent",), paths.routed("maybe")
    ),
    "mute": Kind("a reply is met by silence", ("unanswered", "no-way-on"), paths.mute),
    "lonely": Kind("a node that nothing leads to", ("unreachable",), paths.lonely),
    "test-node": Kind("a test names a node that is gone", ("unknown-node",), paths.test_node),
    "run-itself": Kind("the flow runs itself", ("run-itself",), paths.run_itself),
    "two-texts": Kind("two texts in one turn", ("two-texts",), paths.two_texts),
    "capitals": Kind("a text shouts", ("capitals",), words.tone("AMAZING news.")),
    "exclamation": Kind("a text has «!!»", ("exclamation",), words.tone("Hey!!")),
    "guilt": Kind("a text makes guilty", ("guilt",), words.tone("We're sad you left us.")),
}
