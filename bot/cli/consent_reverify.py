"""`winback consent reverify`: the list for a reassigned-numbers service, and its answers (R28, R29).

Owns the two files' form. What an answer changes is bot.compliance.reverify's.
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from bot.cli.context import Context, pass_context

if TYPE_CHECKING:
    from bot.compliance.reverify import Answer

PHONES = ("phone", "phone_number", "phonenumber", "number", "tn", "to")
RESULTS = ("answer", "result", "is_number_reassigned", "reassigned", "is_reassigned", "response")
BATCH = 200
LONGEST = 36_500
"""Days: a hundred years."""


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--export",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the numbers to look up, with dates.",
)
@click.option("--days", type=click.IntRange(1, LONGEST), help="Instead of the shop's own setting.")
@click.option(
    "--asked",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day on which the service was asked; needed to read the answers.",
)
@click.option("--json", "as_json", is_flag=True)
@pass_context
def reverify(
    context: Context,
    file: Path | None,
    export: Path | None,
    days: int | None,
    asked: datetime | None,
    as_json: bool,
) -> None:
    """Look old numbers up at a reassigned-numbers service: write the list with --export, read the answers from FILE.

    FILE has a column with the number and one with the answer (yes, no, no data). «no» renews the proof that the number is
    still theirs on the day --asked, «yes» marks it moved. A file counts once, with the day that was given first. Exit status 1: lines that could not be read.
    """
    if (file is None) == (export is None):
        raise click.UsageError("give --export FILE to write the list, or FILE to read the answers")
    if export is not None:
        _write(context, export, days, as_json)
    elif file is not None:
        if asked is None:
            raise click.UsageError(
                "say --asked YYYY-MM-DD, the day on which the service was asked: that is what its answers prove"
            )
        _read(context, file, asked, as_json)


def _write(context: Context, export: Path, days: int | None, as_json: bool) -> None:
    from bot.clock import domain_now
    from bot.compliance.reverify import old_ones
    from bot.models import Shop
    from bot.shops import ShopSettings

    shop_id = context.shop_id()
    rows, undated = 0, 0
    with context.app.database.read() as session:
        settings = ShopSettings.model_validate(session.get_one(Shop, shop_id).settings)
        since = days or settings.reverify_after_days
        if since is None:
            raise click.UsageError("the shop's setting asks for no proof; say --days")
        before = domain_now(session, context.app.real_now) - timedelta(days=min(since, LONGEST))
        with _private(export) as opened:
            out = csv.writer(opened)
            out.writerow(("phone", "last_verified_date"))
            for old in old_ones(session, shop_id, before):
                if old.last_sign is None:
                    undated += 1
                    continue
                out.writerow((old.phone, f"{old.last_sign:%Y%m%d}"))
                rows += 1
    if as_json:
        click.echo(json.dumps({"written": rows, "without_date": undated, "days": since}))
        return
    click.echo(f"{rows:,} numbers without a sign of life in {since} days are in {export}.")
    if undated:
        click.echo(
            f"{undated:,} more have no dated consent and no order at all: a service can say nothing of them. They get no "
            "marketing until they order, text or sign up."
        )
    if rows:
        click.echo(
            f"Have them looked up, then: winback consent reverify ANSWERS.csv  (asked about: {since} days)"
        )


@contextmanager
def _private(path: Path) -> Iterator[TextIO]:
    """Open for writing what its owner alone may read: it is a list of customers' numbers. Raises ClickException when it
    can't be written."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", newline="", encoding="utf-8") as opened:
            os.fchmod(descriptor, 0o600)  # it may have been there, open to others
            yield opened
    except OSError as error:
        raise click.ClickException(f"{path} can't be written: {error.strerror}") from error


def _read(context: Context, file: Path, asked: datetime, as_json: bool) -> None:
    from bot.clock import domain_now
    from bot.compliance.reverify import Told, take_answers
    from bot.models import Shop

    shop_id = context.shop_id()
    app = context.app
    with app.database.read() as session:
        country = session.get_one(Shop, shop_id).country
        now = domain_now(session, app.real_now)
    day = asked.replace(tzinfo=UTC)
    if day > now + timedelta(days=1):
        raise click.UsageError("--asked is a day to come")
    told, wrong = Told(), list[str]()
    with file.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    lines = _answers(file, country, wrong)
    while batch := list(itertools.islice(lines, BATCH)):
        with app.database.write() as session:
            at = domain_now(session, app.real_now)
            take_answers(
                session,
                app.keys,
                shop_id,
                batch,
                asked=day,
                file=file.name,
                sha256=sha256,
                at=at,
                told=told,
            )
    counts = {
        "renewed": told.renewed,
        "moved": told.moved,
        "no_data": told.no_data,
        "known_before": told.known,
        "not_customers": told.nobody,
        "unreadable": len(wrong),
    }
    if as_json:
        click.echo(json.dumps({**counts, "problems": wrong}))
    else:
        click.echo(f"{told.renewed:,} still theirs: the proof is renewed.")
        click.echo(f"{told.moved:,} have another owner: marked as moved, and their consent is over.")
        click.echo(f"{told.no_data:,} without data: nothing changed, so they get no marketing.")
        for name, count in (("known before", told.known), ("no customers of this shop", told.nobody)):
            if count:
                click.echo(f"{count:,} {name}.")
        for line in wrong[:20]:
            click.echo(line, err=True)
        if len(wrong) > 20:
            click.echo(f"and {len(wrong) - 20} lines more", err=True)
    sys.exit(1 if wrong else 0)


def _answers(file: Path, country: str, wrong: list[str]) -> Iterator[tuple[str, Answer]]:
    """The numbers and answers of the file; what can't be read is told in `wrong`. Numbers are masked there."""
    from bot.compliance.reverify import ANSWERS
    from bot.phones import BadPhone, parse_phone

    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            first = opened.readline()
            opened.seek(0)
            rows = csv.reader(opened, delimiter=max(",;\t", key=first.count))
            header = [cell.strip().lower().replace(" ", "_") for cell in next(rows, [])]
            phone_at, answer_at = _column(header, PHONES), _column(header, RESULTS)
            for row in rows:
                if not any(row):
                    continue
                if len(row) <= max(phone_at, answer_at):
                    wrong.append(f"line {rows.line_num}: too few columns")
                    continue
                word = " ".join(row[answer_at].strip().lower().replace("_", " ").split())
                if word not in ANSWERS:
                    wrong.append(f"line {rows.line_num}: the answer is none of yes, no, no data")
                    continue
                try:
                    yield parse_phone(row[phone_at], country), ANSWERS[word]
                except BadPhone as error:
                    wrong.append(f"line {rows.line_num}: {error}")
    except (UnicodeDecodeError, csv.Error) as error:
        raise click.ClickException(f"{file} can't be read: save it as CSV in UTF-8") from error


def _column(header: list[str], names: tuple[str, ...]) -> int:
    found = next((header.index(name) for name in names if name in header), None)
    if found is None:
        raise click.UsageError(f"no column is called {', '.join(names[:-1])} or {names[-1]}")
    return found
