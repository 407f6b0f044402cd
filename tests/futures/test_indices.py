"""Sobol indices against functions whose indices are known in closed form, and what of a design is told."""

from __future__ import annotations

import numpy as np
import pytest
from SALib.analyze import sobol

from halys.errors import InputError
from halys.futures.indices import SaltelliDesign, full_groups, sobol_indices

SEED = 7


def evaluate(function, design: SaltelliDesign, blocks: int) -> np.ndarray:
    return np.stack([function(design.block(n)) for n in range(blocks)])


def ishigami(points: np.ndarray) -> np.ndarray:
    """Ishigami and Homma (1990) with a = 7, b = 0.1."""
    x = np.pi * (2.0 * points - 1.0)
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_ishigami() -> None:
    design = SaltelliDesign(3, full_groups(3, ()), SEED)
    found = sobol_indices(evaluate(ishigami, design, 2048), SEED)
    a, b = 7.0, 0.1
    alone = 0.5 * (1 + b * np.pi**4 / 5) ** 2
    second, together = a**2 / 8, b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    variance = alone + second + together
    first, total = np.array([alone, second, 0.0]) / variance, np.array([alone + together, second, together]) / variance
    np.testing.assert_allclose(found.first, first, atol=0.03)
    np.testing.assert_allclose(found.total, total, atol=0.03)
    assert (abs(found.first - first) < 1.5 * found.first_error).all()
    assert (abs(found.total - total) < 1.5 * found.total_error).all()
    assert found.variance == pytest.approx(variance, rel=0.02)
    assert found.mean == pytest.approx(a / 2, abs=0.05)


G = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0])


def g_function(points: np.ndarray) -> np.ndarray:
    """Sobol' (1993): the product of (|4x − 2| + a)/(1 + a)."""
    return np.asarray(((abs(4.0 * points - 2.0) + G) / (1.0 + G)).prod(axis=1))


def g_parts() -> np.ndarray:
    return np.asarray(1.0 / (3.0 * (1.0 + G) ** 2))


def test_g_function() -> None:
    design = SaltelliDesign(6, full_groups(6, ()), SEED)
    found = sobol_indices(evaluate(g_function, design, 2048), SEED)
    parts = g_parts()
    variance = np.prod(1 + parts) - 1
    np.testing.assert_allclose(found.first, parts / variance, atol=0.03)
    np.testing.assert_allclose(found.total, [p * np.prod(1 + parts) / (1 + p) / variance for p in parts], atol=0.03)


def test_groups_have_the_indices_of_their_numbers_together() -> None:
    """Of the g-function in the groups {0, 3}, {1, 2, 4, 5}: what a group does alone is the product of its parts."""
    groups = full_groups(6, [(3, 0), (4, 1, 5, 2)])
    assert groups == ((0, 3), (1, 2, 4, 5))
    design = SaltelliDesign(6, groups, SEED)
    assert design.rows == 4
    found = sobol_indices(evaluate(g_function, design, 2048), SEED)
    parts = g_parts()
    variance = np.prod(1 + parts) - 1
    alone = np.array([np.prod(1 + parts[list(group)]) - 1 for group in groups])
    np.testing.assert_allclose(found.first, alone / variance, atol=0.03)
    np.testing.assert_allclose(found.total, 1 - alone[::-1] / variance, atol=0.03)


def test_the_estimates_are_those_of_salib_on_rows_in_its_order() -> None:
    design = SaltelliDesign(3, full_groups(3, ()), SEED)
    results = evaluate(ishigami, design, 64)
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
    plain = sobol.analyze(problem, results.reshape(-1), calc_second_order=False, num_resamples=50, seed=SEED + 1)
    found = sobol_indices(results, SEED, resamples=50)
    for name, key in (("first", "S1"), ("first_error", "S1_conf"), ("total", "ST"), ("total_error", "ST_conf")):
        np.testing.assert_array_equal(getattr(found, name), plain[key])


def test_a_block_is_known_by_its_index() -> None:
    design = SaltelliDesign(4, full_groups(4, [(1, 3)]), SEED)
    pairs = design.base_points(0, 8)
    for n in (0, 3, 7):
        block, (first, second) = design.block(n), pairs[n]
        np.testing.assert_array_equal(block[0], first)
        np.testing.assert_array_equal(block[-1], second)
        for row, group in zip(block[1:-1], design.groups, strict=True):
            changed = np.isin(np.arange(4), group)
            np.testing.assert_array_equal(row[changed], second[changed])
            np.testing.assert_array_equal(row[~changed], first[~changed])


def test_a_number_that_changes_nothing_has_the_index_zero() -> None:
    design = SaltelliDesign(4, full_groups(4, ()), SEED)
    found = sobol_indices(evaluate(ishigami, design, 64), SEED)
    assert found.first[3] == found.total[3] == found.first_error[3] == found.total_error[3] == 0.0
    rng = np.random.default_rng(0)
    noisy = evaluate(ishigami, design, 64)
    noisy += rng.uniform(-1e-9, 1e-9, noisy.shape)
    assert sobol_indices(noisy, SEED).total[3] > 0.0
    assert sobol_indices(noisy, SEED, resolution=1e-8).total[3] == 0.0


def test_blocks_without_a_result_are_left_out_whole_and_counted() -> None:
    design = SaltelliDesign(3, full_groups(3, ()), SEED)
    results = evaluate(ishigami, design, 64)
    holes = results.copy()
    holes[5, 2] = holes[9, 0] = holes[9, 4] = np.nan
    found = sobol_indices(holes, SEED)
    assert (found.blocks, found.left_out) == (62, 2)
    np.testing.assert_array_equal(found.total, sobol_indices(np.delete(results, [5, 9], axis=0), SEED).total)


@pytest.mark.parametrize(
    ("results", "status", "left_out"),
    [
        (np.ones((8, 5)), "constant", 0),
        (1.0 + 1e-9 * np.arange(40.0).reshape(8, 5), "constant", 0),
        (np.full((8, 5), np.nan), "too few", 8),
        (np.arange(5.0)[None], "too few", 0),
        (np.random.default_rng(0).random((7, 5)), "too few", 0),
        (np.ones((3, 5)), "constant", 0),
        (np.tile([0.0, 1.0, 0.0, 0.0, 0.0], (8, 1)), "too few", 0),
    ],
)
def test_what_cannot_be_estimated_is_said(results: np.ndarray, status: str, left_out: int) -> None:
    found = sobol_indices(results, SEED, resolution=1e-6)
    assert (found.status, found.left_out) == (status, left_out)
    assert np.isnan(found.first).all()
    assert np.isnan(found.total).all()


def test_refusals() -> None:
    with pytest.raises(InputError, match="exactly one"):
        SaltelliDesign(3, ((0,), (1,)), SEED)
    with pytest.raises(InputError, match="one group at most"):
        full_groups(3, [(0, 1), (1, 2)])
    with pytest.raises(InputError, match="block, row"):
        sobol_indices(np.ones(12), SEED)
