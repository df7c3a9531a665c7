"""`winback backup` and `winback restore`. Owns what they print; the work is bot.backups'."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.context import Context, pass_context

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@pass_context
def backup(context: Context, file: Path) -> None:
    """Write a backup of the database to FILE while everything runs, and FILE.json beside it.

    SQLite is copied online; PostgreSQL is dumped with its own pg_dump. The secret key is not in it: keep that, too.
    """
    from bot.backups.manifest import BackupFailed
    from bot.backups.take import take

    try:
        made = take(context.app, file)
    except BackupFailed as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        f"{file}: {made.bytes / 1e6:,.1f} MB, {made.texts:,} texts, schema {made.schema}. Beside it: {file.name}.json"
    )
    click.echo(
        "Not in it: the secret key (secrets.env, or WINBACK_SECRET_KEY) and config.yml. Without the key it is worth nothing."
    )


@click.command()
@click.argument("file", type=_FILE)
@click.option("--force", is_flag=True, help="Over a database that has shops in it (SQLite: it is put aside).")
@pass_context
def restore(context: Context, file: Path, force: bool) -> None:
    """Bring a backup back. Everything must have ended; nothing that was about to be sent leaves a second time.

    Texts that were ready are withheld, waits begin anew, starts are stopped and live shops paused: see the how-to on
    backups for what to do before `winback resume`.
    """
    from bot.backups.bring_back import bring_back
    from bot.backups.manifest import RestoreRefused
    from bot.schema import WrongSchema

    try:
        made, done = bring_back(context.app, file, force=force)
    except (RestoreRefused, WrongSchema) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Restored the backup of {made.made_at:%Y-%m-%d %H:%M} UTC.")
    click.echo(f"  texts withheld      {done.withheld:,}")
    click.echo(f"  texts unknown       {done.unknown:,}")
    click.echo(f"  given to people     {done.handed_off:,}")
    click.echo(f"  waits begun anew    {done.rearmed:,}")
    click.echo(f"  enrolments not begun {done.not_begun:,}")
    click.echo(f"  starts stopped      {done.starts_stopped:,}")
    click.echo(f"  shops paused        {done.shops_paused:,}")
    click.echo("Who said STOP since then is not in it: read docs/how-to/backup.md before `winback resume`.")
