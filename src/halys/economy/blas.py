"""BLAS held to one thread: the products of a solve are small and many threads slow them down."""

from __future__ import annotations

import threading
from collections.abc import Callable

from threadpoolctl import ThreadpoolController


class _OneBlasThread:
    """Holds BLAS to one thread while any solve runs, in whatever thread, and gives it back after the last."""

    def __init__(self) -> None:
        self._lock, self._running = threading.Lock(), 0
        self._controller: ThreadpoolController | None = None
        self._restore: Callable[[], None] | None = None

    def __enter__(self) -> None:
        with self._lock:
            if self._running == 0:
                self._controller = self._controller or ThreadpoolController()  # looks for BLAS once: it takes 0.2 ms
                self._restore = self._controller.limit(limits=1, user_api="blas").restore_original_limits
            self._running += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._running -= 1
            if self._running == 0 and self._restore is not None:
                self._restore()


one_blas_thread = _OneBlasThread()
