"""Anderson acceleration for problems side by side, with a memory in single precision.

The weights of the last steps come from least squares on a sketch, sums of the preconditioned residuals with random
signs, so that the memory itself is read once a pass. They decide how fast a problem converges, and nothing else.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Array32 = NDArray[np.float32]

_DEPTH = 4  # steps remembered
_REGULARIZATION = 1e-8
_SEED = 20220314
_BLOCK = 32  # unknowns whose weights lie side by side, so that NumPy multiplies long rows
_CACHED = 64  # such blocks that are combined together, so that they stay in cache


class BatchAnderson:
    """Anderson's method for problems side by side: each has its own memory and its own least squares.

    Args:
        width: problems, on the last axis; count: economies; local: unknowns of an economy. mobile: whether the middle
            one of these is its wage.
    """

    def __init__(self, width: int, count: int, local: int, mobile: bool) -> None:
        self._size, self._mobile = (count, local, width), mobile
        draws = np.random.default_rng(_SEED).standard_normal((count, local))
        signs: Array32 = np.where(draws < 0, -1.0, 1.0).astype(np.float32)
        self._signs = np.repeat(signs[:, :, None], width, axis=2)
        self._blocks = -(-count * local // _BLOCK)
        self._changes = np.zeros((_DEPTH, *self._padded), dtype=np.float32)
        self._gains = np.zeros((width, _DEPTH, count + local))
        self._f, self._step = np.zeros((2, *self._padded), dtype=np.float32)
        self._sketch, self._count = np.zeros((width, count + local)), -1

    @property
    def _padded(self) -> tuple[int, int]:
        """Shape in which unknowns and problems are combined: rows of `_BLOCK` unknowns, the last filled up."""
        return self._blocks, _BLOCK * self._size[2]

    def step(self, f: Array32) -> Array32:
        """The step for what the preconditioner makes of the residuals (j, local, B).

        It may be changed by the caller, and counts as taken when this is called again.
        """
        self._count += 1
        sketch = self._sketch_of(f)
        gain, self._sketch = sketch - self._sketch, sketch
        if self._count == 0:
            self._flat(self._f)[:] = f.reshape(-1)
            self._step[:] = self._f
            return self._flat(self._step).reshape(self._size)
        row, held = (self._count - 1) % _DEPTH, min(self._count, _DEPTH)
        self._gains[:, row] = gain
        weights = np.tile(self._solve(held, sketch).T, _BLOCK)  # (held, unknown and problem)
        change = self._changes[row]
        change[:] = self._step
        change -= self._f
        self._flat(self._f)[:] = f.reshape(-1)
        change += self._f
        step, part = self._step, np.empty((_CACHED, self._padded[1]), dtype=np.float32)
        for first in range(0, self._blocks, _CACHED):
            some = slice(first, min(first + _CACHED, self._blocks))
            here = part[: some.stop - first]
            step[some] = self._f[some]
            for old, weight in zip(self._changes[:held], weights, strict=True):
                np.multiply(old[some], weight, out=here)
                step[some] -= here
        return self._flat(step).reshape(self._size)

    def _flat(self, padded: Array32) -> Array32:
        """(unknown · B,) what stands in a padded array."""
        return padded.reshape(-1)[: self._size[0] * self._size[1] * self._size[2]]

    def _sketch_of(self, f: Array32) -> Array:
        """(B, count + local) sums by unknown and by economy with random signs; log wages are taken as they are."""
        signed = f * self._signs
        count, local, width = self._size
        own = f[:, local // 2] if self._mobile else signed.sum(axis=1)
        by_unknown = signed.reshape(count, -1).sum(axis=0).reshape(local, width)
        return np.concatenate([by_unknown, own], dtype=np.float64).T

    def _solve(self, held: int, sketch: Array) -> Array32:
        """(B, held) weights of the last steps."""
        gains = self._gains[:, :held]
        gram = np.matmul(gains, gains.transpose(0, 2, 1))
        size = np.sqrt(np.einsum("bii->bi", gram)) + 1e-300
        gram /= size[:, :, None] * size[:, None, :]
        gram += _REGULARIZATION * np.eye(held)
        gram[~np.isfinite(gram).all(axis=(1, 2))] = np.eye(held)  # a problem gone astray
        product = np.matmul(gains, sketch[:, :, None]) / size[:, :, None]
        weights = np.linalg.solve(gram, product)[:, :, 0] / size
        return np.asarray(weights, dtype=np.float32)
