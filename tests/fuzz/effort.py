"""How much is tried, and which: for a longer look ``LOUMEN_FUZZ=20`` tries twenty times as much, and
``LOUMEN_FUZZ_SEED=7`` something else. The same seed tries the same again.
"""

import os

TIMES = int(os.environ.get("LOUMEN_FUZZ", "1"))
SEED = int(os.environ.get("LOUMEN_FUZZ_SEED", "1"))
SECONDS = 300 * TIMES
"""What a test may take, as pytest's timeout."""
