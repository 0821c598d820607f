"""How intake stands."""

from typing import Literal

from pydantic import (
    Field,
)

from services.intake.shapes.words import Answer


class Health(Answer):
    status: str


class Readiness(Answer):
    """How intake stands, and what waits on its own disk for the broker."""

    status: Literal["ready"] = "ready"
    broker: Literal["connected", "away"]
    spooled: int | None = Field(
        description="Tickets of all intakes of this home that wait for the broker; null: the disk cannot be read."
    )
    oldest_seconds: float | None = Field(description="How long the oldest of them has waited.")
    parked: int | None = Field(description="Tickets on the disk that cannot be forwarded: the log says why.")
