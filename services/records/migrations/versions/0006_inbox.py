"""Tickets can be listed by who sees them and by what is due first, and found by their words."""

import json
import re
import unicodedata
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.db import Moment

revision = "0006"
down_revision = "0005"

BITE = 1000
OPEN = "(status || '') IN ('accepted', 'assigned', 'deliberating', 'submitted', 'suspended')"
OPENED = ("handler_post", "opened_at", "id")
DUE: tuple[tuple[str, ...], ...] = ((), ("owner_post",), ("handler_post",), ("level",), ("category",))
GONE: tuple[tuple[str, ...], ...] = (("opened_at", "id"), ("level", "opened_at", "id"))
UNLIMITED = datetime(9999, 1, 1, tzinfo=UTC)

tickets = sa.table(
    "tickets", sa.column("id", sa.Uuid), sa.column("body"), sa.column("about_role"), sa.column("due_at", Moment)
)
texts = sa.table("texts", sa.column("id", sa.Uuid), sa.column("words"))


def upgrade() -> None:
    op.add_column("tickets", sa.Column("about_role", sa.Text))
    op.add_column("tickets", sa.Column("due_at", Moment))
    op.create_table(
        "texts",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_texts"),
    )
    op.drop_index("ix_tickets_overdue", "tickets")
    for columns in GONE:
        op.drop_index(f"ix_tickets_{'_'.join(columns)}", "tickets")
    _fill()
    op.create_index(f"ix_tickets_{'_'.join(OPENED)}", "tickets", OPENED)
    for more in DUE:
        due, is_open = [*more, "due_at", "id"], sa.text(OPEN)
        name = f"ix_tickets_open_{'_'.join(due)}"
        op.create_index(name, "tickets", due, sqlite_where=is_open, postgresql_where=is_open)
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_texts_pairs", "texts", [sa.text("string_to_array(words, ' ')")], postgresql_using="gin")


def _fill() -> None:
    """What the new columns and the new table tell of tickets that are there already."""
    connection, last = op.get_bind(), None
    while True:
        next_ones = sa.select(tickets.c.id, tickets.c.body).order_by(tickets.c.id).limit(BITE)
        rows = connection.execute(next_ones.where(tickets.c.id > last) if last else next_ones).all()
        if not rows:
            return
        last = rows[-1].id
        found = [(row.id, json.loads(row.body)) for row in rows]
        connection.execute(
            sa.update(tickets)
            .where(tickets.c.id == sa.bindparam("key"))
            .values(about_role=sa.bindparam("role"), due_at=sa.bindparam("due")),
            [{"key": id, "role": ticket.get("about_role"), "due": _due_at(ticket)} for id, ticket in found],
        )
        connection.execute(sa.insert(texts), [{"id": id, "words": _words(ticket)} for id, ticket in found])


def _due_at(ticket: dict[str, Any]) -> datetime:
    running = {"assigned": ticket.get("accept_by"), "accepted": ticket.get("resolve_by")}
    if ticket.get("status") not in running:
        return UNLIMITED
    handlers_own = (ticket.get("handler") or {}).get("due_by")
    limits = (limit for limit in (running[ticket["status"]], handlers_own) if limit)
    return min(map(datetime.fromisoformat, limits), default=UNLIMITED)


def _words(ticket: dict[str, Any]) -> str:
    said = (ticket.get(name) for name in ("title", "description", "location_note"))
    return " . ".join(_in_order(each["text"] or "") for each in said if each)


def _in_order(text: str) -> str:
    letters = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).lower())
    return " ".join(map("".join, pairwise(letters))) or letters


def downgrade() -> None:
    op.drop_table("texts")
    for more in DUE:
        op.drop_index(f"ix_tickets_open_{'_'.join([*more, 'due_at', 'id'])}", "tickets")
    op.drop_index(f"ix_tickets_{'_'.join(OPENED)}", "tickets")
    op.drop_column("tickets", "due_at")
    op.drop_column("tickets", "about_role")
    for columns in GONE:
        op.create_index(f"ix_tickets_{'_'.join(columns)}", "tickets", columns)
    op.create_index(
        "ix_tickets_overdue",
        "tickets",
        ["opened_at", "id"],
        sqlite_where=sa.text("overdue = 1"),
        postgresql_where=sa.text("overdue = true"),
    )
