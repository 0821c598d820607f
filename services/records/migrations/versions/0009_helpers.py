"""Whoever was summoned to a ticket finds it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

HELPED = sa.text("helper_posts IS NOT NULL")


def upgrade() -> None:
    """Nobody was ever summoned before."""
    op.add_column("tickets", sa.Column("helper_posts", sa.Text))
    op.create_index(
        "ix_tickets_helped_due_at_id", "tickets", ["due_at", "id"], sqlite_where=HELPED, postgresql_where=HELPED
    )


def downgrade() -> None:
    op.drop_index("ix_tickets_helped_due_at_id", "tickets")
    op.drop_column("tickets", "helper_posts")
