"""A phone number typed on the command line. Owns how it is read."""

from __future__ import annotations

import click
from sqlalchemy import select

from bot.cli.context import Context
from bot.models import Shop
from bot.phones import BadPhone, parse_phone


def phone_of(context: Context, shop_id: int, typed: str) -> str:
    """The E.164 number that was typed, read with the habits of the shop's country. Raises click.UsageError."""
    with context.app.database.read() as session:
        country = session.execute(select(Shop.country).where(Shop.id == shop_id)).scalar_one()
    try:
        return parse_phone(typed, country)
    except BadPhone as error:
        raise click.UsageError(f"PHONE: {error}") from error
