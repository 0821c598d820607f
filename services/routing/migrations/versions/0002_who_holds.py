"""Who holds the post of an open case's owner, so that a change of hands is felt."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

FILL = {
    "sqlite": """
        update cases set owner_post = json_extract(ticket, '$.owner.post')
        where json_extract(ticket, '$.status') in ('assigned', 'accepted', 'deliberating', 'suspended')
    """,
    "postgresql": """
        update cases set owner_post = ticket::json -> 'owner' ->> 'post'
        where ticket::json ->> 'status' in ('assigned', 'accepted', 'deliberating', 'suspended')
    """,
}


def upgrade() -> None:
    op.add_column("cases", sa.Column("owner_post", sa.String(100)))
    op.add_column("cases", sa.Column("held_by", sa.String(100)))
    op.execute(FILL[op.get_bind().dialect.name])
    owned = sa.text("owner_post IS NOT NULL")
    columns = ["owner_post", "held_by"]
    op.create_index("ix_cases_owner_post", "cases", columns, sqlite_where=owned, postgresql_where=owned)


def downgrade() -> None:
    op.drop_index("ix_cases_owner_post", "cases")
    op.drop_column("cases", "held_by")
    op.drop_column("cases", "owner_post")
