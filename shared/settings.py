"""What all services are told by their environment. Secrets are files, so that they show in no process list."""

import os
import secrets
from functools import cached_property
from pathlib import Path

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict

from shared.clock import Clock

KEYS = ("secret", "chain", "personal")
UNFINISHED = "restoring"
"""The file in a home that is there as long as ``loumen restore`` works on it, and after one that was cut off."""
SECRETS = Path("/run/secrets")
"""Where Compose and Kubernetes put secrets: a file for each setting, e.g. ``amqp_uri``."""


class RestoreUnfinished(SystemExit):
    """The home is half restored: whichever program meets this ends, with a line that says so."""

    def __init__(self) -> None:
        super().__init__(
            "恢复中断，数据不全：请重新运行 loumen restore\n"
            "a restore was cut off, what is here is not whole: run loumen restore again"
        )


class Settings(BaseSettings):
    """``LOUMEN_*`` in the environment, and the two conventional names ``AMQP_URI`` and ``DATABASE_URL``.

    What the environment does not say, a file in ``SECRETS`` may. ``home`` holds what belongs to this installation:
    keys, the clock's anchor, SQLite files, uploads. ``host`` is the address that a process with a door listens on.
    ``database_url`` names a PostgreSQL server; without it each service has a SQLite file in ``home``. ``alive`` is a
    file that a service touches every few seconds, as long as its broker and its database answer. ``metrics_port``:
    where the process answers Prometheus, at ``host``; nowhere without one.
    """

    model_config = SettingsConfigDict(env_prefix="LOUMEN_", frozen=True, extra="ignore")

    home: Path = Path(".run")
    alive: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    metrics_port: int | None = None
    public_url: str = ""
    amqp_uri: str = Field("amqp://guest:guest@127.0.0.1:5672//", validation_alias=AliasChoices("AMQP_URI", "amqp_uri"))
    database_url: str | None = Field(None, validation_alias=AliasChoices("DATABASE_URL", "database_url"))
    action_link_days: int = 90

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # warns of a folder that is not there
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        sources = (init_settings, env_settings)
        return (*sources, SecretsSettingsSource(settings_cls, SECRETS)) if SECRETS.is_dir() else sources

    @cached_property
    def clock(self) -> Clock:
        return Clock(self.home / "clock.json")

    @property
    def base_url(self) -> str:
        """Where people reach the pages; links in messages begin with it."""
        return self.public_url.rstrip("/") or f"http://127.0.0.1:{self.port}"

    def key(self, name: str) -> bytes:
        """One of ``KEYS``: ``secret`` signs tokens and ids, ``chain`` the hash chain, ``personal`` encrypts reporters.

        Raises ``FileNotFoundError`` where the installation has no keys yet (``ensure_keys``), ``RestoreUnfinished``.
        """
        require_whole(self.home)
        return (self.home / "keys" / name).read_bytes().strip()


class WorkerSettings(Settings):
    """And those on nameko: how many calls, timers and batches a process works on at a time."""

    max_workers: int = 10


def require_whole(home: Path) -> None:
    """Raises ``RestoreUnfinished``."""
    if (home / UNFINISHED).exists():
        raise RestoreUnfinished


def ensure_keys(home: Path) -> None:
    """Make the keys that an installation lacks. An existing key is never touched: what it signed must stay valid.

    Raises ``RestoreUnfinished``: over restored data new keys would be wrong ones.
    """
    require_whole(home)
    folder = home / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in KEYS:
        try:
            handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32))
