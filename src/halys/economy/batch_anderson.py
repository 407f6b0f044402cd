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


class BatchAnderson:
    """Anderson's method for problems side by side: each has its own memory and its own least squares.

    Args:
        width: problems; count: economies; local: unknowns of an economy. mobile: whether the middle one of these is
            its wage.
    """

    def __init__(self, width: int, count: int, local: int, mobile: bool) -> None:
        self._size, self._mobile = (width, count, local), mobile
        draws = np.random.default_rng(_SEED).standard_normal((count, local))
        self._signs: Array32 = np.where(draws < 0, -1.0, 1.0).astype(np.float32)
        self._changes = np.zeros((_DEPTH, *self._size), dtype=np.float32)
        self._gains = np.zeros((width, _DEPTH, count + local))
        self._f, self._sketch = np.zeros(self._size, dtype=np.float32), np.zeros((width, count + local))
        self._step = np.zeros(self._size, dtype=np.float32)
        self._count = -1

    def step(self, f: Array32) -> Array32:
        """The step for what the preconditioner makes of the residuals (B, j, local).

        It may be changed by the caller, and counts as taken when this is called again; f is kept.
        """
        self._count += 1
        sketch = self._sketch_of(f)
        before, self._f = self._f, f
        gain, self._sketch = sketch - self._sketch, sketch
        if self._count == 0:
            self._step = f.copy()
            return self._step
        row, held = (self._count - 1) % _DEPTH, min(self._count, _DEPTH)
        change = np.subtract(f, before, out=self._changes[row])
        change += self._step
        self._gains[:, row] = gain
        weights = self._solve(held, sketch)
        np.copyto(self._step, f)
        for old, weight in zip(self._changes[:held], weights.T, strict=True):
            np.multiply(old, weight[:, None, None], out=before)  # which is needed no more
            self._step -= before
        return self._step

    def _sketch_of(self, f: Array32) -> Array:
        """(B, count + local) sums by unknown and by economy with random signs; log wages are taken as they are."""
        signed = f * self._signs
        local = signed.shape[2]
        own = f[:, :, local // 2] if self._mobile else signed.sum(axis=2)
        return np.concatenate([signed.sum(axis=1), own], axis=1, dtype=np.float64)

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
