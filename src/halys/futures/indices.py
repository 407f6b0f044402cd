"""Which number drives a result: first-order and total Sobol indices from a design by blocks.

With independent groups of numbers x = (x₁ … x_G) and a result Y = f(x) of variance V,

    S₁(g) = Var(E[Y | x_g]) / V              the part of the variance that goes once group g is known alone
    S_T(g) = E[Var(Y | all but x_g)] / V     the part that is left while group g alone is unknown

S₁ ≤ S_T; S_T − S₁ is what g does together with others, and ΣS₁ = 1 where nothing acts together [1]_.

The design is that of [2]_: for base point n two independent points A and B of the numbers, and for each group the
point A with the numbers of that group from B. Block n is the G + 2 rows A, AB₁ … AB_G, B, the order of SALib [3]_,
whose estimators and bootstrap are used. Base points come from one scrambled Sobol sequence of twice as many columns as
numbers, so that block n is known by its index and the seed.

Numbers that are correlated are one group: what is told apart must be independent.

References:
    .. [1] Sobol' (2001), Mathematics and Computers in Simulation 55(1-3).
    .. [2] Saltelli, Annoni, Azzini, Campolongo, Ratto and Tarantola (2010), Computer Physics Communications 181(2).
    .. [3] Herman and Usher (2017), SALib, Journal of Open Source Software 2(9).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from halys.errors import InputError
from halys.futures.draws import sobol_points

Array = NDArray[np.float64]
Status = Literal["found", "constant", "too few"]

LEVEL: Final = 0.95
LEAST_BLOCKS: Final = 8  # the bootstrap of fewer tells of more certainty than there is
RESAMPLES: Final = 200  # the standard deviation of so many is known to a twentieth


@dataclass(frozen=True)
class SaltelliDesign:
    """Rows of numbers in the unit cube, by block.

    Attributes:
        count: numbers. groups: of their positions, each in exactly one; `full_groups` makes them. seed: of the points.

    Raises:
        InputError: a number is in no group, or in two.
    """

    count: int
    groups: tuple[tuple[int, ...], ...]
    seed: int

    def __post_init__(self) -> None:
        if sorted(n for group in self.groups for n in group) != list(range(self.count)):
            raise InputError(f"groups: each of the {self.count} numbers must be in exactly one of them.")

    @property
    def rows(self) -> int:
        """Rows of a block."""
        return len(self.groups) + 2

    def base_points(self, first: int, size: int) -> Array:
        """(block, 2, number) A and B of blocks from an index on."""
        return sobol_points(2 * self.count, first, size, self.seed).reshape(size, 2, self.count)

    def block(self, index: int) -> Array:
        """(row, number) the points of a block: A, AB of each group, B."""
        first, second = self.base_points(index, 1)[0]
        found = np.tile(first, (self.rows, 1))
        for row, group in zip(found[1:-1], self.groups, strict=True):
            row[list(group)] = second[list(group)]
        found[-1] = second
        return found


def full_groups(count: int, correlated: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Groups of so many numbers: those that are correlated together, every other one alone, by their first number.

    Raises:
        InputError: a position that is none, or that is in two groups.
    """
    named = [n for group in correlated for n in group]
    if len(set(named)) < len(named) or not all(0 <= n < count for n in named):
        raise InputError(f"correlated: positions are 0 to {count - 1}, each in one group at most.")
    alone = [(n,) for n in range(count) if n not in set(named)]
    return tuple(sorted([*alone, *(tuple(sorted(group)) for group in correlated if group)]))


def require_salib() -> None:
    """Refuse to estimate indices where that cannot be done; to be asked before anything is solved for it.

    Raises:
        InputError: SALib is not installed.
    """
    if find_spec("SALib") is None:
        raise InputError("Sobol indices are estimated by SALib. Install it: pip install halys[futures]")


@dataclass(frozen=True, eq=False)
class SobolIndices:
    """What each group of numbers contributes to the variance of a result.

    Attributes:
        status: "found"; "constant" where the result does not vary; "too few" where it varies, but fewer than
            `LEAST_BLOCKS` are left or all A and B are alike, so that nothing can be said.
        first, total: (group,) S₁ and S_T; NaN unless found. Estimates may lie a little outside [0, 1].
        first_error, total_error: (group,) half the width of the interval at `LEVEL`, from the bootstrap.
        mean, variance: of the result over all A and B, in its unit and its square.
        blocks, left_out: used, and without, since some row of them has no result.
    """

    status: Status
    first: Array
    first_error: Array
    total: Array
    total_error: Array
    mean: float
    variance: float
    blocks: int
    left_out: int


def sobol_indices(
    results: Array, seed: int, *, resolution: float = 0.0, resamples: int = RESAMPLES, level: float = LEVEL
) -> SobolIndices:
    """The indices of a result.

    A block in which any row is not a number is left out whole: without one row the others say nothing about the same
    base point.

    Args:
        results: (block, row) of a `SaltelliDesign`. seed: of the bootstrap, at least 0.
        resolution: results of a block that differ from that at A by no more are the same, in the unit of the result:
            how finely it is solved for. A group that changes nothing then has the index 0 exactly.

    Raises:
        InputError: no design, or SALib is not installed.
    """
    require_salib()
    y = np.asarray(results, dtype=np.float64)
    if y.ndim != 2 or y.shape[1] < 3:
        raise InputError("results must be (block, row) with a row for A, for each group and for B.")
    kept = np.isfinite(y).all(axis=1)
    left_out, y = int((~kept).sum()), y[kept]
    # What is not told apart from the result at A is that result, so that noise of solving makes no index.
    y = np.where(np.abs(y - y[:, :1]) <= resolution, y[:, :1], y)
    ends = y[:, [0, -1]]
    mean = float(ends.mean()) if ends.size else float("nan")
    variance = float(ends.var()) if ends.size else float("nan")
    nothing = np.full(y.shape[1] - 2, np.nan)
    if len(y) < LEAST_BLOCKS or np.ptp(ends) <= resolution:
        constant = len(y) > 0 and np.ptp(y) <= resolution
        status: Status = "constant" if constant else "too few"
        return SobolIndices(status, nothing, nothing, nothing, nothing, mean, variance, len(y), left_out)
    from SALib.analyze import sobol

    names = [str(n) for n in range(len(nothing))]
    found = sobol.analyze(
        {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)},
        y.reshape(-1),
        calc_second_order=False,
        num_resamples=resamples,
        conf_level=level,
        seed=seed + 1,  # SALib takes 0 for none
    )
    first, first_error, total, total_error = (np.array(found[key]) for key in ("S1", "S1_conf", "ST", "ST_conf"))
    return SobolIndices("found", first, first_error, total, total_error, mean, variance, len(y), left_out)
