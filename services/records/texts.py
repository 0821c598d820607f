"""The read table of what tickets are found by: a row for each, which stays as it is."""

from typing import Any

from sqlalchemy import Column, Index, MetaData, Table, Text, Uuid, func, literal_column

from services.records.searching import words
from shared.contracts.ticket import Ticket


def texts_table(metadata: MetaData) -> Table:
    texts = Table(
        "texts",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("words", Text, nullable=False),  # what people may look for: searching.words
    )
    Index("ix_texts_pairs", pairs_of(texts), postgresql_using="gin").ddl_if(dialect="postgresql")
    return texts


def pairs_of(texts: Table) -> Any:
    """The pairs of characters one by one. PostgreSQL finds the texts that have some; SQLite looks through them."""
    return func.string_to_array(texts.c.words, literal_column("' '"))


def text_row(ticket: Ticket) -> dict[str, Any]:
    said = (ticket.title, ticket.description, ticket.location_note)
    return {"id": ticket.id, "words": words(each.text or "" for each in said if each)}
