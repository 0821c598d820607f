"""The calls about the trail, which records answers."""

from datetime import UTC, datetime
from typing import Any

from services.records.settings import RecordsSettings
from services.records.trail import reading as trail
from services.records.trail.keeping import TooYoung, cut, noting
from shared.bus.rpc import rpc
from shared.contracts.trail import TrailWanted, What
from shared.db import reading, transaction

Json = dict[str, Any]


class TrailCalls:
    """Part of ``Records``."""

    settings: RecordsSettings

    @rpc
    def trail(self, wanted: Json, before: int | None = None, limit: int = 50) -> Json:
        with reading(self.settings.engine) as connection:
            found = trail.page_of_trail(connection, TrailWanted.model_validate(wanted), before, limit)
        return found.model_dump(mode="json")

    @rpc
    def trail_links(self, after: int | None, limit: int) -> list[Json]:
        with reading(self.settings.engine) as connection:
            return [each.model_dump(mode="json") for each in trail.links(connection, after, limit)]

    @rpc
    def trail_head(self) -> Json | None:
        with reading(self.settings.engine) as connection:
            found = trail.head(connection)
        return found.model_dump(mode="json") if found else None

    @rpc
    def exported(self, subject: str, wanted: Json, origin: Json | None = None) -> None:
        """Somebody takes something out that is read in pages: noted before the first of them."""
        with (
            transaction(self.settings.engine) as connection,
            noting(connection, self.settings.chain_key, origin, datetime.now(UTC)) as notes,
        ):
            notes.note(What.EXPORTED, subject, wanted=wanted)

    @rpc
    def cut_trail(self, before: str, origin: Json | None = None) -> int | None:
        """None for a moment that is too young."""
        key = self.settings.chain_key
        try:
            with (
                transaction(self.settings.engine) as connection,
                noting(connection, key, origin, datetime.now(UTC)) as notes,
            ):
                return cut(connection, datetime.fromisoformat(before), key, notes)
        except TooYoung:
            return None
