"""The tables of accounts. Of a session and of a token only the SHA-256 is there: who reads this database cannot sign in
with it.
"""

from sqlalchemy import Boolean, Column, Index, MetaData, String, Table, Text, Uuid

from shared.db import Moment, Serial


def account_tables(tables: MetaData) -> tuple[Table, Table, Table, Table]:
    """Accounts, sessions, tokens, and tries to sign in."""
    accounts = Table(
        "accounts",
        tables,
        Column("login", Text, primary_key=True),
        Column("person", Text),
        Column("admin", Boolean, nullable=False),
        Column("password", Text, nullable=False),  # Argon2id, in its own notation
        Column("made_at", Moment, nullable=False),
        Column("disabled_at", Moment),
    )

    sessions = Table(
        "sessions",
        tables,
        Column("digest", String(64), primary_key=True),
        Column("login", Text, nullable=False),
        Column("opened_at", Moment, nullable=False),
        Column("ends_at", Moment, nullable=False),
        Index(None, "login"),
    )

    api_tokens = Table(
        "api_tokens",
        tables,
        Column("id", Uuid, primary_key=True),
        Column("digest", String(64), nullable=False, unique=True),
        Column("login", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("scopes", Text, nullable=False),  # codes with a space between
        Column("made_at", Moment, nullable=False),
        Column("ends_at", Moment, nullable=False),
        Column("revoked_at", Moment),
        Index(None, "login"),
    )

    sign_ins = Table(
        "sign_ins",
        tables,
        Column("id", Serial, primary_key=True),
        Column("login", Text),  # none where no account is called so: somebody may have typed the password there
        Column("name", String(64)),  # a keyed digest of what was typed; none of before it was kept
        Column("address", Text, nullable=False),
        Column("at", Moment, nullable=False),
        Column("succeeded", Boolean, nullable=False),
        Index(None, "name", "at"),
        Index(None, "address", "at"),
    )
    return accounts, sessions, api_tokens, sign_ins
