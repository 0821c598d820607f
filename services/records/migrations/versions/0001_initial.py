"""The tables of records' first version."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")
moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    _ledger()
    _tickets()
    _parked()
    op.create_table(
        "reporters",
        sa.Column("reporter_ref", sa.Uuid, nullable=False),
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("recorded_at", moment, nullable=False),
        sa.Column("erased_at", moment),
        sa.PrimaryKeyConstraint("reporter_ref", name="pk_reporters"),
    )
    op.create_table(
        "directories",
        sa.Column("version", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("loaded_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_directories"),
    )
    op.create_table(
        "places",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_places"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", serial, autoincrement=True, nullable=False),
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("exchange", sa.String, nullable=False),
        sa.Column("routing_key", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_autoincrement=True,
    )


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("seq", serial, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("prev_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("received_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_ledger"),
        sa.UniqueConstraint("event_id", name="uq_ledger_event_id"),
        sa.UniqueConstraint("ticket_id", "version", name="uq_ledger_ticket_id_version"),
    )


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("path", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("owner_post", sa.Text),
        sa.Column("handler_post", sa.Text),
        sa.Column("overdue", sa.Boolean, nullable=False),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("accept_by", moment),
        sa.Column("resolve_by", moment),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
        sa.UniqueConstraint("code", name="uq_tickets_code"),
    )
    op.create_index("ix_tickets_opened_at_id", "tickets", ["opened_at", "id"])
    op.create_index("ix_tickets_path", "tickets", ["path"])
    for column in ("owner_post", "level", "status"):
        op.create_index(f"ix_tickets_{column}_opened_at_id", "tickets", [column, "opened_at", "id"])
    op.create_index(
        "ix_tickets_overdue",
        "tickets",
        ["opened_at", "id"],
        sqlite_where=sa.text("overdue = 1"),
        postgresql_where=sa.text("overdue = true"),
    )


def _parked() -> None:
    op.create_table(
        "parked",
        sa.Column("id", serial, autoincrement=True, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text),
        sa.Column("properties", sa.Text, nullable=False),
        sa.Column("parked_at", moment, nullable=False),
        sa.Column("resent_at", moment),
        sa.Column("dropped_at", moment),
        sa.PrimaryKeyConstraint("id", name="pk_parked"),
    )
    unresolved = sa.text("resent_at IS NULL AND dropped_at IS NULL")
    op.create_index(
        "uq_parked_unresolved",
        "parked",
        ["digest"],
        unique=True,
        sqlite_where=unresolved,
        postgresql_where=unresolved,
    )


def downgrade() -> None:
    for table in ("outbox", "places", "directories", "reporters", "parked", "tickets", "ledger"):
        op.drop_table(table)
