"""Work in two processes.

A solve is many short array operations between which the interpreter's lock is taken, so that threads gain a seventh and
a second process nearly doubles the pace.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any, NoReturn, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

FEWEST = 6  # solves; to start a process takes about as long as one
_GONE = object()


def map_in_order(function: Callable[[Item], Result], items: Sequence[Item], fewest: int = FEWEST) -> Iterator[Result]:
    """`function` of each item, in order; every second one in a process of its own where that is safe.

    It is where the system forks well (Linux), more than one processor may be used and the caller is the main thread;
    else the items are worked on one after another. What the second process raises is raised here; should it die, its
    items are worked on here. It holds nothing that outlives the call, and goes when this process goes.

    Args:
        fewest: number of items from which a second process is worth it.
    """
    if len(items) < fewest or not _may_fork():
        yield from map(function, items)
        return
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = _fork()
    if child == 0:
        receiver.close()
        _work(function, items[1::2], sender)
    sender.close()
    received: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_drain, args=(receiver, received), daemon=True).start()
    alive = True
    try:
        for n, item in enumerate(items):
            found = received.get() if n % 2 and alive else _GONE
            alive = alive and not (n % 2 and found is _GONE)
            yield function(item) if found is _GONE else _opened(found)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _may_fork() -> bool:
    return (
        sys.platform == "linux"
        and len(os.sched_getaffinity(0)) > 1
        and threading.current_thread() is threading.main_thread()
    )


def _fork() -> int:
    """Fork. An interrupt that comes meanwhile reaches the parent afterwards, and the child never."""
    with uninterrupted():
        with warnings.catch_warnings():  # BLAS has threads, which sleep: the child starts with none and makes its own
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return child


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let interrupts (SIGINT, SIGTERM) wait until the block is done, so that no lock or file is left half-way.

    Handlers rather than a mask: a signal that the main thread blocks is taken by another thread, and the interrupt
    then raised in the main one all the same. A signal that is ignored or kills stays so. In other threads, which are
    never interrupted, it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: dict[int, Callable[[int, FrameType | None], Any]] = {}
    for each in (signal.SIGINT, signal.SIGTERM):
        handler = signal.getsignal(each)
        if callable(handler):
            caught[each] = handler
    came: list[int] = []
    over = False

    def wait(which: int, frame: FrameType | None) -> None:
        if over:  # one that comes while the handlers are being put back
            caught[which](which, frame)
        else:
            came.append(which)

    try:
        for which in caught:
            signal.signal(which, wait)
        yield
    finally:
        over = True
        own = [which for which in caught if signal.getsignal(which) is wait]  # the child of a fork set its own
        for which in own:
            signal.signal(which, caught[which])
        for which in dict.fromkeys(came):
            if which in own:
                signal.raise_signal(which)


def _work(function: Callable[[Item], Result], items: Sequence[Item], sender: Connection) -> NoReturn:
    """Send the result of each item, or what it raised. Never returns: the rest of the program is the parent's."""
    try:
        for item in items:
            try:
                answer: tuple[bool, object] = (True, function(item))
            except Exception as error:
                answer = (False, error)
            sender.send(answer)
    finally:
        os._exit(0)


def _drain(receiver: Connection, received: queue.SimpleQueue[Any]) -> None:
    """Take in results as they come, so that the second process never waits; `_GONE` at the end."""
    try:
        while True:
            received.put(receiver.recv())
    except (EOFError, OSError):
        received.put(_GONE)


def _opened(answer: Any) -> Any:
    worked, found = answer
    if not worked:
        raise found
    return found
