"""`python -m benchmarks.cdnow [ORDERS]`: the demonstration as a command. Owns options and what is printed.

Progress goes to stderr; stdout gets some conversations, and one line of JSON at last. Exit status 1 when something that
should be zero is not, or a figure and its count apart disagree; a reply that was misread is told, and counted.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

import click

from benchmarks.cdnow.play import Player
from benchmarks.cdnow.run import Outcome, demonstrate
from benchmarks.cdnow.shop import SEED, ZONE, NotFresh
from bot.phones import mask
from bot.processes.logs import set_up
from bot.settings import LogSettings

ORDERS = Path(__file__).parents[3] / "shared" / "data" / "cdnow_orders.txt"
SHOWN = (
    "reorder",
    "haggles",
    "later",
    "question for a person",
    "stop, in own words",
    "clicks the offer, says nothing",
)


@click.command()
@click.argument("orders", type=click.Path(path_type=Path), default=ORDERS)
@click.option("--customers", default=200, show_default=True, help="How many are texted.")
@click.option("--weeks", default=4, show_default=True, help="How many virtual weeks pass.")
@click.option("--database", "database_url", help="An empty PostgreSQL database instead of SQLite.")
def main(orders: Path, customers: int, weeks: int, database_url: str | None) -> None:
    """The whole loop on real orders."""
    began = perf_counter()

    def tell(words: str) -> None:
        print(f"{perf_counter() - began:6.1f} s  {words}", file=sys.stderr, flush=True)

    if not orders.is_file():
        print(
            f"{orders} is not there: name the order file with `make demo-cdnow ORDERS=FILE`", file=sys.stderr
        )
        sys.exit(1)
    set_up(
        LogSettings(level="WARNING")
    )  # to stderr: the core's own troubles, and nothing that is as it should be
    tell(f"orders from {orders.name}, seed {SEED}")
    try:
        with tempfile.TemporaryDirectory(prefix="winback-cdnow-") as home:
            outcome = demonstrate(
                orders, Path(home), customers=customers, weeks=weeks, database_url=database_url, tell=tell
            )
    except (NotFresh, ValueError) as error:
        print(f"{error}", file=sys.stderr)
        sys.exit(1)
    for miss in outcome.misses:
        tell(f"not as expected: {miss}")
    for fault in outcome.broken:
        tell(f"BROKEN: {fault}")
    tell("done")
    show(outcome)
    print(json.dumps(outcome.figures.to_json()))
    sys.exit(1 if outcome.broken else 0)


def show(outcome: Outcome) -> None:
    """Some conversations, as they were had."""
    for name in SHOWN:
        found = [player for player in outcome.play.players.values() if player.part.name == name]
        if found:
            _show(
                max(
                    found,
                    key=lambda player: (player.bought_at is not None, len(player.texts), player.person.phone),
                )
            )


def _show(player: Player) -> None:
    print(f"\n{player.person.name}, {mask(player.person.phone)}: {player.part.name}")
    for text in player.texts:
        who = {"handset": player.person.name, "shop": "Groove Yard", "Twilio": "the carrier"}[text.author]
        local = text.at.astimezone(ZoneInfo(ZONE))
        print(f"  {local:%b %d %H:%M}  {who:>12}: {text.body}")
    if player.bought_at:
        local = player.bought_at.astimezone(ZoneInfo(ZONE))
        print(f"  {local:%b %d %H:%M}  {player.person.name} orders")


if __name__ == "__main__":
    main()
