"""`winback flow test`: the conversations that a merchant wants, played and compared. `flows.play.script` judges."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.context import Context, pass_context
from bot.cli.flow_sources import shop_if_any, taught_in_shop
from flows.definition import Flow
from flows.parser import library, published, read_flow
from flows.play.came import Reads
from flows.play.script import Result, cases_beside, cases_in, run
from flows.problems import Problem

if TYPE_CHECKING:  # heavy, and most tests name the intent
    from nlu.reader import Reader

BESIDE = ".tests.yml"


@click.command("test")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--library", "from_library", is_flag=True, help="The flows that come with Winback.")
@click.option("--json", "as_json", is_flag=True, help="The results as a JSON list.")
@pass_context
def test(context: Context, files: tuple[Path, ...], from_library: bool, as_json: bool) -> None:
    """Play the tests of flow files; exit 1 if one does not go as written.

    Tests stand under `tests:` in the flow's own file, or beside NAME.yml in NAME.tests.yml. Words without an `intent` are
    read by the shipped model, with what the shop has taught where there is one.
    """
    if not files and not from_library:
        raise click.UsageError("name a flow file, or say --library")
    sources = [(str(file), file.read_text("utf-8", errors="replace"), beside(file)) for file in files]
    if from_library:
        sources += [(f"{name}.yml", source, None) for name, source in library().items()]
    reads, others = (
        reader_of(context, (source for _, source, _ in sources)),
        at_hand(source for _, source, _ in sources),
    )
    taught = taught_in_shop(context)
    results: list[Result] = []
    unread: list[Problem] = []
    untested: list[str] = []
    for file, source, other in sources:
        found, problems = test_one(file, source, other, reads, others, taught)
        results += found
        unread += problems
        if not found and not problems:
            untested.append(file)
    if as_json:
        click.echo(json.dumps([_as_object(result) for result in results], indent=1, ensure_ascii=False))
        for problem in unread:
            click.echo(str(problem), err=True)
    else:
        report(results, unread, untested)
    sys.exit(1 if unread or any(not result.passed for result in results) else 0)


def test_one(
    file: str,
    source: str,
    other: tuple[str, str] | None,
    reads: Reads,
    others: Mapping[str, Flow],
    taught: frozenset[str] = frozenset(),  # noqa: PT028  a command, and no test of pytest's
) -> tuple[list[Result], list[Problem]]:
    """The results of one flow's tests, in its own file and in `other` (name and text of the file beside it); or the
    errors for which it cannot be played. `taught`: intents that the shop taught elsewhere."""
    flow, problems = read_flow(source, file, taught)
    if flow is None:
        return [], [problem for problem in problems if problem.severity == "error"]
    cases, wrong = cases_in(source, file)
    if other is not None:
        more, wrong_beside = cases_beside(other[1], other[0])
        cases, wrong = cases + more, wrong + wrong_beside
    return [run(flow, case, reads, {**others, flow.name: flow}) for case in cases], wrong


def beside(file: Path) -> tuple[str, str] | None:
    """Name and text of the file of tests beside a flow's, if there is one."""
    other = file.with_name(file.stem + BESIDE)
    return (str(other), other.read_text("utf-8", errors="replace")) if other.is_file() else None


def reader_of(context: Context, sources: Iterable[str] = ()) -> Reads:
    """The shipped reader with the operator's thresholds, with what the shop has taught where there is one, and with what these
    flows' `intents:` teach; it is loaded at the first text."""
    given = list(sources)

    @functools.cache
    def reader() -> Reads:
        from bot.heard import hearing
        from bot.readers import taught_by_flows

        return hearing(taught_by_flows(_of_the_shop(context), given, context.settings.home))

    return lambda text, today, answers: reader()(text, today, answers)


def _of_the_shop(context: Context) -> Reader:
    shop_id = shop_if_any(context)
    if shop_id is None:
        return context.app.reader
    from bot.teaching.refit import readers_for

    with context.app.database.read() as session:
        return readers_for(session, context.app.reader, [shop_id])[shop_id]


def at_hand(sources: Iterable[str]) -> dict[str, Flow]:
    """The flows that a test may run: those that come with Winback, and the given ones."""
    found: dict[str, Flow] = {}
    for source in (*library().values(), *sources):
        try:
            flow = published(source)
        except ValueError:  # one with errors can be run by nobody, and whoever names it is told so
            continue
        found[flow.name] = flow
    return found


def report(results: list[Result], unread: list[Problem], untested: list[str]) -> None:
    """Say how it went: nothing of what passed, all of what did not."""
    for problem in unread:
        click.echo(str(problem), err=True)
    for result in results:
        if result.passed:
            continue
        click.echo(f"{result.file}:{result.line}: {result.name}")
        for line in result.problems[0].transcript:
            click.echo(click.style(f"    {line}", dim=True))
        for problem in result.problems:
            click.echo(f"    line {problem.line}: {problem.message} {problem.remedy}")
    for file in untested:
        click.echo(f'{file}: no tests yet; `winback flow chat {file} --record "what it shows"` makes one.')
    failed = sum(1 for result in results if not result.passed)
    if results:
        count = f"{len(results)} test{'' if len(results) == 1 else 's'}"
        click.echo(f"{count}, {failed} failed." if failed else f"{count} passed.")


def _as_object(result: Result) -> dict[str, object]:
    return {
        "test": result.name,
        "file": result.file,
        "line": result.line,
        "passed": result.passed,
        "problems": [asdict(problem) for problem in result.problems],
    }
