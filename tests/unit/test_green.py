"""What a green process may wait for without holding up the rest of itself."""

import subprocess
import sys

PROGRAM = """
from shared.bus.green import patch, socket
from time import sleep
look_up = socket.getaddrinfo

def slowly(*asked):
    sleep(0.5)  # the real one: the name server takes its time
    return look_up(*asked)

socket.getaddrinfo = slowly
patch()

import socket, threading, time
served = socket.create_server(("127.0.0.1", 0))
turns = []

def work():
    while True:
        turns.append(time.monotonic())
        time.sleep(0.01)

threading.Thread(target=work, daemon=True).start()
assert socket.getaddrinfo("localhost", 80)
asked = len(turns)
socket.create_connection(served.getsockname()).close()
print(asked, len(turns) - asked)
try:
    socket.getaddrinfo("nobody.invalid", 80)
except socket.gaierror:
    print("unknown")
"""


def test_a_slow_name_server_holds_up_nobody_else() -> None:
    """While one green thread looks a name up, or connects by name, the others go on; a name that is not known is an
    error as ever, and the process ends when it is done."""
    program = [sys.executable, "-W", "error", "-c", PROGRAM]
    done = subprocess.run(program, capture_output=True, text=True, check=True, timeout=30)
    turns, unknown = done.stdout.splitlines()
    assert all(int(each) >= 10 for each in turns.split()), done.stdout
    assert unknown == "unknown"
