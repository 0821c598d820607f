"""The read table of what tickets are found by: a row for each, which stays as it is."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Dialect,
    Index,
    MetaData,
    Table,
    Text,
    Uuid,
    cast,
    false,
    func,
    literal_column,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.records.searching import terms, words
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


def holding(texts: Table, asked: str, dialect: Dialect) -> list[ColumnElement[bool]]:
    """That each part of what was asked for occurs. What has nothing to look for (a sign alone) occurs nowhere."""
    wanted = terms(asked)
    if not wanted:
        return [false()]
    pairs = sorted({pair for term in wanted for pair in term.split() if len(pair) > 1})
    if dialect.name == "sqlite" or not pairs:
        return [texts.c.words.contains(term) for term in wanted]
    return [all_of(pairs_of(texts), pairs), *(_in_order(texts, term) for term in wanted if term not in pairs)]


def all_of(array: Any, wanted: Sequence[str]) -> ColumnElement[bool]:
    """Written as PostgreSQL's indexes of what is in an array want it."""
    held: ColumnElement[bool] = array.op("@>", is_comparison=True)(cast(wanted, ARRAY(Text)))
    return held


def _in_order(texts: Table, term: str) -> ColumnElement[bool]:
    """Of pairs that are there. By ``like`` PostgreSQL would reckon that few of those few are left, take any word for a
    rare one, and look up all that have it."""
    return func.strpos(texts.c.words, term) > 0


def text_row(ticket: Ticket) -> dict[str, Any]:
    """Found by what the resident wrote, and by another system's number."""
    said = (ticket.title, ticket.description, ticket.location_note)
    number = (ticket.external_ref,) if ticket.external_ref else ()
    return {"id": ticket.id, "words": words((*(each.text or "" for each in said if each), *number))}
