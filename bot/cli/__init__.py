"""The `winback` command. Owns the table of commands and the global options; each command's file owns the rest.

A command's module is imported only when it is called: `winback --help` must be instant.
Exit status: 0 done, 1 found something (problems, a failed check), 2 wrong usage.
"""

from __future__ import annotations

import click

from bot.cli.context import Context
from bot.cli.lazy import LazyGroup

COMMANDS = {
    # name: (module, attribute, one line)
    "up": ("bot.cli.processes", "up", "Start everything: web, console, worker, clock, and what they need."),
    "web": ("bot.cli.processes", "web", "Start the server for machines: webhooks, links, API."),
    "console": ("bot.cli.processes", "console", "Start the server for people."),
    "worker": ("bot.cli.processes", "worker", "Start a worker: takes turns, sends texts."),
    "clock": ("bot.cli.processes", "clock", "Start the clock: sweeps, timers, daily starts."),
    "standin": ("bot.cli.processes", "standin", "Start the Twilio stand-in of the demo."),
    "migrate": ("bot.cli.setup", "migrate", "Bring the database to this version's schema."),
    "init": ("bot.cli.setup", "init", "Make a real shop (five questions)."),
    "demo": ("bot.cli.setup", "demo", "Load the demo shop."),
    "shop": ("bot.cli.shop", "shop", "Look at a shop's settings, and change them."),
    "facts": (
        "bot.cli.facts_asked",
        "facts",
        "What the shop answers: try, check, read and write it; what is missing.",
    ),
    "staff": ("bot.cli.staff", "staff", "Who may sign in to the console, and as what."),
    "audit": ("bot.cli.audit", "audit", "Who did what."),
    "doctor": ("bot.cli.doctor", "doctor", "Say what is missing and how to mend it."),
    "backup": ("bot.cli.backup", "backup", "Write a backup of the database while everything runs."),
    "restore": ("bot.cli.backup", "restore", "Bring a backup back; nothing leaves twice."),
    "texts": ("bot.cli.texts", "texts", "Settle texts of which nobody knows whether they left."),
    "trace": ("bot.cli.trace", "trace", "Show one text's way through the house."),
    "import": ("bot.cli.imports", "import_", "Import customers, orders or products from a CSV file."),
    "consent": ("bot.cli.consent", "consent", "Who may be texted, and the proof of it."),
    "lapsed": ("bot.cli.lapsed", "lapsed", "Who has not ordered for a while."),
    "rfm": ("bot.cli.rfm", "rfm", "Who is champion, loyal, cooling, at risk, hibernating, lost."),
    "why": ("bot.cli.why", "why", "Say why a customer gets a text, or none."),
    "replay": (
        "bot.cli.replay",
        "replay",
        "Run the journal again; look back; ask what another flow had said.",
    ),
    "evidence": ("bot.cli.evidence", "evidence", "Write the whole file on one customer, PDF or JSON."),
    "customer": ("bot.cli.customer", "customer", "Hand over or erase what is kept about one customer."),
    "flow": ("bot.cli.flows", "flow", "Write, check, publish, start and try flows."),
    "simulate": ("bot.cli.simulate", "simulate", "Let scripted people live through a flow."),
    "gate": ("bot.cli.gate", "gate", "Ask what may be sent, to whom and when."),
    "pause": ("bot.cli.audience", "pause", "Hold everything except compliance texts, at once."),
    "resume": ("bot.cli.audience", "resume", "Let texts leave again."),
    "report": ("bot.cli.audience", "report", "What was sent, answered and recovered, in three lines."),
    "orders": ("bot.cli.audience", "orders", "Make or revoke the API key with which a shop reports orders."),
    "conversation": (
        "bot.cli.conversation",
        "conversation",
        "Take a customer's conversation over, answer, hand it back.",
    ),
    "alerts": ("bot.cli.alerts", "alerts", "Who of the shop hears that somebody waits, and how it went."),
    "replies": ("bot.cli.replies", "replies", "Keep replies ready for staff, in each language."),
    "coupons": ("bot.cli.audience", "coupons", "Fill and look at the pools of codes."),
    "twilio": ("bot.cli.twilio", "twilio", "Connect numbers and check webhooks at Twilio."),
    "segments": ("bot.cli.segments", "segments", "Count the parts of texts: a JSON string a line."),
    "nlu": ("bot.cli.nlu", "nlu", "Read a text, evaluate the reader, train it; or have Rasa read."),
}


@click.command(cls=LazyGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--shop", metavar="SLUG", help="Which shop; not needed while there is one.")
@click.option("--config", metavar="FILE", type=click.Path(dir_okay=False), help="Instead of ./config.yml.")
@click.version_option(package_name="winback")
@click.pass_context
def main(ctx: click.Context, shop: str | None, config: str | None) -> None:
    """Winback: win-back conversations by text, for shops."""
    ctx.obj = Context(shop=shop, config=config)
