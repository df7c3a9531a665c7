"""What an offer's budget is counted by: the codes of one flow's offer, without those of other flows' offers of its name.

Additive: a process of the version before counts by the index that it knows.
"""

from __future__ import annotations

import sqlalchemy as sa

from bot.migrations.online import drop_index, make_index

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Codes are in use: nobody waits while it is made."""
    make_index(
        "ix_coupons_budget", "coupons", ["shop_id", "flow_id", "offer"], sa.text("flow_id IS NOT NULL")
    )


def downgrade() -> None:
    """Drop it."""
    drop_index("ix_coupons_budget", "coupons")
