"""``python -m services.notify``: one process of notify; start as many as there is work for."""

from shared.bus.green import patch

patch()

import sys

from services.notify.groups import InvalidChannels
from services.notify.worker import Notify, channels, settings
from shared import logs
from shared.bus.runner import run

if __name__ == "__main__":
    logs.setup("notify")
    try:
        channels()
    except InvalidChannels as error:
        sys.exit(str(error))
    run(Notify, settings())
