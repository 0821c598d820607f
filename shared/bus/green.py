"""Makes a process green. A service's ``__main__`` imports this before anything else, and calls ``patch`` at once."""

import os
import warnings

# Known and decided (docs/decisions); other warnings stay.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet  # noqa: E402  the notice comes on import


def patch() -> None:
    """Before psycopg is imported: its C wait would block the whole process."""
    os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"
    eventlet.monkey_patch()
