"""What records is told by its environment."""

from functools import cached_property

from cryptography.fernet import Fernet
from sqlalchemy import Engine

from shared.db import open_engine
from shared.sealing import cipher
from shared.settings import WorkerSettings


class RecordsSettings(WorkerSettings):
    """Nothing beyond what every service is told; its database, the cipher for reporters, and the key of the trail."""

    @cached_property
    def engine(self) -> Engine:
        return open_engine(self.database_url, self.home, "records")

    @cached_property
    def personal(self) -> Fernet:
        return cipher(self.key("personal"), "reporters")

    @cached_property
    def chain_key(self) -> bytes:
        return self.key("chain")
