"""What was done to a case last and by whom, for whoever comes too late; NULL until something is."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("cases", sa.Column("last", sa.Text))


def downgrade() -> None:
    op.drop_column("cases", "last")
