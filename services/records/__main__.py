"""``python -m services.records``: one process of records; start as many as there is work for."""

from shared.bus.green import patch

patch()

from services.records.worker import Records, settings
from shared import logs
from shared.bus.runner import run

if __name__ == "__main__":
    logs.setup("records")
    run(Records, settings())
