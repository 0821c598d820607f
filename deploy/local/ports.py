"""Ports of this machine's loopback address."""

import random
import socket
from itertools import islice

LOOPBACK = "127.0.0.1"
FIRST, LAST = 20000, 32000  # below the ports that the kernel gives to outgoing connections


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_ports(number: int) -> list[int]:
    """So many different ports that nobody listens on, chosen at random so that two who choose at once seldom meet."""
    ports = range(FIRST, LAST + 1)
    return list(islice(filter(is_free, random.sample(ports, len(ports))), number))
