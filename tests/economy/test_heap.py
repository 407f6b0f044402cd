"""The allocator is told once; nothing else changes."""

from __future__ import annotations

import ctypes
import sys

import pytest

from halys.economy.heap import keep_memory


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mallopt is of Linux")
def test_it_is_told_where_the_library_knows_how() -> None:
    assert keep_memory() == (getattr(ctypes.CDLL(None), "mallopt", None) is not None)
    assert keep_memory.cache_info().currsize == 1
