"""The index of the lapsed has the id in it: a page of them begins where the last one ended.

Many last orders are of the same moment (exports have days). Without the id each page sorts all of that moment anew.
"""

from __future__ import annotations

from bot.migrations.online import drop_index, make_index

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The new one first: whoever asks meanwhile has one of the two."""
    make_index("ix_customers_last_order", "customers", ["shop_id", "last_order_at", "id"])
    drop_index("ix_customers_lapsed", "customers")


def downgrade() -> None:
    """The old one."""
    make_index("ix_customers_lapsed", "customers", ["shop_id", "last_order_at"])
    drop_index("ix_customers_last_order", "customers")
