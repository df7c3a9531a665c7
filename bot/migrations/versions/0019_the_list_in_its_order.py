"""The list of conversations in its order, what was closed, and customers by what staff know of them.

The indexes on customers are PostgreSQL's: a shop small enough for SQLite is small enough to be looked through.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.migrations.online import drop_index, make_index

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_CUSTOMERS = {
    "ix_customers_first_name": ("lower(first_name) text_pattern_ops", "first_name IS NOT NULL"),
    "ix_customers_last_name": ("lower(last_name) text_pattern_ops", "last_name IS NOT NULL"),
    "ix_customers_phone_end": ("reverse(phone) text_pattern_ops", "phone IS NOT NULL"),
}


def upgrade() -> None:
    """Indexes only, each made while the program serves."""
    make_index(
        "ix_conversations_line",
        "conversations",
        [
            "shop_id",
            sa.text("(CASE WHEN holder = 'nobody' OR owed_since IS NOT NULL THEN 0 ELSE 1 END)"),
            sa.text("coalesce(owed_since, held_since, created_at)"),
            "id",
        ],
        sa.text("holder <> 'bot' AND closed_at IS NULL"),
    )
    make_index(
        "ix_conversations_closed",
        "conversations",
        ["shop_id", "closed_at", "id"],
        sa.text("closed_at IS NOT NULL"),
    )
    if _on_postgresql():
        for name, (what, where) in _CUSTOMERS.items():
            make_index(name, "customers", ["shop_id", sa.text(what)], sa.text(where))


def downgrade() -> None:
    """Drop them."""
    if _on_postgresql():
        for name in reversed(_CUSTOMERS):
            drop_index(name, "customers")
    drop_index("ix_conversations_closed", "conversations")
    drop_index("ix_conversations_line", "conversations")


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
