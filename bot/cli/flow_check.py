"""`winback flow check`: what is wrong with flow files, before anybody is texted. Prints; flows and bot find it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from bot.cli.context import Context, pass_context
from bot.compliance.publishing import content_problems
from bot.compliance.reach import window_problems
from flows.parser import read_flow
from flows.problems import Problem


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="Problems as a JSON list.")
@pass_context
def check(context: Context, files: tuple[Path, ...], as_json: bool) -> None:
    """Say everything that is wrong with flow files; exit 1 on errors. Intents that the shop has taught are known."""
    from bot.cli.flow_sources import taught_in_shop

    found: list[Problem] = []
    taught = taught_in_shop(context)
    for file in files:
        source = file.read_text("utf-8", errors="replace")
        read, problems = read_flow(source, str(file), taught)
        found += problems
        if read is not None:
            found += window_problems(read, source, str(file))
        found += content_problems(source, str(file))
    if as_json:
        click.echo(json.dumps([asdict(problem) for problem in found], indent=1))
    else:
        say(found)
        if not found:
            click.echo("Nothing wrong.")
    sys.exit(1 if any(problem.severity == "error" for problem in found) else 0)


def say(problems: list[Problem]) -> None:
    """Print problems, a line each, and under it the conversation that shows it: errors on stderr."""
    for problem in problems:
        click.echo(str(problem), err=problem.severity == "error")
        for line in problem.transcript:
            click.echo(f"    {line}", err=problem.severity == "error")
