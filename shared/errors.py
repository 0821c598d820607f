"""Errors that say by themselves what to do about them, and the one way to tell of an error that ends nothing."""

import sqlite3

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

log = structlog.get_logger()

POSTGRES_MENDS = ("08", "25006", "40", "53", "55", "57", "58")
"""SQLSTATEs that have nothing to do with the message, by how they begin: no connection, a standby that takes no
writes, a conflict of two transactions, no room, in use, an operator's hand, an error of the machine's."""
SQLITE_MENDS = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
    )
)


class Transient(Exception):
    """It will work later: the message is held and tried again, and no retry is counted."""


def is_transient(error: Exception) -> bool:
    """Time will mend it: ours, or the database is away, full, restarting or locked.

    An error that comes of the message itself must not pass for one: it would be held for ever, and all behind it.
    """
    if not isinstance(error, DBAPIError):
        return isinstance(error, Transient | PoolTimeout)
    if error.connection_invalidated:
        return True
    if state := getattr(error.orig, "sqlstate", None):
        return str(state).startswith(POSTGRES_MENDS)
    if code := getattr(error.orig, "sqlite_errorcode", None):
        return code & 0xFF in SQLITE_MENDS  # the low byte of what SQLite says in more detail
    return isinstance(error, OperationalError | InterfaceError)  # without a code: there never was a connection


def report(error: Exception, event: str, **context: object) -> None:
    """For what is tried again in any case: one line where time will mend it, the traceback where it will not."""
    if is_transient(error):
        log.warning(event, reason=repr(error), **context)
    else:
        log.error(event, exc_info=error, **context)
