"""Makes the reference pages that follow from the code, so that they cannot say something else.

`make docs` (pytest tests/docs --update) writes them; the test compares.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Iterator
from typing import Any

import click
from pydantic import BaseModel

from bot.cli import COMMANDS, main
from bot.settings import Settings
from bot.shops import ShopSettings
from flows import effects, events, source, source_parts
from flows.intents import ANYTHING_ELSE, INTENTS, MOODS, PROTECTED
from flows.names import NAMES
from flows.parser import courtesy
from flows.problems import CODES

MADE = "<!-- made by `make docs`; edit the code's docstrings instead -->\n"


def settings_page() -> str:
    """docs/reference/settings.md."""
    lines = [
        "# Settings",
        MADE,
        "The operator's settings stand in `config.yml`. `WINBACK_<NAME>` in the environment wins over the file, with two",
        "underscores between levels (`WINBACK_WEB__PORT`); `DATABASE_URL` and `REDIS_URL` go by their usual names. Secrets",
        "come from the environment or from `secrets.env` in the home folder, never from `config.yml`.",
        "",
        "| setting | default | meaning |",
        "|---|---|---|",
        *_settings(Settings, ""),
        "",
        "## A shop's own settings",
        "",
        "| setting | default | meaning |",
        "|---|---|---|",
        *_settings(ShopSettings, ""),
    ]
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """docs/reference/commands.md."""
    lines = [
        "# Commands",
        MADE,
        "`--shop SLUG` and `--config FILE` come before the command. Exit status: 0 done, 1 found something, 2 wrong usage.",
        "",
    ]
    context = click.Context(main, info_name="winback")
    for name in COMMANDS:
        command = main.get_command(context, name)  # type: ignore[attr-defined]
        assert command is not None
        lines += list(_command(command, f"winback {name}", context))
    return "\n".join(lines) + "\n"


def language_page() -> str:
    """docs/reference/flow-language.md."""
    lines = [
        "# The flow language",
        MADE,
        "A flow is a YAML file. `winback flow check FILE` says everything that is wrong with it; editors can use the schema",
        "in [flow.schema.json](flow.schema.json). Texts are Liquid, with the filters `day` (Sunday, or Dec 4) and `money`.",
        "",
    ]
    models = [
        ("The file", source.FlowSource),
        ("trigger", source.TriggerSource),
        ("texts", source.TextsSource),
        ("offers", source.OfferSource),
        ("A node", source.NodeSource),
        ("silence", source.SilenceSource),
        ("wait", source.WaitSource),
        ("when", source.BranchSource),
        ("ask", source.AskSource),
        ("link", source.LinkSource),
        ("anything else, after asking again", source.AgainSource),
        ("tests", source.TestSource),
        ("A step of a test", source_parts.StepSource),
    ]
    for title, model in models:
        lines += [f"## {title}", "", _first_line(model), "", "| key | meaning |", "|---|---|"]
        lines += [
            f"| `{field.alias or name}` | {field.description or ''} |"
            for name, field in model.model_fields.items()
            if name not in ("notice", "hold", "matter", "desk")
        ]
        lines.append("")
    lines += ["## Replies", "", "| intent | the customer ... |", "|---|---|"]
    lines += [
        f"| `{name}` | {text}{' (protected)' if name in PROTECTED else ''} |"
        for name, text in INTENTS.items()
    ]
    lines += [
        "",
        "Protected intents are answered by the language: word them under `words`, don't route them.",
        "",
    ]
    lines += ["| mood | the customer ... |", "|---|---|"]
    lines += [f"| `{name}` | {text} |" for name, text in MOODS.items()]
    lines += [
        "",
        "A line by mood is taken where the text wants nothing else, and the node has no line for what it does want.",
        f"`{ANYTHING_ELSE}` is for what was not understood, or fits nothing; without it the language asks again once, and then",
        "a person reads it. A loss («my husband died») and a code that fails are met by the language wherever they are said.",
        "",
    ]
    lines += ["## Names in texts and conditions", "", "| name | what it is | may be empty |", "|---|---|---|"]
    lines += [f"| `{name}` | {text} | {'yes' if empty else ''} |" for name, (text, empty) in NAMES.items()]
    lines += ["", "## Built-in texts, for `words`", ""]
    lines += [
        "Reword any of them for one flow: `words: { unclear: { en: ..., es: ... } }`. What is left out stays as it is.",
        "",
    ]
    lines += ["| name | English | Spanish |", "|---|---|---|"]
    for name, node in courtesy().nodes.items():
        if node.say:
            english, spanish = (node.say.variants[0][code].replace("|", "&#124;") for code in ("en", "es"))
            lines.append(f"| `{name}` | {english} | {spanish} |")
    lines += ["", "## Problems", "", "| code | meaning |", "|---|---|"]
    lines += [f"| `{code}` | {meaning} |" for code, meaning in CODES.items()]
    lines += ["", "## Events and effects of the engine", ""]
    for title, union in (("Events", events.Event), ("Effects", effects.Effect)):
        lines += [f"### {title}", "", "| name | fields | meaning |", "|---|---|---|"]
        for member in typing.get_args(union):
            fields = ", ".join(field.name for field in dataclasses.fields(member))
            lines.append(f"| `{member.__name__}` | {fields} | {_first_line(member)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _settings(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if inspect.isclass(kind) and issubclass(kind, BaseModel):
            yield from _settings(kind, f"{prefix}{name}.")
            continue
        default = field.get_default(call_default_factory=False)
        shown = "" if default is None else f"`{default}`"
        meaning = (field.description or _first_line(model)).replace("|", "/")
        yield f"| `{prefix}{name}` | {shown} | {meaning} |"


def _command(command: click.Command, path: str, parent: click.Context) -> Iterator[str]:
    help_text = (command.help or "").split("\n\n")[0].replace("\n", " ")
    yield f"### `{path}`"
    yield ""
    yield help_text
    yield ""
    context = click.Context(command, info_name=path, parent=parent)
    for param in command.params:
        record: Any = param.get_help_record(context)
        if record:
            yield f"- `{record[0]}` {' '.join(record[1].split())}"
        elif isinstance(param, click.Argument):
            yield f"- `{param.make_metavar(context)}`"
    if command.params:
        yield ""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _command(inner, f"{path} {name}", context)


def _first_line(thing: type) -> str:
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
