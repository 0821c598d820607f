"""What routing is told by its environment."""

from functools import cached_property

from sqlalchemy import Engine

from shared.db import open_engine
from shared.settings import WorkerSettings


class RoutingSettings(WorkerSettings):
    """Nothing beyond what every service is told; and its database."""

    @cached_property
    def engine(self) -> Engine:
        return open_engine(self.database_url, self.home, "routing")

    @cached_property
    def chain_key(self) -> bytes:
        return self.key("chain")
