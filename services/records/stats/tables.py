"""The read table of figures: one row a ticket, with what is counted of it."""

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, Table, Text, Uuid

from shared.db import Moment


def facts_table(metadata: MetaData) -> Table:
    return Table(
        "facts",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("week", Text, nullable=False),  # its Monday, where it was handed in
        Column("path", Text().with_variant(Text(collation="C"), "postgresql"), nullable=False),
        Column("category", Text, nullable=False),
        Column("about_role", Text),
        Column("post", Text),  # the first owner; once it has ended the last
        Column("outcome", Text, nullable=False),
        Column("contact_by", Moment),  # none: there is nobody to contact, or no owner yet
        Column("contacted_at", Moment),
        Column("level", Text),  # this and what follows: once it has ended
        Column("rungs", Integer, nullable=False),
        Column("reopenings", Integer, nullable=False),
        Column("said_settled", Boolean),  # by the resident who was called back
        Column("grades", Integer, nullable=False),
        Column("good_grades", Integer, nullable=False),
        Column("stays", Text, nullable=False),  # seconds of work at each level, as JSON
        Index(None, "path"),
        Index(None, "week"),
    )
