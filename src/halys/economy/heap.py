"""Memory that stays with the process between solves.

A batch takes and frees arrays of a few megabytes thousands of times. glibc gives the top of its heap back to the system
whenever enough of it is free, and fetches it again, page by page, for the next array: where workers of a cluster solve,
outside the main thread, that takes as long as the arithmetic. A pad above what is asked for ends it.
"""

from __future__ import annotations

import ctypes
import functools
import sys
from typing import Final

PAD: Final = 64 << 20  # bytes
_M_TOP_PAD: Final = -2  # of malloc.h


@functools.cache
def keep_memory() -> bool:
    """Let the allocator keep `PAD` bytes more than it needs, from now on; returns whether it could be told.

    No result depends on it.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # none where the C library is another, as musl
    return mallopt is not None and bool(mallopt(_M_TOP_PAD, PAD))
