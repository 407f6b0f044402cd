"""Remembering what is dear to make, for programs with threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Made = TypeVar("Made")
_MISSING = object()


class _Entry:
    def __init__(self) -> None:
        self.lock, self.made = threading.Lock(), _MISSING


class Memo(Generic[Made]):
    """Keeps the last `size` things made, by key. Threads that ask for the same key wait for one making of it.

    `functools.lru_cache` would let each of them make it.
    """

    def __init__(self, size: int = 8) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What was made for this key, or `make()`, which is then kept. An error of `make` is not kept."""
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)
        with entry.lock:
            if entry.made is _MISSING:
                entry.made = make()
            return entry.made  # type: ignore[return-value]
