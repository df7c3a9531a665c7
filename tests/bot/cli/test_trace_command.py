"""`winback trace`, as somebody reads it and as a script does."""

from __future__ import annotations

import json

from click.testing import CliRunner

from bot.cli.context import Context
from bot.cli.trace import trace
from tests.bot.conversations.loop import text_in
from tests.support.cast import Cast
from tests.support.fakes import FakedApp


class Here(Context):
    """The command line's context on the test's own application."""

    app: FakedApp


def said(app: FakedApp, *arguments: str) -> tuple[int, str]:
    """Exit status and output of `winback trace`."""
    context = Here(shop=None, config=None)
    context.__dict__.update(app=app, settings=app.settings)
    done = CliRunner().invoke(trace, arguments, obj=context)
    return done.exit_code, done.output


def test_people_read_lines_and_scripts_read_json(app: FakedApp, cast: Cast) -> None:
    sid = text_in(app, cast, cast.ana, "hello")
    status, lines = said(app, sid)
    assert status == 0
    assert [line.split()[2] for line in lines.splitlines()[:2]] == ["received", "settled"]
    assert "not yet" in lines.splitlines()[-1]
    status, text = said(app, sid, "--json")
    assert status == 0
    assert [stop["station"] for stop in json.loads(text)] == ["received", "settled", "turned"]


def test_a_name_that_nobody_knows_is_status_1(app: FakedApp, cast: Cast) -> None:
    status, words = said(app, "SM404")
    assert status == 1
    assert "Nobody knows" in words
    assert said(app, "SM404", "--json") == (1, "[]\n")
