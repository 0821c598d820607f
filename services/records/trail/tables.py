"""The tables of the trail: its entries, and one row with its end."""

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text, Uuid

from shared.db import Moment, Serial


def trail_tables(tables: MetaData) -> tuple[Table, Table]:
    """The trail, and its head."""
    trail = Table(
        "trail",
        tables,
        Column("seq", Serial, primary_key=True, autoincrement=False),
        Column("id", Uuid, nullable=False, unique=True),
        Column("at", Moment, nullable=False),
        Column("what", Text, nullable=False),
        Column("who", Text),
        Column("subject", Text),
        Column("prev_hash", String(64), nullable=False),
        Column("hash", String(64), nullable=False),
        Column("body", Text, nullable=False),  # the entry as JSON, as it was sealed
        Index(None, "at"),
        Index(None, "what", "seq"),
        Index(None, "who", "seq"),
        Index(None, "subject", "seq"),
    )
    trail_head = Table(
        "trail_head",
        tables,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("seq", Serial, nullable=False),
        Column("hash", String(64), nullable=False),
        Column("seal", String(64), nullable=False),
    )
    return trail, trail_head
