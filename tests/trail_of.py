"""Who does things in tests, for the trail."""

from datetime import datetime

from services.records.trail.keeping import Notes
from shared.contracts.trail import Origin, Via

ADMIN = Origin(via=Via.SESSION, who="admin", address="203.0.113.7")


def notes(now: datetime) -> Notes:
    """What the admin does then; kept nowhere unless the test keeps it."""
    return Notes(ADMIN, now)
