"""What notify is told by its environment (``LOUMEN_*``)."""

from datetime import time
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine

from shared.db import open_engine
from shared.settings import WorkerSettings


class NotifySettings(WorkerSettings):
    """``channels`` is the operator's file of bots and webhooks. All seconds are real ones.

    ``digest_at`` is local time where the post is (assumption). ``lane_width``: messages under way at a time by one
    way out (all e-mail, one bot, one webhook). A lease outlasts the slowest try: what is left of a killed worker is
    sent again after it.
    """

    channels: Path = Path("deploy/demo/channels.yaml")
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_from: str = "loumen@localhost.localdomain"
    smtp_from_name: str = "楼门 Loumen"
    smtp_starttls: bool = False
    smtp_user: str | None = None
    smtp_password_file: Path | None = None
    connect_seconds: float = 5
    answer_seconds: float = 10
    digest_at: time = time(18, 0)
    lane_width: int = 32
    lease_seconds: float = 120

    @cached_property
    def engine(self) -> Engine:
        return open_engine(self.database_url, self.home, "notify")

    @property
    def smtp_password(self) -> str | None:
        return self.smtp_password_file.read_text().strip() if self.smtp_password_file else None
