"""Where throwaway servers of tests keep their files: in memory where there is enough of it.

A database made, copied and dropped there costs a quarter of what it costs on a disk, even with fsync off.
"""

import os
import shutil
from pathlib import Path

PLACE = Path("/dev/shm")
ENOUGH_BYTES = 6 << 30


def in_memory() -> Path | None:
    """Return a directory in memory with room for a test run; None: the usual temporary directory has to do."""
    if not os.access(PLACE, os.W_OK | os.X_OK) or shutil.disk_usage(PLACE).free < ENOUGH_BYTES:
        return None
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return PLACE if memory >= 2 * ENOUGH_BYTES else None
