"""Batches of draws on a Dask cluster: workers evaluate them, the client alone keeps them.

A batch is a task by the index of its first draw. A few for each worker are under way at a time, so that memory stays
small here and there however many are left, and each is written as it comes back. What evaluates batches travels once
to each worker, as a task that Dask makes again where the worker that held it dies. A worker makes its evaluator at its
first batch, keeps it, and works on one batch at a time: one process with one thread is what it can use.
"""

# Dask publishes types for a part of its calls.
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import pickle
import queue
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from halys.errors import HalysError, InputError
from halys.futures.ensemble import Evaluate, Told
from halys.futures.store import Columns, DrawStore

if TYPE_CHECKING:
    from distributed import Client, Future

Make = Callable[[str], Evaluate]
"""From the name of a worker, for messages, to what evaluates batches there. It is pickled."""
Noted = Callable[[str], None]

ANSWER_S: Final = 10.0  # that a scheduler has to answer
PATIENCE_S: Final = 300.0  # that a cluster may be without workers
AHEAD: Final = 3  # batches under way for each worker: one at work, one waiting there, one on the way
_FEWEST_AHEAD: Final = 16  # so that a cluster that grows with its tasks sees some before it has a worker
_LOOK_S: Final = 1.0  # between looks at how many workers there are
_FETCH_S: Final = 60.0  # for a result of some kilobytes; after it Dask is asked again
_SAME: Final = ("numpy", "scipy")  # packages whose versions decide bits; Halys itself is compared by content
_LARGEST: Final = "100GB"  # above it Dask warns of what is sent with a task; a world is some megabytes

_INSTALL: Final = "Install the same versions as here on every machine: pip install 'halys[futures]'."
_GOES_ON: Final = "Finished draws are kept; the same command goes on from there."


class ClusterError(HalysError):
    """A cluster that fails during the work: no workers, workers that die, a scheduler that goes away."""

    kind = "cluster"
    exit_code = 6


@dataclass(frozen=True)
class Parcel:
    """What a worker needs to evaluate batches.

    Attributes:
        key: sha256 of the content. versions: of the packages that must be the same there. content: a pickled `Make`.
    """

    key: str
    versions: Mapping[str, str]
    content: bytes = field(repr=False)

    @classmethod
    def of(cls, make: Make) -> Parcel:
        """The parcel with what makes an evaluator."""
        from distributed.protocol.pickle import dumps  # carries classes of a notebook or a program too

        content = dumps(make)
        return cls(hashlib.sha256(content).hexdigest(), _versions(), content)


