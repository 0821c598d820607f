"""A digest of who wanted what beside the answer that was given, so that an id used for another wish is known."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("answers", sa.Column("wish", sa.String(64)))


def downgrade() -> None:
    op.drop_column("answers", "wish")
