"""What people do with a conversation: notes, drafts, read marks, promises, ready-made replies, who is looking.

Additive: a process of the version before goes on working beside it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

import bot.models.base
from bot.migrations.online import drop_index, make_index

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TABLES = ("notes", "drafts", "read_marks", "watches", "promises", "ready_replies")


def upgrade() -> None:
    """The index first: on PostgreSQL it is outside the transaction of the rest."""
    make_index(
        "ix_conversations_with_people",
        "conversations",
        ["shop_id", "last_inbound_at"],
        sa.text("holder <> 'bot'"),
    )
    for column in _carried():
        op.add_column("conversations", column)
    op.add_column("outbound", sa.Column("staff_id", _id(), nullable=True))
    op.create_table(
        "notes",
        *_first(),
        sa.Column("conversation_id", _id(), nullable=False),
        sa.Column("staff_id", _id(), nullable=True),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", _instant(), nullable=False),
        _within_conversations("notes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_table(
        "drafts",
        *_first(),
        sa.Column("conversation_id", _id(), nullable=False),
        sa.Column("staff_id", _id(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("outbound_id", _id(), nullable=True),
        sa.Column("at", _instant(), nullable=False),
        _within_conversations("drafts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint("conversation_id", "staff_id", name=op.f("uq_drafts_conversation_id")),
    )
    op.create_table(
        "read_marks",
        *_first(),
        sa.Column("conversation_id", _id(), nullable=False),
        sa.Column("staff_id", _id(), nullable=False),
        sa.Column("inbound_id", _id(), nullable=False),
        _within_conversations("read_marks"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_marks")),
        sa.UniqueConstraint("staff_id", "conversation_id", name=op.f("uq_read_marks_staff_id")),
    )
    op.create_table(
        "watches",
        *_first(),
        sa.Column("conversation_id", _id(), nullable=False),
        sa.Column("staff_id", _id(), nullable=False),
        sa.Column("looks_until", _instant(), nullable=False),
        sa.Column("types_until", _instant(), nullable=True),
        _within_conversations("watches"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watches")),
        sa.UniqueConstraint("staff_id", "conversation_id", name=op.f("uq_watches_staff_id")),
    )
    op.create_table(
        "promises",
        *_first(),
        sa.Column("conversation_id", _id(), nullable=False),
        sa.Column("staff_id", _id(), nullable=True),
        sa.Column("what", sa.String(300), nullable=False),
        sa.Column("due_at", _instant(), nullable=False),
        sa.Column("kept_at", _instant(), nullable=True),
        sa.Column("told_at", _instant(), nullable=True),
        sa.Column("at", _instant(), nullable=False),
        _within_conversations("promises"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
    )
    op.create_table(
        "ready_replies",
        *_first(),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("at", _instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ready_replies")),
        sa.UniqueConstraint("shop_id", "name", "language", name=op.f("uq_ready_replies_shop_id")),
    )
    op.create_index("ix_notes_of_conversation", "notes", ["shop_id", "conversation_id", "id"])
    op.create_index(
        "ix_drafts_of_the_bot", "drafts", ["conversation_id"], unique=True, **_where("staff_id IS NULL")
    )
    op.create_index("ix_watches_of_conversation", "watches", ["conversation_id"])
    op.create_index("ix_promises_of_conversation", "promises", ["shop_id", "conversation_id"])
    op.create_index("ix_promises_open", "promises", ["shop_id", "due_at"], **_where("kept_at IS NULL"))


def downgrade() -> None:
    """Drop them."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    op.drop_column(
        "outbound", "staff_id"
    )  # in place: a table made anew would leave its children without a parent
    for column in reversed(_carried()):
        op.drop_column("conversations", column.name)
    drop_index("ix_conversations_with_people", "conversations")


def _carried() -> list[sa.Column[Any]]:
    return [
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("team", sa.String(64), nullable=True),
        *(
            sa.Column(name, _instant(), nullable=True)
            for name in (
                "owed_since",
                "snoozed_until",
                "closed_at",
                "return_at",
                "returned_at",
                "marketing_paused_until",
            )
        ),
        sa.Column("bot_drafts", sa.Boolean(), nullable=False, server_default=sa.false()),
    ]


def _first() -> list[sa.Column[Any]]:
    own = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return [
        sa.Column("id", own, autoincrement=True, nullable=False),
        sa.Column("shop_id", sa.BigInteger(), nullable=False),
    ]


def _within_conversations(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["shop_id", "conversation_id"],
        ["conversations.shop_id", "conversations.id"],
        name=op.f(f"fk_{table}_shop_id"),
    )


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def _id() -> Any:
    return sa.BigInteger()


def _instant() -> Any:
    return bot.models.base.UtcDateTime(timezone=True)
