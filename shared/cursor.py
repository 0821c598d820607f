"""Where a page of a list ended: the moment that the list goes by and the ticket, as one text."""

from datetime import UTC, datetime
from uuid import UUID


def write_cursor(at: datetime, id: UUID) -> str:
    """Without a plus, which would be a space in an address."""
    return f"{at.astimezone(UTC).isoformat().replace('+00:00', 'Z')}~{id}"


def read_cursor(cursor: str) -> tuple[datetime, UUID]:
    """The moment and the ticket after which to go on. Raises ``ValueError`` for what is no cursor."""
    at, _, id = cursor.partition("~")
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None:
        raise ValueError("a cursor has an offset")
    try:
        return moment.astimezone(UTC), UUID(id)
    except OverflowError:
        raise ValueError("a cursor is no moment before or after all of them") from None
