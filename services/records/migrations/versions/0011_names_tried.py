"""A name that nobody has is counted as any other: by a digest, as somebody may have typed the password there."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Tries of before are of no name: they count for a quarter of an hour at most."""
    op.add_column("sign_ins", sa.Column("name", sa.String(64)))
    op.drop_index("ix_sign_ins_login_at", "sign_ins")
    op.create_index("ix_sign_ins_name_at", "sign_ins", ["name", "at"])


def downgrade() -> None:
    op.drop_index("ix_sign_ins_name_at", "sign_ins")
    op.create_index("ix_sign_ins_login_at", "sign_ins", ["login", "at"])
    op.drop_column("sign_ins", "name")
