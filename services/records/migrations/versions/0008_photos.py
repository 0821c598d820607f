"""It is known which tickets name a photo."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

MANY = 1000

ledger = sa.table("ledger", sa.column("seq"), sa.column("ticket_id", sa.Uuid), sa.column("version"), sa.column("body"))
photos = sa.table("photos", sa.column("ticket_id", sa.Uuid), sa.column("photo"))


def upgrade() -> None:
    op.create_table(
        "photos",
        sa.Column("ticket_id", sa.Uuid, nullable=False),
        sa.Column("photo", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "photo", name="pk_photos"),
    )
    _fill(op.get_bind())
    op.create_index("ix_photos_photo", "photos", ["photo"])


def _fill(connection: sa.Connection) -> None:
    """From the events that were there before there was this table."""
    said = sa.select(ledger).where(ledger.c.version.is_not(None), ledger.c.body.contains('"photos":["'))
    last = 0
    while rows := connection.execute(said.where(ledger.c.seq > last).order_by(ledger.c.seq).limit(MANY)).all():
        last = rows[-1].seq
        named = {(row.ticket_id, photo) for row in rows for photo in _photos(row.body)}
        here = photos.c.ticket_id.in_({row.ticket_id for row in rows})
        named -= {(row.ticket_id, row.photo) for row in connection.execute(sa.select(photos).where(here))}
        if named:
            connection.execute(sa.insert(photos), [{"ticket_id": id, "photo": photo} for id, photo in sorted(named)])


def _photos(body: str) -> list[str]:
    event = json.loads(body)
    return [*event["ticket"].get("photos", ()), *event.get("photos", ())]


def downgrade() -> None:
    op.drop_table("photos")
