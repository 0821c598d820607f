"""The hotline's orders can be found by when they last changed."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

MANY = 1000

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
    )
    op.create_index("ix_orders_changed_at_id", "orders", ["changed_at", "id"])
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    """From the tickets that came from the hotline with a number before there was this table."""
    tickets = sa.table("tickets", sa.column("id", sa.Uuid), sa.column("version"), sa.column("body"))
    ledger = sa.table("ledger", sa.column("ticket_id", sa.Uuid), sa.column("version"), sa.column("at", moment))
    orders = sa.table("orders", sa.column("id", sa.Uuid), sa.column("version"), sa.column("changed_at", moment))
    newest = sa.and_(ledger.c.ticket_id == tickets.c.id, ledger.c.version == tickets.c.version)
    found = sa.select(tickets, ledger.c.at).join(ledger, newest).where(tickets.c.body.contains('"hotline"'))
    for some in connection.execute(found).partitions(MANY):
        rows = [{"id": each.id, "version": each.version, "changed_at": each.at} for each in some if _ordered(each)]
        if rows:
            connection.execute(sa.insert(orders), rows)


def _ordered(row: sa.Row[Any]) -> bool:
    ticket = json.loads(row.body)
    return ticket.get("source") == "hotline" and ticket.get("external_ref") is not None


def downgrade() -> None:
    op.drop_table("orders")
