"""``python -m services.routing``: one process of routing; start as many as there is work for."""

from shared.bus.green import patch

patch()

from services.routing.worker import Routing, settings
from shared import logs
from shared.bus.runner import run

if __name__ == "__main__":
    logs.setup("routing")
    run(Routing, settings())
