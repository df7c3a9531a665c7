"""What `winback import` prints for people: how the file would be read, what became of it, who may be texted.

Owns the tables. Phone numbers are masked, on a terminal too: it scrolls through recordings and screenshots.
"""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from bot.importing.plan import Plan
from bot.importing.run import Outcome
from bot.importing.standing import Line, Table
from bot.importing.synonyms import Kind
from bot.importing.trial import Trial, status_counts
from bot.importing.units import CustomerRow, OrderRows, ProductRow
from bot.offers.naming import short_name
from bot.phones import mask, mask_in

_FIRST_ROWS: dict[Kind, tuple[str, ...]] = {
    "customers": ("line", "phone", "name", "id", "points", "says of texts"),
    "orders": ("line", "order", "placed (UTC)", "total", "counts", "customer", "lines"),
    "products": ("line", "id", "name", "in a text", "price", "days of use", ""),
}
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def print_plan(plan: Plan, trial: Trial) -> None:
    """The dry run."""
    out = Console()
    found, columns = plan.survey, plan.columns
    out.print(
        f"{escape(found.path.name)}: {found.encoding}, parted by {_DELIMITERS.get(found.delimiter, found.delimiter)}"
    )
    grid = Grid("field", "column in the file", "first cell", title="Columns", title_justify="left")
    cells = plan.first_rows[0].cells if plan.first_rows else ()
    for field, places in columns.fields.items():
        names = ", then ".join(escape(columns.header[place]) for place in places)
        grid.add_row(field, names, escape(_shown(field, columns.get(cells, field) if cells else "")))
    for number, parts in columns.items.items():
        grid.add_row(
            f"item {number}", escape(", ".join(columns.header[place] for place in parts.values())), ""
        )
    for place, name in columns.attributes.items():
        grid.add_row(
            f"customer.attributes.{name}",
            escape(columns.header[place]),
            escape(cells[place][:40] if cells else ""),
        )
    out.print(grid)
    if columns.aside and plan.reading.kind == "customers":
        aside = Grid("not taken", "why", title="Left aside", title_justify="left")
        for place, why in columns.aside.items():
            aside.add_row(escape(columns.header[place]), escape(why))
        out.print(aside)
    if plan.dates.seen:
        said = "month first (3/4 is March 4)" if plan.dates.order == "mdy" else "day first (3/4 is April 3)"
        sure = "" if plan.dates.sure else ". The file leaves it open: say it with --date-order"
        out.print(f"Dates: {said}{sure}")
    _print_first(out, trial)
    out.print(f"{trial.taken:,} rows would be taken, {trial.rejected:,} rejected. Nothing was written.")


def _print_first(out: Console, trial: Trial) -> None:
    grid = Grid(title="The first rows as read", title_justify="left")
    for name in _FIRST_ROWS[trial.plan.reading.kind]:
        grid.add_column(name)
    cells: tuple[str, ...]
    for one in trial.first:
        match one:
            case CustomerRow():
                name = " ".join(part for part in (one.first_name, one.last_name) if part)
                says = one.stated.says if one.stated else ""
                points = "" if one.points is None else str(one.points)
                cells = (str(one.line), mask(one.phone), name, one.external_id or "", points, says)
            case OrderRows():
                order, whose = one.order, one.order.customer
                who = mask(whose.phone) if whose.phone else whose.external_id or "by e-mail"
                lines = ", ".join(f"{line.quantity} x {line.name}" for line in order.lines)
                total = f"{order.total_cents / 100:,.2f} {order.currency}"
                placed = f"{order.placed_at:%Y-%m-%d %H:%M}"
                counted = "yes" if status_counts(order.status.casefold()) and not order.test else "no"
                cells = (str(one.line), order.external_id, placed, total, counted, who, lines[:60])
            case ProductRow():
                price = "" if one.price_cents is None else f"{one.price_cents / 100:,.2f}"
                days = "" if one.days_of_use is None else str(one.days_of_use)
                marks = [word for word in ("private", "retired") if getattr(one, word)]
                named = one.text_name or short_name(one.name or "")
                cells = (str(one.line), one.ids[0], one.name or "", named, price, days, ", ".join(marks))
        grid.add_row(*map(escape, cells))
    out.print(grid)
    if trial.consents:
        said = ", ".join(f"{count:,} {says}" for says, count in trial.consents.items())
        out.print(f"Consent to texts, as the file says it: {said}")
    if trial.statuses:
        said = ", ".join(
            f"{count:,} {status or '(none)'}{'' if status_counts(status) else ' (do not count)'}"
            for status, count in trial.statuses.items()
        )
        out.print(f"Statuses: {escape(said)}")
    for rejected in trial.first_rejected:
        out.print(f"line {rejected.line}: {escape(rejected.column)} {escape(mask_in(rejected.why))}")


def print_outcome(plan: Plan, outcome: Outcome, table: Table) -> None:
    """What became of the file, and the table of who may be texted."""
    out = Console()
    counts = outcome.counts
    if outcome.resumed:
        out.print("Went on where the last run was interrupted.")
    out.print(
        f"{plan.reading.kind}: {counts.created:,} new, {counts.updated:,} changed, {counts.unchanged:,} as they were, "
        f"{counts.rejected:,} rejected"
    )
    if outcome.rejected_file:
        out.print(f"The rejected rows, each with its reason: {escape(str(outcome.rejected_file))}")
    if plan.reading.kind == "products":  # whom they change is nobody
        left_out = Grid("", "rows", "what would mend it", title="Left out", title_justify="left")
        _add(left_out, table.rows_left_out)
        if table.rows_left_out:
            out.print(left_out)
        return
    grid = Grid("", "customers", "what would mend it", title="Who may be texted", title_justify="left")
    grid.add_row("may be texted", f"{table.may_be_texted:,}", "")
    _add(grid, table.may_not)
    if table.rows_left_out:
        grid.add_section()
        grid.add_row("rows of this file without a customer or order", "rows", "")
        _add(grid, table.rows_left_out)
    out.print(grid)
    if table.shop_in_test:
        out.print("The shop is in test: until it is live, texts go to its own confirmed phones only.")


def _add(grid: Grid, lines: tuple[Line, ...]) -> None:
    for line in lines:
        grid.add_row(line.reason, f"{line.count:,}", line.remedy)


def _shown(field: str, cell: str) -> str:
    return mask_in(cell) if field == "phone" else cell[:40]
