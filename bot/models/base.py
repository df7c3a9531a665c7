"""The declarative base, our column types and the shop-wide foreign key.

Owns what all tables share. Must not name a table.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant. SQLite has no zones: there it is stored naive and handed back aware.

    Raises ValueError for a naive datetime: a time without a zone is a bug, never a default.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite only numbers rows by itself for INTEGER PRIMARY KEY.
BigId = BigInteger().with_variant(Integer, "sqlite")
Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

Pk = Annotated[int, mapped_column(BigId, primary_key=True, autoincrement=True)]
ShopId = Annotated[int, mapped_column(BigId)]
Ref = Annotated[int, mapped_column(BigId)]
OptRef = Annotated[int | None, mapped_column(BigId)]
Instant = Annotated[datetime, mapped_column(UtcDateTime)]
OptInstant = Annotated[datetime | None, mapped_column(UtcDateTime)]
Word = Annotated[str, mapped_column(String(64))]
OptWord = Annotated[str | None, mapped_column(String(64))]
Cents = Annotated[int, mapped_column(BigInteger)]
Doc = Annotated[dict[str, Any], mapped_column(Document)]
OptDoc = Annotated[dict[str, Any] | None, mapped_column(Document)]
DocList = Annotated[list[Any], mapped_column(Document)]


class Base(DeclarativeBase):
    """All tables hang on this metadata; the naming convention keeps migrations stable on both databases."""

    metadata = MetaData(naming_convention=NAMES)


def within_shop(table: str, column: str) -> ForeignKeyConstraint:
    """A foreign key that cannot point into another shop (promise I13)."""
    return ForeignKeyConstraint(["shop_id", column], [f"{table}.shop_id", f"{table}.id"])
