"""To which year the holidays were known when an open case got its limits, where these are provisional."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

FILL = {
    "sqlite": """
        update cases set known_to = 0 where json_extract(ticket, '$.provisional') and owner_post is not null
    """,
    "postgresql": """
        update cases set known_to = 0 where ticket::json ->> 'provisional' = 'true' and owner_post is not null
    """,
}
"""Those are looked at once, by the holidays of now."""


def upgrade() -> None:
    op.add_column("cases", sa.Column("known_to", sa.Integer))
    op.execute(FILL[op.get_bind().dialect.name])
    provisional = sa.text("known_to IS NOT NULL")
    index = "ix_cases_known_to"
    op.create_index(index, "cases", ["known_to"], sqlite_where=provisional, postgresql_where=provisional)


def downgrade() -> None:
    op.drop_index("ix_cases_known_to", "cases")
    op.drop_column("cases", "known_to")
