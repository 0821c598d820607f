"""The trail: who did what, when and from where."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "trail",
        sa.Column("seq", serial, autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("who", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("prev_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_trail"),
        sa.UniqueConstraint("id", name="uq_trail_id"),
    )
    op.create_index("ix_trail_at", "trail", ["at"])
    for column in ("what", "who", "subject"):
        op.create_index(f"ix_trail_{column}_seq", "trail", [column, "seq"])
    op.create_table(
        "trail_head",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("seq", serial, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trail_head"),
    )


def downgrade() -> None:
    op.drop_table("trail_head")
    op.drop_table("trail")
