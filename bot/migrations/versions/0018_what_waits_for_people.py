"""Since when a customer had waited for a person's text; what comes back by itself, found without looking at the rest.

Additive: a process of the version before goes on working beside it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import bot.models.base
from bot.migrations.online import drop_index, make_index

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_UNTOLD = "kept_at IS NULL AND told_at IS NULL"


def upgrade() -> None:
    """The index on a table in use first: on PostgreSQL it is outside the transaction of the rest."""
    make_index(
        "ix_conversations_snoozed",
        "conversations",
        ["snoozed_until"],
        sa.text("snoozed_until IS NOT NULL"),
    )
    op.add_column(
        "outbound", sa.Column("answers_since", bot.models.base.UtcDateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_promises_untold",
        "promises",
        ["due_at"],
        postgresql_where=sa.text(_UNTOLD),
        sqlite_where=sa.text(_UNTOLD),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_promises_untold", "promises")
    op.drop_column("outbound", "answers_since")
    drop_index("ix_conversations_snoozed", "conversations")
