"""The reference says what the code says; the glossary and the docs know every word that they must."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.models import Base
from flows.source import json_schema
from tests.docs import reference

DOCS = Path(__file__).parents[2] / "docs"
ROOT = DOCS.parent

PAGES: dict[str, Callable[[], str]] = {
    "reference/settings.md": reference.settings_page,
    "reference/commands.md": reference.commands_page,
    "reference/flow-language.md": reference.language_page,
    "reference/flow.schema.json": lambda: json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n",
}


@pytest.mark.parametrize("page", PAGES)
def test_the_page_is_what_the_code_says(page: str, request: pytest.FixtureRequest) -> None:
    """Every setting, command, effect, event, intent and problem code is documented, because it is made from them."""
    made = PAGES[page]()
    if request.config.getoption("--update"):
        (DOCS / page).write_text(made, "utf-8")
    assert (DOCS / page).read_text("utf-8") == made


def test_links_between_the_docs_lead_somewhere() -> None:
    """A dead link in the README is the first thing that a newcomer meets."""
    for page in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    """House rule: 80 to 300 lines and one reason to change; above 400 it is two files."""
    rooms = ("bot", "flows", "nlu", "webhooks", "console", "tests", "benchmarks")
    for room in rooms:
        for path in (ROOT / room).rglob("*.py"):
            if "migrations" in path.parts:
                continue
            lines = len(path.read_text("utf-8").splitlines())
            assert lines <= 400, f"{path.relative_to(ROOT)} has {lines} lines"


def test_the_glossary_knows_the_words_of_the_schema() -> None:
    """One word for one thing: a table's name is in the glossary, or is plain English there."""
    glossary = (DOCS / "glossary.md").read_text("utf-8").lower()
    for table in Base.metadata.sorted_tables:
        word = table.name.replace("_", " ")
        assert word in glossary or word.rstrip("s") in glossary, table.name
