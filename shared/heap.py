"""What the garbage collector looks through: not what stays for as long as the process does.

Modules and a town's directory are some hundred thousand objects. To look through them all again, as the collector does
now and then, takes a service 50 milliseconds and more, in which it answers nobody.
"""

import gc


def settle() -> None:
    """What is there by now stays. It still goes when nothing refers to it any more."""
    gc.collect()
    gc.freeze()
