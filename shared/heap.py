"""What a service has in its memory: nothing that it never uses. And what the garbage collector looks through there: not
what stays for as long as the process does.

Modules and a town's directory are some hundred thousand objects. To look through them all again, as the collector does
now and then, takes a service 50 milliseconds and more, in which it answers nobody.
"""

import gc
import sys


def leave_out_colours() -> None:
    """Before structlog is imported: it would load rich, where that is installed, for coloured tracebacks, which no
    service shows. That is 4 MB in each.
    """
    sys.modules["rich"] = None  # type: ignore[assignment]  # so Python spells: not to be imported


def settle() -> None:
    """What is there by now stays. It still goes when nothing refers to it any more."""
    gc.collect()
    gc.freeze()
