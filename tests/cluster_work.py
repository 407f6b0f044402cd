"""What workers of a cluster import in tests of ensembles: evaluators that work, fail, or take their worker along."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from halys.errors import InputError


def columns(first: int, size: int) -> dict[str, np.ndarray]:
    """Of a batch, by its index alone."""
    draw = np.arange(first, first + size)
    return {"draw": draw, "numbers": np.sqrt(draw[:, None] + np.arange(3)), "failed": np.zeros(size, dtype=np.int32)}


@dataclass(frozen=True)
class Plain:
    """Evaluates after a pause in seconds."""

    pause: float = 0.0

    def __call__(self, where: str) -> Callable[[int, int], dict[str, np.ndarray]]:
        def evaluate(first: int, size: int) -> dict[str, np.ndarray]:
            time.sleep(self.pause)
            self.before(first)
            return columns(first, size)

        return evaluate

    def before(self, first: int) -> None:
        """What else happens at a batch."""


@dataclass(frozen=True)
class Refusing(Plain):
    """Refuses one batch, as Halys refuses bad input, or as a bug would."""

    at: int = 0
    bug: bool = False

    def before(self, first: int) -> None:
        if first == self.at:
            raise ZeroDivisionError("a bug") if self.bug else InputError("this draw is refused")


@dataclass(frozen=True)
class Deadly(Plain):
    """Kills its process at one batch."""

    at: int = 0

    def before(self, first: int) -> None:
        if first == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Elsewhere(Plain):
    """Cannot be made where the process is not this one, as where Halys is missing."""

    process: int = 0

    def __call__(self, where: str) -> Callable[[int, int], dict[str, np.ndarray]]:
        if os.getpid() != self.process:
            raise ModuleNotFoundError("No module named 'halys'")
        return super().__call__(where)
