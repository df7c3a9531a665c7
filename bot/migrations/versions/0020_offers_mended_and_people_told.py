"""Wrong offers being mended, and what people of a shop were told.

Additive: a process of the version before goes on working beside it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

import bot.models.base
from bot.migrations.online import drop_index, make_index

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_TABLES = ("mendings", "mended_codes", "notifications", "notices")


def upgrade() -> None:
    """The index first: on PostgreSQL it is outside the transaction of the rest."""
    make_index("ix_suppressions_wrong_number", "suppressions", ["shop_id"], sa.text("kind = 'wrong_number'"))
    op.create_table(
        "mendings",
        *_first("mendings", shops=True),
        _word("key"),
        sa.Column("staff_id", _id(), nullable=True),
        sa.Column("flow_id", _id(), nullable=False),
        _word("offer"),
        sa.Column("given_after", _instant(), nullable=True),
        sa.Column("given_before", _instant(), nullable=True),
        _word("pool", empty=True),
        sa.Column("ends_at", _instant(), nullable=False),
        sa.Column("bodies", bot.models.base.Document, nullable=False),
        sa.Column("upto", sa.Integer(), nullable=False),
        sa.Column("at", _instant(), nullable=False),
        sa.Column("done_at", _instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mendings")),
        sa.UniqueConstraint("shop_id", "id", name=op.f("uq_mendings_shop_id_id")),
        sa.UniqueConstraint("shop_id", "key", name=op.f("uq_mendings_shop_id_key")),
    )
    op.create_index("ix_mendings_open", "mendings", ["id"], **_where("done_at IS NULL"))
    op.create_table(
        "mended_codes",
        *_first("mended_codes"),
        sa.Column("mending_id", _id(), nullable=False),
        sa.Column("coupon_id", _id(), nullable=False),
        _word("fate"),
        sa.Column("by_coupon_id", _id(), nullable=True),
        sa.Column("outbound_id", _id(), nullable=True),
        _within("mended_codes", "mendings", "mending_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mended_codes")),
        sa.UniqueConstraint("mending_id", "coupon_id", name=op.f("uq_mended_codes_mending_id_coupon_id")),
    )
    op.create_table(
        "notifications",
        *_first("notifications", shops=True),
        sa.Column("key", sa.String(120), nullable=False),
        _word("matter"),
        sa.Column("conversation_id", _id(), nullable=True),
        sa.Column("staff_id", _id(), nullable=True),
        sa.Column("line", sa.String(200), nullable=False),
        sa.Column("at", _instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("shop_id", "id", name=op.f("uq_notifications_shop_id_id")),
        sa.UniqueConstraint("shop_id", "key", name=op.f("uq_notifications_shop_id_key")),
    )
    op.create_index("ix_notifications_of_conversation", "notifications", ["shop_id", "conversation_id"])
    op.create_table(
        "notices",
        *_first("notices"),
        sa.Column("notification_id", _id(), nullable=False),
        _word("channel"),
        sa.Column("address", sa.String(300), nullable=False),
        _word("status"),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", _instant(), nullable=True),
        _word("why", empty=True),
        _within("notices", "notifications", "notification_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint(
            "notification_id", "channel", "address", name=op.f("uq_notices_notification_id_channel_address")
        ),
    )
    op.create_index("ix_notices_waiting", "notices", ["next_try_at"], **_where("status = 'waiting'"))


def downgrade() -> None:
    """Drop them."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    drop_index("ix_suppressions_wrong_number", "suppressions")


def _first(table: str, *, shops: bool = False) -> list[Any]:
    own = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    columns: list[Any] = [
        sa.Column("id", own, autoincrement=True, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
    ]
    if shops:
        columns.append(sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f(f"fk_{table}_shop_id")))
    return columns


def _within(table: str, parent: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["shop_id", column], [f"{parent}.shop_id", f"{parent}.id"], name=op.f(f"fk_{table}_shop_id")
    )


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def _word(name: str, *, empty: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(64), nullable=empty)


def _id() -> Any:
    return sa.BigInteger()


def _instant() -> Any:
    return bot.models.base.UtcDateTime(timezone=True)
