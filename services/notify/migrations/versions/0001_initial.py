"""The tables of notify's first version."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    _deliveries()
    op.create_table(
        "tickets",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("owner_assignment", sa.Integer),
        sa.Column("handler_assignment", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
    )
    op.create_table(
        "unreachable",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unreachable"),
    )
    op.create_table(
        "directory",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_directory"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=True, nullable=False),
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("exchange", sa.String, nullable=False),
        sa.Column("routing_key", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_autoincrement=True,
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("target", sa.Text),
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("post", sa.Text),
        sa.Column("person", sa.Text),
        sa.Column("assignment", sa.Integer),
        sa.Column("mentions", sa.Text, nullable=False),
        sa.Column("traceparent", sa.Text, nullable=False),
        sa.Column("body", sa.Text),
        sa.Column("fate", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", moment, nullable=False),
        sa.Column("free_at", moment, nullable=False),
        sa.Column("tried_at", moment),
        sa.Column("message_id", sa.Uuid),
        sa.Column("last_error", sa.Text),
        sa.Column("receipt", sa.Text),
        sa.Column("sent_at", moment),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    pending, bots = sa.text("fate = 'pending'"), sa.text("channel = 'wecom'")
    op.create_index("ix_deliveries_ticket_id", "deliveries", ["ticket_id"])
    in_turn = ["next_at", "lane", "person", "id"]
    op.create_index("ix_deliveries_due", "deliveries", in_turn, sqlite_where=pending, postgresql_where=pending)
    op.create_index("ix_deliveries_tried", "deliveries", ["lane", "tried_at"], sqlite_where=bots, postgresql_where=bots)


def downgrade() -> None:
    for table in ("outbox", "directory", "unreachable", "tickets", "deliveries"):
        op.drop_table(table)
