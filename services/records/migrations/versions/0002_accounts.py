"""Accounts of staff, their sessions, their tokens, and the tries to sign in."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")
moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("person", sa.Text),
        sa.Column("admin", sa.Boolean, nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("disabled_at", moment),
        sa.PrimaryKeyConstraint("login", name="pk_accounts"),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
    )
    op.create_index("ix_sessions_login", "sessions", ["login"])
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.Column("revoked_at", moment),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("digest", name="uq_api_tokens_digest"),
    )
    op.create_index("ix_api_tokens_login", "api_tokens", ["login"])
    op.create_table(
        "sign_ins",
        sa.Column("id", serial, autoincrement=True, nullable=False),
        sa.Column("login", sa.Text),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("succeeded", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_ins"),
    )
    op.create_index("ix_sign_ins_login_at", "sign_ins", ["login", "at"])
    op.create_index("ix_sign_ins_address_at", "sign_ins", ["address", "at"])


def downgrade() -> None:
    for table in ("sign_ins", "api_tokens", "sessions", "accounts"):
        op.drop_table(table)
