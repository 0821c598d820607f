"""What records is told by its environment."""

from functools import cached_property

from cryptography.fernet import Fernet
from pydantic import Field
from sqlalchemy import Engine

from services.records.stats.figures import Weights
from shared.db import open_engine
from shared.sealing import cipher
from shared.settings import WorkerSettings


class RecordsSettings(WorkerSettings):
    """Beyond what every service is told ``stats_smallest``: of fewer tickets no figures are told; ``stats_weights``:
    what 响应率, 解决率 and 满意率 count in the score (*assumption*: the same). Its database, the cipher for reporters,
    and the key of the trail.
    """

    stats_smallest: int = Field(5, ge=1)
    stats_weights: Weights = Weights(1, 1, 1)

    @cached_property
    def engine(self) -> Engine:
        return open_engine(self.database_url, self.home, "records")

    @cached_property
    def personal(self) -> Fernet:
        return cipher(self.key("personal"), "reporters")

    @cached_property
    def chain_key(self) -> bytes:
        return self.key("chain")
