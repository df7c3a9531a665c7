"""A command group that is a table: a command's module is imported only when it is called, so that help is instant.

Owns the form of such tables. What is in them: `bot.cli` and `bot.cli.flows`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, TypeAlias, cast

import click

Table: TypeAlias = Mapping[str, tuple[str, str, str]]
"""Name of a command -> its module, the attribute there, and one line for the help."""


class LazyGroup(click.Group):
    """The group whose commands are those of `table`."""

    def __init__(self, *arguments: Any, table: Table, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the table's order."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, its module loaded now; None where there is none."""
        if cmd_name not in self.table:
            return None
        module, attribute, _ = self.table[cmd_name]
        return cast(click.Command, getattr(importlib.import_module(module), attribute))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The lines of the table, without loading anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in self.table.items()])
