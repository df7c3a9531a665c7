"""Paces and alerts; indexes for taking turns between shops and for counting who waits for a shop's people.

Additive: a process of the version before goes on working beside it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.models.base
from bot.migrations.online import drop_index, make_index

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_READY = sa.text("status = 'ready'")
_WAITING = sa.text("holder = 'nobody'")


def upgrade() -> None:
    """The indexes first: on PostgreSQL they are outside the transaction of the rest."""
    make_index("ix_outbound_lane", "outbound", ["kind", "shop_id", "due_at", "id"], _READY)
    make_index("ix_conversations_waiting_shop", "conversations", ["shop_id", "held_since"], _WAITING)
    instant = bot.models.base.UtcDateTime(timezone=True)
    op.create_table(
        "paces",
        sa.Column("id", bot.models.base.BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("spoken_until", instant, nullable=True),
        sa.Column("day", sa.String(length=64), nullable=False),
        sa.Column("day_parts", sa.Integer(), nullable=False),
        sa.Column("slow_until", instant, nullable=True),
        sa.Column("paused_until", instant, nullable=True),
        sa.Column("openers_until", instant, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paces")),
        sa.UniqueConstraint("name", name=op.f("uq_paces_name")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", bot.models.base.BigId, autoincrement=True, nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("told", sa.String(length=200), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", instant, nullable=False),
        sa.Column("last_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("about", "code", name=op.f("uq_alerts_about_code")),
    )


def downgrade() -> None:
    """Drop them."""
    drop_index("ix_conversations_waiting_shop", "conversations")
    drop_index("ix_outbound_lane", "outbound")
    op.drop_table("alerts")
    op.drop_table("paces")
