"""`winback doctor`: what is missing, and how to mend it. Exit status 1 when something is.

Owns how the checks are shown; the checks themselves are bot.checkup.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from bot.checkup import examine
from bot.cli.context import Context, pass_context


@click.command(help="Say what is missing and how to mend it.")
@click.option(
    "--deep",
    is_flag=True,
    help="Also the round trips: database, bell, provider, public address, disk, ledger.",
)
@click.option("--json", "as_json", is_flag=True, help="For scripts: a list of {name, ok, why, remedy}.")
@pass_context
def doctor(context: Context, deep: bool, as_json: bool) -> None:
    """The command `winback doctor`."""
    checks = examine(context.app)
    if deep:
        from bot.checkup_deep import examine_deep

        checks += examine_deep(context.app)
    if as_json:
        click.echo(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        for check in checks:
            mark = click.style("ok ", fg="green") if check.ok else click.style("NO ", fg="red")
            click.echo(f"{mark} {check.name}: {check.why}")
            if not check.ok:
                click.echo(f"     {check.remedy}")
    sys.exit(0 if all(check.ok for check in checks) else 1)