def run_on_cluster(
    store: DrawStore,
    draws: int,
    make: Make,
    scheduler: str | Path | Client,
    told: Told | None = None,
    *,
    noted: Noted | None = None,
    patience: float = PATIENCE_S,
) -> int:
    """Evaluate on a cluster what the store lacks of the first draws; returns how many batches that were.

    Batches are those of `run_batches`, and so are results, to the bit, on machines of one kind. A worker may come or
    die at any time: Dask gives its batches to others. A stop loses what is under way and nothing else.

    Args:
        scheduler: an address, `tcp://host:8786`, the path of a scheduler file (.json), or a client, which stays open.
        told: called with (draws done, draws in all) at the start and after each batch.
        noted: called with a sentence where there is something to say, such as that no worker is there.
        patience: seconds that the cluster may be without any worker.

    Raises:
        InputError: Dask is not installed, the scheduler does not answer, or a worker has another Halys.
        ClusterError: no worker came, several died on the same draws, or the scheduler went away.
        HalysError: what a worker raised on purpose. StorageError: the disk of the store.
    """
    missing = store.missing(draws)
    total = -(-draws // store.size) * store.size
    done = total - len(missing) * store.size
    if told is not None:
        told(done, total)
    if not missing:
        return 0
    with connect(scheduler) as client:
        flight = _Flight(client, Parcel.of(make), store.size, _Watch(client, patience, noted))
        try:
            for first, columns in flight.results(missing):
                store.write(first, columns)
                done += store.size
                if told is not None:
                    told(done, total)
        finally:
            flight.cancel()
    return len(missing)


@contextlib.contextmanager
def connect(scheduler: str | Path | Client) -> Iterator[Client]:
    """A client of a scheduler, closed afterwards; one that is given is used as it is and stays open.

    Raises:
        InputError: Dask is not installed, the address is none, or nothing answers there within `ANSWER_S`.
    """
    if find_spec("distributed") is None:
        raise InputError("a scheduler is spoken to by Dask. Install it: pip install 'halys[futures]'")
    from distributed import Client

    if isinstance(scheduler, Client):
        if scheduler.asynchronous:
            raise InputError("the client is asynchronous. Give one made without asynchronous=True, or an address.")
        yield scheduler
        return
    address = _address(scheduler)
    try:
        client = Client(address, timeout=ANSWER_S, set_as_default=False, name="halys")
    except (OSError, TimeoutError) as error:
        raise InputError(
            f"no Dask scheduler answers at {address} within {ANSWER_S:.0f} s. Start one (`dask scheduler` prints its "
            "address), or check address, port (8786, not that of the dashboard) and firewall."
        ) from error
    except (ValueError, TypeError, RuntimeError, ImportError) as error:
        raise InputError(
            f"{address!r} cannot be used as the address of a Dask scheduler ({error}). It looks like "
            "tcp://host:8786; for tls:// Dask's configuration must name the certificates."
        ) from error
    with client:
        yield client


def evaluate_batch(parcel: Parcel, first: int, size: int) -> Columns:
    """The task of a worker: what is kept of a batch, by the evaluator that the parcel makes, once in a process.

    Raises:
        InputError: this process has other versions of what decides the bits, or another Halys.
    """
    with _working:
        if parcel.key not in _evaluators:
            where = _name_of_worker()
            _refuse_others(parcel.versions, _versions(), f"the worker at {where}")
            _evaluators.clear()
            _evaluators[parcel.key] = pickle.loads(parcel.content)(where)
        return _evaluators[parcel.key](first, size)


_working = threading.Lock()  # an evaluator keeps every array of a batch: a second one would double the memory
_evaluators: dict[str, Evaluate] = {}
"""Of the last parcel alone, by its key."""


class _Flight:
    """Batches under way. Dask tells of each that ended on a thread of its own; they are taken from a queue here."""

    def __init__(self, client: Client, parcel: Parcel, size: int, watch: _Watch) -> None:
        import dask

        self._client, self._size, self._watch = client, size, watch
        self._name = uuid.uuid4().hex  # two clients of one cluster do not mix
        self._ended: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        self._under_way: dict[Future[Any], int] = {}  # the first draw of each
        self._left: deque[int] = deque()
        self._alone, self._count = False, itertools.count()
        watch.look()
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": _LARGEST}):
            self._parcel = client.submit(_hand_over, parcel, key=f"halys-scenario-{self._name}", pure=False)

    def results(self, missing: Iterable[int]) -> Iterator[tuple[int, Columns]]:
        """First draw and columns of each batch, as they come.

        Workers that die take down what waits or lies there too, so that a batch may look deadly that only lay beside
        one. Where Dask gives a batch up, it is tried once more with nothing else under way, which tells.
        """
        self._left = deque(missing)
        self._fill()
        while self._under_way:
            future = self._next()
            if future not in self._under_way:  # given up, to try another one alone
                continue
            try:
                columns = self._fetch(future)
            except ClusterError:
                if self._alone or future.status != "error":
                    raise
                self._try_alone(future)
                continue
            if columns is None:
                future.add_done_callback(self._ended.put)
                continue
            first = self._under_way.pop(future)
            future.release()
            self._alone = False
            self._fill()  # before the batch is written, so that no worker waits for the disk
            yield first, columns

    def cancel(self) -> None:
        """Give up what has not begun. A worker ends the batch at hand, and nobody asks for it."""
        self._give_up()
        self._parcel.release()

    def _give_up(self) -> list[int]:
        firsts = sorted(self._under_way.values())
        for future in self._under_way:
            future.release()
        self._under_way.clear()
        return firsts

    def _try_alone(self, future: Future[Any]) -> None:
        first = self._under_way[future]
        self._left.extendleft(n for n in reversed(self._give_up()) if n != first)
        self._alone = True
        self._submit(first)

    def _fill(self) -> None:
        while self._left and len(self._under_way) < max(_FEWEST_AHEAD, AHEAD * self._watch.workers):
            self._submit(self._left.popleft())

    def _submit(self, first: int) -> None:
        if self._client.status != "running":
            raise self._watch.lost()
        key = (f"halys-draws-{self._name}", next(self._count), first)
        future = self._client.submit(evaluate_batch, self._parcel, first, self._size, key=key, pure=False)
        self._under_way[future] = first
        future.add_done_callback(self._ended.put)

    def _next(self) -> Future[Any]:
        while True:
            self._watch.look()
            with contextlib.suppress(queue.Empty):
                return self._ended.get(timeout=_LOOK_S)

    def _fetch(self, future: Future[Any]) -> Columns | None:
        """What a batch gave; None where the worker that held it died and Dask makes it again."""
        try:
            found: Columns = future.result(timeout=_FETCH_S)
        except Exception as error:
            if future.status == "error":
                first = self._under_way[future]
                raise _explained(error, f"draws {first} to {first + self._size - 1}") from error
            if isinstance(error, TimeoutError):
                return None
            raise self._watch.lost() from error
        return found


class _Watch:
    """How many workers there are, looked at every `_LOOK_S`, and for how long there has been none."""

    def __init__(self, client: Client, patience: float, noted: Noted | None) -> None:
        self.workers = 0
        self._client, self._patience, self._noted = client, patience, noted
        assert client.scheduler is not None  # it is connected
        self._address = client.scheduler.address
        self._looked, self._none_since = -float("inf"), -1.0
        self._seen: set[str] = set()

    def look(self) -> None:
        """Count the workers.

        Raises:
            ClusterError: there has been none for longer than it may be, or the scheduler is gone.
            InputError: a new one, or the scheduler, lacks Halys or has other versions.
        """
        now = time.monotonic()
        if now - self._looked < _LOOK_S:
            return
        try:
            there = set(self._client.nthreads())
            if not there <= self._seen:
                self._check_versions()
        except OSError as error:
            raise self.lost() from error
        self._seen, self.workers, self._looked = there, len(there), now
        if self.workers:
            self._none_since = -1.0
        elif self._none_since < 0:
            self._none_since = now
            if self._noted is not None:
                self._noted(
                    f"the scheduler at {self._address} has no worker; waiting for one, {self._patience:g} s at most"
                )
        elif now - self._none_since > self._patience:
            raise ClusterError(
                f"the scheduler at {self._address} has had no worker for {self._patience:g} s. Start one "
                f"(`dask worker {self._address} --nthreads 1`), or allow more time. {_GOES_ON}"
            )

    def _check_versions(self) -> None:
        """Where Halys is missing a worker would die of its first task, and tell nothing."""
        told: Any = self._client.get_versions(packages=["halys", *_SAME])
        here = told["client"]["packages"]
        _refuse_others({"halys": here["halys"]}, told["scheduler"]["packages"], f"the scheduler at {self._address}")
        wanted = {name: here[name] for name in ("halys", *_SAME)}
        for where, each in told["workers"].items():
            _refuse_others(wanted, each["packages"], f"the worker at {where}")

    def lost(self) -> ClusterError:
        """The scheduler is gone."""
        return ClusterError(
            f"the scheduler at {self._address} went away, or gave up the work. Start it again. {_GOES_ON}"
        )


def _explained(error: Exception, draws: str) -> Exception:
    """What a batch failed of, in words where it is not said in words already."""
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        count = error.allowed_failures + 1
        died = "1 worker died" if count == 1 else f"{count} workers died one after another"
        return ClusterError(
            f"{draws}: {died} with them, the last at {error.last_worker.address}. Most often memory ran out, or "
            f"machines were taken away: look at the log of the workers, give each more memory. {_GOES_ON}"
        )
    if isinstance(error, ImportError) or "deserialization of the task graph" in str(error):
        return InputError(
            f"a worker, or the scheduler, cannot import what the work needs ({str(error).splitlines()[0]}). {_INSTALL}"
        )
    return error


def _hand_over(parcel: Parcel) -> Parcel:
    """The task whose result is the parcel: made again, as data that are only sent would not be, if its holder dies."""
    return parcel


def _versions() -> dict[str, str]:
    found = {}
    for name in _SAME:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a build that keeps no record of itself; it compares as such
            found[name] = "unknown"
    return found


def _refuse_others(wanted: Mapping[str, str | None], found: Mapping[str, str | None], where: str) -> None:
    differing = [
        f"{name} {found[name]} (here {wanted[name]})" if found.get(name) else f"no {name}"
        for name in wanted
        if found.get(name) != wanted[name]
    ]
    if differing:
        raise InputError(f"{where} has {', '.join(differing)}. {_INSTALL}")


def _name_of_worker() -> str:
    from distributed import get_worker

    return str(get_worker().address)


def _address(scheduler: Any) -> str:
    """The address given, or the one in a scheduler file, which the scheduler writes for machines that share a disk."""
    if not isinstance(scheduler, str | Path):
        raise InputError(
            f"scheduler: {scheduler!r}. Give an address such as tcp://host:8786, a scheduler file (.json), or a "
            "distributed.Client."
        )
    text = str(scheduler)
    if not text.endswith(".json"):
        if not text:
            raise InputError("scheduler: no address. It looks like tcp://host:8786.")
        return text
    try:
        return str(json.loads(Path(text).read_text(encoding="utf-8"))["address"])
    except OSError as error:
        raise InputError(
            f"scheduler file {text}: {error.strerror}. `dask scheduler --scheduler-file` writes it."
        ) from error
    except (ValueError, LookupError, TypeError) as error:
        raise InputError(
            f"scheduler file {text} holds no address. `dask scheduler --scheduler-file` writes it."
        ) from error
