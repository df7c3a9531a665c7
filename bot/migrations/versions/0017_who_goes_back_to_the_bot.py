"""Which conversations go back to the bot by themselves, found without looking at the others."""

from __future__ import annotations

import sqlalchemy as sa

from bot.migrations.online import drop_index, make_index

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index of its own: its column is new, and conversations are in use."""
    make_index("ix_conversations_return", "conversations", ["return_at"], sa.text("return_at IS NOT NULL"))


def downgrade() -> None:
    """Drop it."""
    drop_index("ix_conversations_return", "conversations")
