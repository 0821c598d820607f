"""Open tickets can be found by their place without passing the closed ones."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    is_open = sa.text("(status || '') IN ('accepted', 'assigned', 'deliberating', 'submitted', 'suspended')")
    op.create_index("ix_tickets_open_path", "tickets", ["path"], sqlite_where=is_open, postgresql_where=is_open)


def downgrade() -> None:
    op.drop_index("ix_tickets_open_path", "tickets")
