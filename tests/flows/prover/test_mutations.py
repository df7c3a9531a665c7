"""Harmful edits of the shipped flows are caught: a few of each flow here, fifty in `python -m benchmarks.mutations`."""

from __future__ import annotations

import random

import pytest

from benchmarks.mutations import run
from benchmarks.mutations_made import KINDS, mutants
from flows.parser import library, read_flow
from flows.problems import CODES

pytestmark = pytest.mark.slow  # `make check` stays under a minute without it


@pytest.mark.parametrize("name", sorted(library()))
def test_no_false_alarm_on_what_ships(name: str) -> None:
    assert [str(problem) for problem in read_flow(library()[name], name)[1]] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(library()))
def test_harmful_edits_are_caught(name: str) -> None:
    missed = [outcome for outcome in run([name], seed=7, each=10) if not outcome.caught]
    assert len(missed) <= 1, missed


def test_every_kind_of_edit_names_codes_that_exist_and_can_be_made_somewhere() -> None:
    assert {code for kind in KINDS.values() for code in kind.codes} <= set(CODES)
    made = {
        mutant.kind
        for name, source in library().items()
        for mutant in mutants(name, source, random.Random(name), len(KINDS))
    }
    assert set(KINDS) - made <= {"drop-otherwise", "drop-link", "better-later"}, set(KINDS) - made


def test_the_same_seed_breaks_the_same_things() -> None:
    source = library()["winback_offer"]
    assert list(mutants("w", source, random.Random(1), 5)) == list(mutants("w", source, random.Random(1), 5))
