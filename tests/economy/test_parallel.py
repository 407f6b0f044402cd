"""Two processes give what one gives, in order, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from halys.errors import ConvergenceError, InputError
from halys.parallel import map_in_order, uninterrupted

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")


def test_the_order_is_that_of_the_items() -> None:
    assert list(map_in_order(lambda n: n * n, range(25))) == [n * n for n in range(25)]
    assert list(map_in_order(str, [])) == []


@forks
def test_every_second_item_is_worked_on_elsewhere() -> None:
    own = list(map_in_order(lambda _: os.getpid(), range(10)))
    assert set(own[::2]) == {os.getpid()}
    if len(os.sched_getaffinity(0)) > 1:
        assert len(set(own[1::2])) == 1
        assert own[1] != os.getpid()
    assert set(map_in_order(lambda _: os.getpid(), range(3))) == {os.getpid()}


def test_in_other_threads_nothing_is_forked() -> None:
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.extend(map_in_order(lambda _: os.getpid(), range(10))))
    thread.start()
    thread.join()
    assert set(found) == {os.getpid()}


@pytest.mark.parametrize("place", [2, 3])
def test_what_is_raised_in_either_is_raised_here(place: int) -> None:
    def work(n: int) -> int:
        if n == place:
            raise InputError(f"item {n}")
        return n

    found = map_in_order(work, range(10))
    assert [next(found) for _ in range(place)] == list(range(place))
    with pytest.raises(InputError, match=f"item {place}"):
        next(found)


def test_errors_keep_what_they_carry() -> None:
    def work(n: int) -> ConvergenceError:
        return ConvergenceError("not converged", report={"steps": n})

    assert [error.report for error in map_in_order(work, range(8))] == [{"steps": n} for n in range(8)]


@forks
def test_should_the_second_process_die_its_items_are_worked_on_here() -> None:
    here = os.getpid()

    def work(n: int) -> int:
        if os.getpid() != here and n == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return n

    assert list(map_in_order(work, range(12))) == list(range(12))


@forks
def test_what_cannot_be_sent_is_made_here() -> None:
    found = list(map_in_order(lambda n: lambda: n, range(8)))
    assert [made() for made in found] == list(range(8))


@forks
def test_stopping_early_leaves_no_process() -> None:
    own = map_in_order(lambda n: (os.getpid(), time.sleep(0.01 * n)), range(50))
    next(own)
    child = next(own)[0]
    own.close()
    if child != os.getpid():
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


class TestUninterrupted:
    def test_an_interrupt_waits_for_the_end(self) -> None:
        before = signal.getsignal(signal.SIGINT)
        done: list[bool] = []

        @uninterrupted()
        def work() -> None:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)
            done.append(True)

        with pytest.raises(KeyboardInterrupt):
            work()
        assert done
        assert signal.getsignal(signal.SIGINT) is before

    def test_the_handler_that_was_there_is_called_after(self) -> None:
        told: list[str] = []
        before = signal.signal(signal.SIGTERM, lambda *_: told.append("handler"))
        try:
            with uninterrupted():
                signal.raise_signal(signal.SIGTERM)
                signal.raise_signal(signal.SIGTERM)
                told.append("end of the block")
            assert told == ["end of the block", "handler"]
        finally:
            signal.signal(signal.SIGTERM, before)

    def test_it_weighs_more_than_what_the_block_raised(self) -> None:
        @uninterrupted()
        def work() -> None:
            signal.raise_signal(signal.SIGINT)
            raise OSError

        with pytest.raises(KeyboardInterrupt):
            work()

    def test_what_is_ignored_stays_so_and_other_threads_are_left_alone(self) -> None:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            with uninterrupted():
                assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        finally:
            signal.signal(signal.SIGINT, before)
        found: list[object] = []

        def work() -> None:
            with uninterrupted():
                found.append(signal.getsignal(signal.SIGINT))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert found == [before]
