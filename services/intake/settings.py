"""What intake is told by its environment, beside what every service is told."""

from pydantic import AliasChoices, Field

from shared.settings import Settings


class IntakeSettings(Settings):
    """``LOUMEN_*``. ``photos`` is where they are kept (``uploads_store.open_store``), ``photos_key`` the credentials of
    an S3-compatible store (``access key:secret``; also the file ``photos_key`` in ``SECRETS``). A photo that no ticket
    names within ``photo_orphan_hours`` (*assumption*) is removed.
    ``confirm_timeout_seconds``: how long a message waits for the broker before intake keeps it on its own disk.
    """

    body_limit_bytes: int = 256 * 1024
    photos: str = ""
    photos_key: str = Field("", validation_alias=AliasChoices("LOUMEN_PHOTOS_KEY", "photos_key"))
    photo_orphan_hours: float = 24
    photo_sweep_seconds: float = 3600
    directory_check_seconds: float = 30
    call_timeout_seconds: float = 5
    confirm_timeout_seconds: float = 2
