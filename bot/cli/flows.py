"""`winback flow`. Owns the table of its commands; each command's file owns the rest, and is loaded when it is called."""

from __future__ import annotations

import click

from bot.cli.lazy import LazyGroup

COMMANDS = {
    # name: (module, attribute, one line), in the order in which a merchant meets them
    "new": ("bot.cli.flow_new", "new", "Copy a flow that comes with Winback, to make it your own."),
    "check": ("bot.cli.flow_check", "check", "Say everything that is wrong with flow files."),
    "test": ("bot.cli.flow_test", "test", "Play a flow's own tests; exit 1 if one fails."),
    "chat": ("bot.cli.flow_chat", "chat", "Talk with a flow as a customer would; keep the chat as a test."),
    "graph": ("bot.cli.flow_graph", "graph", "Draw what leads where, as SVG or Mermaid."),
    "diff": ("bot.cli.flow_diff", "diff", "Say what an edit changed, in words."),
    "publish": ("bot.cli.flow_revisions", "publish", "Publish flow files. Starts nobody."),
    "list": ("bot.cli.flow_revisions", "list_", "The published flows."),
    "start": ("bot.cli.flow_start", "start", "Start a flow: say how many, how long, at what cost; ask."),
    "stop": ("bot.cli.flow_start", "stop", "Enrol nobody more."),
    "resume": ("bot.cli.flow_start", "resume", "Let a flow go on that was held."),
    "try": ("bot.cli.flow_start", "try_", "Play a flow by real texts to your own phone."),
    "rehearse": ("bot.cli.rehearse", "rehearse", "Before an edit: who would get what next, old and new."),
    "shadow": ("bot.cli.shadow", "shadow", "Run an edit over past conversations: who had got another text."),
    "revisions": ("bot.cli.rehearse", "revisions", "The revisions of a flow, and who is under way in each."),
    "rollback": ("bot.cli.rehearse", "rollback", "Make an older revision current again."),
}


@click.command(cls=LazyGroup, table=COMMANDS)
def flow() -> None:
    """Write, check, publish, start and try flows."""
