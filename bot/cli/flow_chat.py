"""`winback flow chat`: a flow in the terminal, with the clock in the merchant's hand. `flows.play` plays and records.

Owns the options, and where a recorded chat is written. What is typed, and how it is answered: `bot.cli.chatting`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from bot.cli.chatting import Chat
from bot.cli.context import Context, pass_context
from bot.cli.flow_sources import Source, source_of
from bot.cli.flow_test import BESIDE, at_hand, beside, reader_of, report
from flows.definition import Flow
from flows.parser import library, published
from flows.play import recording
from flows.play.customer import BEGIN, UnknownFact, customer_facts
from flows.play.player import Player
from flows.play.script import cases_beside, cases_in, run
from flows.values import Scalar


@click.command()
@click.argument("flow")
@click.option("--record", metavar="TEST", help="Keep the chat as a test of this name in the flow's file.")
@click.option("--language", type=click.Choice(["en", "es"]), help="The customer's language.")
@click.option("--product", help="What they bought last; `absent` for nothing that could be named.")
@click.option(
    "--fact", "facts", multiple=True, metavar="NAME=VALUE", help="Any other fact, as in points=300."
)
@click.option(
    "--intent-only", is_flag=True, help="What you type is an intent, and words behind it: no reading."
)
@pass_context
def chat(
    context: Context,
    flow: str,
    record: str | None,
    language: str | None,
    product: str | None,
    facts: tuple[str, ...],
    intent_only: bool,
) -> None:
    """Talk with a flow as a customer would: FLOW is a file, or the name of one that comes with Winback.

    Texts leave at once, nobody is really texted, and waits are over when you say /silence. /help lists the commands.
    """
    source = source_of(context, flow)
    read = source.to_look_at()
    if record is not None:
        _check_name(source, record)
    customer = _customer(language, product, facts)
    try:
        player = Player(read, customer_facts(customer), BEGIN, others=at_hand([source.text]))
    except UnknownFact as error:
        raise click.UsageError(f"{error}") from error
    desk = published(library()["front_desk"]) if record is None else None  # a test is of the flow alone
    under_way = Chat(player, reader_of(context, [source.text]), intent_only=intent_only, desk=desk)
    under_way.begin()
    for line in _lines():
        if not under_way.take(line):
            break
    if record is not None:
        _keep(source, read, record, customer, under_way)


def _lines() -> Iterator[str]:
    if sys.stdin.isatty():
        import readline  # noqa: F401 - arrow keys and what was typed before

        while True:
            try:
                yield input("> ")
            except EOFError:
                return
    while raw := sys.stdin.buffer.readline():
        line = raw.decode("utf-8", errors="replace").rstrip("\r\n")
        click.echo(f"> {line}")
        yield line


def _customer(language: str | None, product: str | None, facts: tuple[str, ...]) -> dict[str, Scalar]:
    given: dict[str, Scalar] = {}
    if language:
        given["language"] = language
    if product:
        given["last_order.product"] = product
    for fact in facts:
        name, is_given, value = fact.partition("=")
        if not is_given:
            raise click.UsageError(f"--fact {fact}: write it as NAME=VALUE, as in points=300")
        given[name.strip()] = int(value) if value.strip().isdigit() else value.strip()
    return given


def _check_name(source: Source, name: str) -> None:
    if source.file is None:
        raise click.UsageError(
            f"a test can only be recorded into a file: `winback flow new my_flow --from {source.name.removesuffix('.yml')}`"
        )
    if not 1 <= len(name.strip()) <= 100:
        raise click.UsageError("a test's name has 1 to 100 characters")
    if name in _names(source):
        raise click.UsageError(f"there is a test «{name}» already; give this one another name")


def _names(source: Source) -> list[str]:
    cases, _ = cases_in(source.text, source.name)
    other = beside(source.file) if source.file else None
    more = cases_beside(other[1], other[0])[0] if other else []
    return [case.test.test for case in cases + more]


def _keep(source: Source, flow: Flow, name: str, customer: dict[str, Scalar], chat: Chat) -> None:
    """Write the test behind the others of the file, or beside it, and play it once."""
    assert source.file is not None
    if len(chat.steps) > 60:
        raise click.ClickException(
            "a test has at most 60 steps, so this chat was not kept: record shorter ones"
        )
    other = source.file.with_name(source.file.stem + BESIDE)
    target, text = other, None
    if other.is_file():
        text = recording.with_test(_text(other), name, customer, chat.steps)
        if text is None:
            raise click.ClickException(
                f"{other} could not be added to, so this chat was not kept: check its YAML"
            )
    else:
        text = recording.with_test(source.text, name, customer, chat.steps)
        target = source.file if text is not None else other
        text = text if text is not None else recording.new_file(name, customer, chat.steps)
    target.write_bytes(text.encode("utf-8"))
    own = target == source.file
    cases, problems = cases_in(text, str(target)) if own else cases_beside(text, str(target))
    if problems:
        raise click.ClickException(f"the test was written to {target}, but: {problems[0]}")
    kept = [run(flow, case, None, chat.player.others) for case in cases if case.test.test == name]
    click.echo(f"Recorded «{name}» in {target}; `winback flow test {source.file}` plays it.")
    if not all(result.passed for result in kept):
        report(kept, [], [])
        raise SystemExit(1)


def _text(file: Path) -> str:
    return file.read_bytes().decode("utf-8", errors="replace")
