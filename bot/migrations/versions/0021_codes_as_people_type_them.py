"""Codes found as people type them, in small letters or large: staff look one up, and an order's notice names one.

One index, made while the program serves.
"""

from __future__ import annotations

import sqlalchemy as sa

from bot.migrations.online import drop_index, make_index

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """By letters of one size."""
    make_index("ix_coupons_typed", "coupons", ["shop_id", sa.text("upper(code)")])


def downgrade() -> None:
    """Drop it."""
    drop_index("ix_coupons_typed", "coupons")
