"""Partial indexes for what waits for people: texts with an unknown end, conversations that nobody holds.

Both sets are small however large the tables are, and both are asked for at each scrape of the metrics.
"""

from __future__ import annotations

import sqlalchemy as sa

from bot.migrations.online import drop_index, make_index

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UNKNOWN = sa.text("status = 'unknown'")
_WAITING = sa.text("holder = 'nobody'")


def upgrade() -> None:
    """Make them."""
    make_index("ix_outbound_unknown", "outbound", ["attempted_at"], _UNKNOWN)
    make_index("ix_conversations_waiting", "conversations", ["held_since"], _WAITING)


def downgrade() -> None:
    """Drop them."""
    drop_index("ix_conversations_waiting", "conversations")
    drop_index("ix_outbound_unknown", "outbound")
