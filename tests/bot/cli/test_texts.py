"""`winback texts`: what a person sees of an unknown text, and what comes of their word."""

from __future__ import annotations

import json

from click.testing import CliRunner

from bot.cli.context import Context
from bot.cli.texts import texts
from bot.sending.outcomes import ListedText, ListingError
from tests.bot.sending.test_status import put, row_of
from tests.support.cast import Cast
from tests.support.clock import NOW
from tests.support.fakes import FakedApp, FakeProvider


class Here(Context):
    """The command line's context on the test's own application and its first shop."""

    app: FakedApp


def said(app: FakedApp, *arguments: str) -> tuple[int, str]:
    """Exit status and output of `winback texts ...`."""
    context = Here(shop="juniper", config=None)
    context.__dict__.update(app=app, settings=app.settings)
    done = CliRunner().invoke(texts, arguments, obj=context)
    return done.exit_code, done.output


def an_unknown(app: FakedApp, cast: Cast) -> None:
    put(
        app.database,
        cast.ana,
        status="unknown",
        why="ReadTimeout",
        provider_id=None,
        provider_status=None,
        body="Hi Ana, call me at +14155550101 about your Morning Blend",
    )


def test_where_nothing_is_unknown_it_says_so(app: FakedApp, cast: Cast) -> None:
    put(app.database, cast.ana)
    assert said(app, "unknown") == (0, "Every text's end is known.\n")
    assert said(app, "unknown", "--json") == (0, "[]\n")


def test_it_lists_when_whom_what_and_what_the_provider_has(
    app: FakedApp, cast: Cast, provider: FakeProvider
) -> None:
    an_unknown(app, cast)
    body = "Hi Ana, call me at +14155550101 about your Morning Blend"
    provider.listed = [ListedText("SM7", cast.ana.phone, cast.number, body, "delivered", None, NOW)]
    status, words = said(app, "unknown")
    assert status == 1
    for part in ("p-1", "2026-03-11T17:00:00", "+1415*****01", "ReadTimeout", "SM7 (delivered)"):
        assert part in words
    assert cast.ana.phone not in words
    status, text = said(app, "unknown", "--json")
    (row,) = json.loads(text)
    assert (status, row["id"], row["listed"][0]["sid"]) == (1, "p-1", "SM7")
    assert cast.ana.phone not in text


def test_a_provider_that_is_away_is_said_to_be_so_and_not_taken_for_empty(
    app: FakedApp, cast: Cast, provider: FakeProvider
) -> None:
    an_unknown(app, cast)
    assert "nothing that could be it" in said(app, "unknown")[1]

    def away() -> None:
        raise ListingError("ReadTimeout")

    provider.on_listing = away
    assert "could not be asked: ReadTimeout" in said(app, "unknown")[1]
    assert "was not asked" in said(app, "unknown", "--no-listing")[1]


def test_a_word_counts_once_and_the_other_word_is_refused(
    app: FakedApp, cast: Cast, provider: FakeProvider
) -> None:
    an_unknown(app, cast)
    assert said(app, "settle", "p-1")[0] == 2
    status, words = said(app, "settle", "p-1", "--lost")
    assert (status, row_of(app.database).status) == (0, "lost")
    assert "not be sent again" in words
    assert said(app, "settle", "p-1", "--lost") == (0, "p-1 was settled already: lost.\n")
    status, words = said(app, "settle", "p-1", "--sent")
    assert status == 1
    assert "is not unknown, it is lost" in words
    assert provider.asked == []


def test_an_id_that_nobody_knows_is_refused(app: FakedApp, cast: Cast) -> None:
    status, words = said(app, "settle", "p-404", "--sent")
    assert status == 1
    assert "nobody knows" in words
