"""Which tickets are open stands in a column of its own: what is open and what has ended have indexes apart, which cost
little to plan with. PostgreSQL finds by each post the tickets that it was summoned to.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

STATUSES = ("accepted", "assigned", "deliberating", "submitted", "suspended")
WAS_OPEN = sa.text(f"(status || '') IN {STATUSES}")
HELPED = sa.text("helper_posts IS NOT NULL")
HELPERS = sa.text("string_to_array(helper_posts, '/')")
PATH = ("path",)
DUE = (("due_at", "id"), *((each, "due_at", "id") for each in ("owner_post", "handler_post", "level", "category")))
BY_STATUS = ("status", "due_at", "id")
OPENED = tuple((each, "opened_at", "id") for each in ("owner_post", "handler_post", "status"))

tickets = sa.table("tickets", sa.column("status"), sa.column("open", sa.Boolean))
IS_OPEN, HAS_ENDED = tickets.c.open == sa.true(), tickets.c.open == sa.false()


def upgrade() -> None:
    """To say of the open ones alone that they are leaves the other rows where they lie."""
    op.add_column("tickets", sa.Column("open", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute(sa.update(tickets).where(tickets.c.status.in_(STATUSES)).values(open=True))
    for columns in (PATH, *DUE):
        op.drop_index(_name("open_", columns), "tickets")
    for columns in (PATH, *OPENED):
        op.drop_index(_name("", columns), "tickets")
        _create("ended_", columns, HAS_ENDED)
    for columns in (PATH, *DUE, BY_STATUS):
        _create("open_", columns, IS_OPEN)
    if _is_postgresql():
        op.create_index("ix_tickets_helpers", "tickets", [HELPERS], postgresql_using="gin", postgresql_where=HELPED)


def downgrade() -> None:
    for columns in (PATH, *DUE, BY_STATUS):
        op.drop_index(_name("open_", columns), "tickets")
    for columns in (PATH, *OPENED):
        op.drop_index(_name("ended_", columns), "tickets")
        op.create_index(_name("", columns), "tickets", columns)
    for columns in (PATH, *DUE):
        _create("open_", columns, WAS_OPEN)
    if _is_postgresql():
        op.drop_index("ix_tickets_helpers", "tickets")
    op.drop_column("tickets", "open")


def _create(kind: str, columns: tuple[str, ...], where: sa.ColumnElement[bool] | sa.TextClause) -> None:
    op.create_index(_name(kind, columns), "tickets", columns, sqlite_where=where, postgresql_where=where)


def _name(kind: str, columns: tuple[str, ...]) -> str:
    return f"ix_tickets_{kind}{'_'.join(columns)}"


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
