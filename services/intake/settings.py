"""What intake is told by its environment, beside what every service is told."""

from shared.settings import Settings


class IntakeSettings(Settings):
    """``LOUMEN_*``. ``photos`` is where they are kept (``uploads_store.open_store``); one that no ticket names within
    ``photo_orphan_hours`` (*assumption*) is removed.
    ``confirm_timeout_seconds``: how long a message waits for the broker before intake keeps it on its own disk.
    """

    body_limit_bytes: int = 256 * 1024
    photos: str = ""
    photo_orphan_hours: float = 24
    photo_sweep_seconds: float = 3600
    directory_check_seconds: float = 30
    call_timeout_seconds: float = 5
    confirm_timeout_seconds: float = 2
