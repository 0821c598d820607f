"""Makes a process green. A service's ``__main__`` imports this before anything else, and calls ``patch`` at once."""

import os
import warnings
from functools import partial

# Known and decided (docs/decisions); other warnings stay.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

# eventlet's own way to look names up has dnspython in memory twice: 16 MB.
os.environ["EVENTLET_NO_GREENDNS"] = "yes"

import eventlet  # noqa: E402  the notice comes on import
from eventlet import tpool  # noqa: E402
from eventlet.green import socket  # noqa: E402

from shared.heap import leave_out_colours  # noqa: E402


def patch() -> None:
    """Before psycopg is imported: its C wait would block the whole process.

    Names are looked up in real threads: who waits for a slow name server holds up nobody else.
    """
    leave_out_colours()
    os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"
    socket.getaddrinfo = partial(tpool.execute, socket.getaddrinfo)
    eventlet.monkey_patch()
