"""Alembic's entry: hands it our metadata and the connection that `bot.schema.migrate` opened."""

from __future__ import annotations

from alembic import context

from bot.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
