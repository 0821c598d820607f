"""Who holds the post of an open case's handler, where that is another than the owner's."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

FILL = {
    "sqlite": """
        update cases set handler_post = json_extract(ticket, '$.handler.post')
        where owner_post is not null and json_extract(ticket, '$.handler') <> json_extract(ticket, '$.owner')
    """,
    "postgresql": """
        update cases set handler_post = ticket::json -> 'handler' ->> 'post'
        where owner_post is not null and ticket::jsonb -> 'handler' <> ticket::jsonb -> 'owner'
    """,
}


def upgrade() -> None:
    op.add_column("cases", sa.Column("handler_post", sa.String(100)))
    op.add_column("cases", sa.Column("handler_held_by", sa.String(100)))
    op.execute(FILL[op.get_bind().dialect.name])
    worked_on = sa.text("handler_post IS NOT NULL")
    columns = ["handler_post", "handler_held_by"]
    op.create_index("ix_cases_handler_post", "cases", columns, sqlite_where=worked_on, postgresql_where=worked_on)


def downgrade() -> None:
    op.drop_index("ix_cases_handler_post", "cases")
    op.drop_column("cases", "handler_held_by")
    op.drop_column("cases", "handler_post")
