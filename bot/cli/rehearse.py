"""`winback flow rehearse`, `revisions` and `rollback`: an edit before it speaks, and the way back.

Owns the commands and how they are shown; what they ask and do is bot.history's.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.bars import counted
from bot.cli.context import Context, pass_context
from bot.cli.flow_check import say
from bot.clock import domain_now

if TYPE_CHECKING:
    from bot.history.rehearsal import Choice, Done, Rehearsal

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
LONG = 500
"""People from whom on a bar is shown."""
MEANS: dict[Choice, str] = {
    "stay": "they stay on the revision that they are in",
    "migrate": "they go on in the new revision, at the same node or where --map says",
    "drain": "they stay, and nobody new enters the old revision",
}


@click.command()
@click.argument("file", type=_FILE)
@click.option(
    "--choose",
    type=click.Choice(["stay", "migrate", "drain"]),
    help="Publish, and do this with those who are under way.",
)
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="OLD=NEW",
    help="Who waits at the node OLD goes on at NEW (again for others).",
)
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--json", "as_json", is_flag=True, help="For a screen; publishes only with --choose and --yes.")
@pass_context
def rehearse(
    context: Context, file: Path, choose: Choice | None, maps: tuple[str, ...], yes: bool, as_json: bool
) -> None:
    """Show who is under way, and what each would get next under the old flow and under the new.

    Without --choose nothing is published. Exit status 1: the file has errors, people wait at a node that is
    gone, or migrate left some where they were because the new revision has no place for them.
    """
    from bot.history.rehearsal import carry_out
    from bot.history.rehearsal import rehearse as rehearsal_of

    shop_id, source = context.shop_id(), file.read_text("utf-8", errors="replace")
    node_map = _map(maps)
    try:
        rehearsal, problems = rehearsal_of(context.app, shop_id, source, file=str(file), node_map=node_map)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if rehearsal is None:
        if as_json:
            click.echo(json.dumps({"problems": [asdict(each) for each in problems]}, indent=1))
        else:
            say(problems)
        sys.exit(1)
    if not as_json:
        show(rehearsal)
    done = None
    if choose and (yes or (not as_json and click.confirm(f"Publish, and {choose} ({MEANS[choose]})?"))):
        done, problems = carry_out(
            context.app, shop_id, source, choose, file=str(file), by="command", node_map=node_map
        )
        if not as_json:
            say(problems)
    if as_json:
        shown = rehearsal.to_json(choose) | {"done": outcome(done) if done else None}
        click.echo(json.dumps(shown, indent=1, ensure_ascii=False))
    elif done:
        tell(done, choose or "stay")
    if done is None:
        left = bool(choose and yes) or any(each.stranded for each in rehearsal.waiting)
    else:
        left = done.moves.stayed > 0
    sys.exit(1 if left else 0)


@click.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="For scripts: a list, the newest first.")
@pass_context
def revisions(context: Context, name: str, as_json: bool) -> None:
    """The published revisions of a flow, and how many people are under way in each."""
    from bot.history.revisions import revisions as revisions_of

    with context.app.database.read() as session:
        found = revisions_of(session, context.shop_id(), name)
    if not found:
        raise click.UsageError(f"no flow {name!r} is published (`winback flow list` shows which are)")
    if as_json:
        click.echo(json.dumps([each.to_json() for each in found], indent=1))
        return
    for each in found:
        notes = ["current"] * each.current + ["a start runs into it"] * each.starts
        click.echo(
            f"{each.number:>4}  {each.published_at:%Y-%m-%d %H:%M} UTC by {each.published_by:<10} "
            f"{each.under_way:>7,} under way {each.ended:>7,} ended  {', '.join(notes)}".rstrip()
        )


@click.command()
@click.argument("name")
@click.argument("revision", type=click.IntRange(min=1), required=False)
@pass_context
def rollback(context: Context, name: str, revision: int | None) -> None:
    """Make an older revision current again: the one before, or REVISION. Whoever is under way stays where they are."""
    from bot.history.revisions import roll_back

    shop_id = context.shop_id()
    with context.app.database.write() as session:
        now = domain_now(session, context.app.real_now)
        try:
            done, problems = roll_back(session, shop_id, name, revision, by="command", now=now)
        except LookupError as error:
            raise click.UsageError(str(error)) from error
    if done is None:
        say(problems)
        raise click.ClickException("by today's rules the old revision has errors, so it was not published")
    click.echo(f"{name}: revision {done.now.number} is current again (it was {done.was}).")
    if done.now.new:
        click.echo(
            f"It has a new number: the source is that of revision {revision or 'the one before'}, the texts that come "
            "with Winback are newer."
        )
    if done.starts:
        click.echo("The start that runs brings its people into it from now on.")
    if done.stay:
        click.echo(
            f"{done.stay:,} under way stay on the revisions they are in; `winback flow rehearse FILE --choose migrate` "
            "with the file of this revision takes them along."
        )


def publish_one(
    context: Context, shop_id: int, file: str, source: str, choose: Choice | None, maps: tuple[str, ...]
) -> bool:
    """Publish one source. Who is under way is shown first, and asked about where somebody can answer. False: it has errors."""
    from bot.history.rehearsal import carry_out
    from bot.history.rehearsal import rehearse as rehearsal_of

    node_map = _map(maps)
    try:
        rehearsal, problems = rehearsal_of(context.app, shop_id, source, file=file, node_map=node_map)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if rehearsal is None:
        say(problems)
        return False
    asks = choose is None and sys.stdin.isatty()
    if rehearsal.waiting and not (rehearsal.published and choose is None):
        show(rehearsal)
        choose = choose or (_asked(rehearsal) if asks else None)
    with_bar = rehearsal.people > LONG and sys.stderr.isatty()
    with counted("people", rehearsal.people, quiet=not with_bar) as seen:
        done, problems = carry_out(
            context.app,
            shop_id,
            source,
            choose or "stay",
            file=file,
            by="command",
            node_map=node_map,
            seen=seen,
        )
    say(problems)
    if done is None:
        return False
    tell(done, choose or "stay")
    if rehearsal.waiting and choose is None and not rehearsal.published:
        click.echo(
            "They stay on the revision that they are in; `winback flow rehearse FILE --choose migrate` takes them along."
        )
    return True


def _asked(rehearsal: Rehearsal) -> Choice:
    if rehearsal.kind.small:
        return "migrate" if click.confirm("Take everybody along?", default=True) else "stay"
    for name, words in MEANS.items():
        click.echo(f"  {name:<8} {words}")
    chosen: Choice = click.prompt("Which", type=click.Choice(list(MEANS)), default="stay")
    return chosen


def show(rehearsal: Rehearsal) -> None:
    """The rehearsal, as a table."""
    from rich.console import Console
    from rich.table import Table

    new = f"revision {rehearsal.to}" + (", current already" if rehearsal.published else "")
    if not rehearsal.waiting:
        click.echo(f"{rehearsal.flow} ({new}): nobody is under way in another revision.")
        _show_starts(rehearsal)
        return
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 130)
    came_from = ", ".join(map(str, rehearsal.from_revisions))
    console.print(
        f"{rehearsal.flow}, from revision {came_from} to {new}: {_people(rehearsal.people)} under way."
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=True)
    for heading in ("people", "waits at", "goes to", "if", "gets next", "would get"):
        table.add_column(heading, justify="right" if heading == "people" else "left", overflow="fold")
    for each in rehearsal.waiting:
        place = each.node if each.phase == "waiting" else f"{each.node} ({each.phase.replace('_', ' ')})"
        goes = each.goes_to or ("NOWHERE: stays" if each.stranded else "no wait there: stays")
        lead = [f"{each.people:,}", f"{place}, r{each.revision}", "same" if goes == each.node else goes]
        for what, old in each.next_old.items():
            there = each.next_new.get(what, "")
            if what != "silence" and old == there:
                continue
            table.add_row(*lead, what, old, "the same" if old == there else there or "-")
            lead = ["", "", ""]
    console.print(table)
    if rehearsal.kind.only_words:
        console.print("Only words changed: everybody can go on where they stand.")
    elif rehearsal.kind.only_offers:
        console.print(
            "Only offers changed: everybody can go on where they stand. Who has had the old offer keeps it; everybody else "
            "gets the new."
        )
    lost = [each for each in rehearsal.waiting if each.goes_to is None]
    for each in lost:
        why = "is gone" if each.stranded else "is no place to wait at"
        console.print(
            f"{each.node} {why}: without --map {each.node}=NODE {_people(each.people)} would stay on revision "
            f"{each.revision} whatever you choose. NODE may be {', '.join(rehearsal.nodes)}."
        )
    _show_starts(rehearsal)


def _show_starts(rehearsal: Rehearsal) -> None:
    if not rehearsal.starts:
        return
    was, now = " and ".join(rehearsal.triggers), rehearsal.trigger
    if was and now == "manual":
        click.echo(
            f"A start runs into an older revision, by its trigger {was}; the new one has none, so ", nl=False
        )
        click.echo("migrate and drain end that start.")
        return
    click.echo("A start runs into an older revision; migrate and drain lead it into the new one.")
    if was:
        click.echo(
            f"Its trigger changes from {was} to {now}: from then on it looks for other people than it did."
        )


def tell(done: Done, choice: str) -> None:
    """What was done."""
    published = done.published
    click.echo(f"{published.name}: revision {published.number}" + ("" if published.new else ", as it was"))
    if choice == "migrate":
        click.echo(f"{_people(done.moves.moved)} moved.")
        if done.moves.stayed:
            click.echo(
                f"Left where they are, because the new revision has no place for them: {done.moves.stayed:,}."
            )
        if done.moves.busy:
            click.echo(
                f"Not moved yet, because a text to them has not left or one of theirs is being read: {done.moves.busy:,}. "
                "The same command again takes them along, once it has."
            )
    if done.starts:
        click.echo("The start that runs brings its people into this revision from now on.")


def outcome(done: Done) -> dict[str, object]:
    """The same for a script."""
    return {
        "revision": done.published.number,
        "new": done.published.new,
        **asdict(done.moves),
        "starts": done.starts,
    }


def _map(maps: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for each in maps:
        old, equals, new = each.partition("=")
        if not equals or not old.strip() or not new.strip():
            raise click.UsageError(f"--map {each}: write OLD=NEW, two names of nodes")
        found[old.strip()] = new.strip()
    return found


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"
