"""What goodwill goes by: when orders were last heard of, refunds, silence, a customer's own rhythm, flows that are held.

Additive: a process of the version before goes on working beside it. The columns alone: what was known before is filled in
by 0009, which locks no table. Silence is counted from here on.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.models.base
from bot.migrations.online import drop_index, make_index

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MARKETING = sa.text("kind = 'marketing'")
_ADDED = (
    ("shops", "orders_known_at"),
    ("orders", "refunded"),
    ("customers", "refunded_order_at"),
    ("customers", "clicked_at"),
    ("customers", "rhythm"),
    ("conversations", "silent_texts"),
    ("conversations", "silent_at"),
    ("flows", "held_at"),
    ("flows", "held_why"),
    ("flows", "watched_from"),
)


def upgrade() -> None:
    """The index first: on PostgreSQL it is outside the transaction of the rest."""
    make_index("ix_outbound_marketing_left", "outbound", ["attempted_at"], _MARKETING)
    for table, name in _ADDED:
        op.add_column(table, _column(name))


def downgrade() -> None:
    """Drop them."""
    drop_index("ix_outbound_marketing_left", "outbound")
    for table, name in reversed(_ADDED):
        op.drop_column(table, name)  # in place: a table made anew would leave its children without a parent


def _column(name: str) -> sa.Column[object]:
    match name:
        case "refunded":
            return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        case "silent_texts":
            return sa.Column(name, sa.Integer(), nullable=False, server_default="0")
        case "rhythm":
            return sa.Column(name, bot.models.base.Document, nullable=True)
        case "held_why":
            return sa.Column(name, sa.String(64), nullable=True)
        case _:
            return sa.Column(name, bot.models.base.UtcDateTime(timezone=True), nullable=True)
