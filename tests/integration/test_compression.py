"""How PostgreSQL compresses long rows for us."""

from pathlib import Path

import pytest
from sqlalchemy import text

from shared.db import LZ4, open_engine, transaction


def test_long_rows_are_compressed_by_lz4(database_url: str | None, home: Path) -> None:
    """Every transaction of ours has LZ4 where the server knows it, also after one that was rolled back; a server that
    does not is left as it is."""
    if database_url is None:
        pytest.skip("SQLite compresses nothing")
    engine = open_engine(database_url, home, "public")
    with pytest.raises(ZeroDivisionError), transaction(engine):
        raise ZeroDivisionError
    with transaction(engine) as connection:
        assert connection.execute(text("show default_toast_compression")).scalar() == "lz4"
        unknown = LZ4.replace("'lz4' = any", "'zip' = any").replace("name, 'lz4'", "name, 'zip'")
        assert connection.execute(text(unknown)).all() == []
    engine.dispose()
