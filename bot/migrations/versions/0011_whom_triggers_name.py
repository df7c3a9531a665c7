"""What triggers go by: carts that were left, the fifths of a shop's customers, and the kind and priority of a start.

Additive: a process of the version before goes on working beside it. Starts of before are of the kind `lapsed`: an empty
column says so.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.models.base

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_LEFT = sa.text("ordered_at IS NULL")
_RUNNING = sa.text("status = 'running'")


def upgrade() -> None:
    """In one transaction: starts are few, so their index is made at once."""
    op.create_table(
        "carts",
        sa.Column("id", bot.models.base.BigId, primary_key=True, autoincrement=True),
        sa.Column("shop_id", bot.models.base.BigId, nullable=False),
        sa.Column("customer_id", bot.models.base.BigId, nullable=False),
        sa.Column("external_id", sa.String(100), nullable=False),
        sa.Column("items", bot.models.base.Document, nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("updated_at", bot.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ordered_at", bot.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("enrolment_id", bot.models.base.BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["shop_id", "customer_id"],
            ["customers.shop_id", "customers.id"],
            name="fk_carts_shop_id_customer_id",
        ),
        sa.UniqueConstraint("shop_id", "id", name="uq_carts_shop_id_id"),
        sa.UniqueConstraint("shop_id", "external_id", name="uq_carts_shop_id_external_id"),
    )
    op.create_index(
        "ix_carts_left", "carts", ["shop_id", "updated_at"], postgresql_where=_LEFT, sqlite_where=_LEFT
    )
    op.create_index("ix_carts_of_customer", "carts", ["shop_id", "customer_id", "updated_at"])
    op.create_table(
        "segment_bounds",
        sa.Column("shop_id", bot.models.base.BigId, sa.ForeignKey("shops.id"), primary_key=True),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("bounds", bot.models.base.Document, nullable=False),
        sa.Column("reckoned_at", bot.models.base.UtcDateTime(timezone=True), nullable=False),
    )
    op.add_column("flow_starts", sa.Column("kind", sa.String(64), nullable=True))
    op.add_column("flow_starts", sa.Column("priority", sa.Integer(), nullable=True))
    op.create_index(
        "ix_flow_starts_running",
        "flow_starts",
        ["shop_id", "kind"],
        postgresql_where=_RUNNING,
        sqlite_where=_RUNNING,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_flow_starts_running", "flow_starts")
    op.drop_column("flow_starts", "priority")
    op.drop_column("flow_starts", "kind")
    op.drop_table("segment_bounds")
    op.drop_table("carts")
