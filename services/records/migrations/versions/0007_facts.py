"""What is counted of each ticket. Filled for what is there already by ``loumen ledger rebuild``."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "facts",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("week", sa.Text, nullable=False),
        sa.Column("path", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("about_role", sa.Text),
        sa.Column("post", sa.Text),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("contact_by", moment),
        sa.Column("contacted_at", moment),
        sa.Column("level", sa.Text),
        sa.Column("rungs", sa.Integer, nullable=False),
        sa.Column("reopenings", sa.Integer, nullable=False),
        sa.Column("said_settled", sa.Boolean),
        sa.Column("grades", sa.Integer, nullable=False),
        sa.Column("good_grades", sa.Integer, nullable=False),
        sa.Column("stays", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_facts"),
    )
    op.create_index("ix_facts_path", "facts", ["path"])
    op.create_index("ix_facts_week", "facts", ["week"])


def downgrade() -> None:
    op.drop_table("facts")
