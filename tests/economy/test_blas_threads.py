"""BLAS is held to one thread in every thread, and given back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from halys.economy.blas import one_blas_thread


def counts() -> list[int]:
    return [each["num_threads"] for each in ThreadpoolController().info() if each["user_api"] == "blas"]


@pytest.fixture
def two() -> object:
    """BLAS with two threads, set by the main thread, as a program or an earlier solve may have done."""
    with threadpool_limits(2, "blas"):
        if 2 not in counts():
            pytest.skip("this BLAS has no threads to set")
        yield


def test_in_the_main_thread_and_in_others(two: object) -> None:
    before = counts()

    def held() -> list[int]:
        with one_blas_thread:
            return counts()

    for _ in range(2):
        assert set(held()) == {1}
        assert counts() == before
        with ThreadPoolExecutor(1) as pool:
            assert set(pool.submit(held).result()) == {1}
        assert counts() == before


def test_until_the_last_of_several_ends(two: object) -> None:
    """Whichever thread that is."""
    before, begun, end = counts(), threading.Event(), threading.Event()

    def other() -> None:
        with one_blas_thread:
            begun.set()
            end.wait(60)

    thread = threading.Thread(target=other)
    with one_blas_thread:
        thread.start()
        assert begun.wait(60)
    assert set(counts()) == {1}
    end.set()
    thread.join()
    assert counts() == before
