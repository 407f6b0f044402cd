"""BLAS held to one thread: the products of a solve are small and many threads slow them down."""

from __future__ import annotations

import threading
from collections.abc import Callable

from threadpoolctl import OpenBLASController, ThreadpoolController


class _OneBlasThread:
    """Holds BLAS to one thread while any solve runs, in whatever thread, and gives it back after the last.

    From 3.8 on threadpoolctl lets only the first thread that sets the number for OpenBLAS set it again, and does
    nothing, without a word, where another one asks. Sums of another order, and so other bits, would follow. The lock
    here does what that rule is for, so that the rule is lifted each time.
    """

    def __init__(self) -> None:
        self._lock, self._running = threading.Lock(), 0
        self._controller: ThreadpoolController | None = None
        self._restore: Callable[[], None] | None = None

    def __enter__(self) -> None:
        with self._lock:
            if self._running == 0:
                _let_this_thread_set()
                self._controller = self._controller or ThreadpoolController()  # looks for BLAS once: it takes 0.2 ms
                self._restore = self._controller.limit(limits=1, user_api="blas").restore_original_limits
            self._running += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._running -= 1
            if self._running == 0 and self._restore is not None:
                _let_this_thread_set()
                self._restore()


def _let_this_thread_set() -> None:
    clear = getattr(OpenBLASController, "clear_controlling_thread", None)  # none before 3.8, nor the rule
    if clear is not None:
        clear(force=True)


one_blas_thread = _OneBlasThread()
