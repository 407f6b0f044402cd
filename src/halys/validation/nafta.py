"""NAFTA, as Caliendo and Parro (2015) computed it: Table 2, with zero and with the observed aggregate deficits.

The data are not an exact equilibrium, so the baseline is solved again first; then tariffs between Mexico, Canada and
the USA go from 1993 to 2005. One negative input cell is set to zero. What the paper calls "welfare" is the first-order
sum of the terms of trade and the volume of trade; the exact change of real income in the same solve is another number,
and each stands under its own name.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Mapping
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from halys.economy import Equilibrium, Horizon, Shock, calibrate_baseline, solve_equilibrium
from halys.solving import solve_baseline
from halys.validation.record import Figure, Published, Result, Row, published_table
from halys.world import World

Array = NDArray[np.float64]
PARTIES = ("Mexico", "Canada", "USA")
ZERO, OBSERVED = "zero deficits", "deficits"
VARIANTS = (ZERO, OBSERVED)
_OURS = "Halys"


@functools.cache
def load_data() -> Mapping[str, NDArray[Any]]:
    """The arrays of `data/cp2015_nafta.npz`; shapes and origin in `data/SOURCE.md`."""
    content = resources.files("halys.validation").joinpath("data/cp2015_nafta.npz").read_bytes()
    with np.load(io.BytesIO(content)) as stored:
        data = {name: stored[name] for name in stored.files}
    for array in data.values():
        array.setflags(write=False)
    return data


def make_world() -> World:
    """The data as a world that does not balance yet. Unit: US dollars."""
    d = load_data()
    return World.from_arrays(
        d["regions"].tolist(),
        d["sectors"].tolist(),
        d["trade_value"],
        np.maximum(d["intermediate"], 0.0),
        d["value_added"],
        tariff=d["tariff"],
        final=d["final"],
        balanced=False,
        unit=1.0,
    )


def make_horizon() -> Horizon:
    """The long run with the trade elasticities of the paper."""
    d = load_data()
    return Horizon.long(trade_elasticity={str(s): float(v) for s, v in zip(d["sectors"], d["theta"], strict=True)})


class Experiment(NamedTuple):
    """The tariff cuts in one variant: its baseline, the equilibrium, and the parties' places in it."""

    baseline: World
    equilibrium: Equilibrium
    at: list[int]

    def effects(self) -> dict[str, Array]:
        """Effects on the parties, fractions: those of Table 2, and the exact change of real income."""
        q = self.equilibrium
        d = q.decomposition
        found = {
            "terms of trade": d.terms_of_trade,
            "volume of trade": d.volume_of_trade,
            "welfare": d.terms_of_trade + d.volume_of_trade,
            "real wage": q.real_wage - 1.0,
            "real income": q.real_income - 1.0,
        }
        return {name: values[self.at] for name, values in found.items()}


def solve_experiment(variant: str) -> Experiment:
    """The tariff cuts from a baseline with zero or with the observed deficits."""
    horizon = make_horizon()
    baseline = solve_baseline(make_world(), horizon=horizon, deficit=0.0 if variant == ZERO else None)
    shock = Shock(tariff=np.array(load_data()["tariff_cfl"]))
    found = solve_equilibrium(calibrate_baseline(baseline), horizon.theta(baseline.industries), shock)
    return Experiment(baseline, found, [baseline.economies.index(party) for party in PARTIES])


def compute(_: World) -> Result:
    """The run. The bundled world is not used: the study has its own."""
    rows: list[Row] = []
    incomes: dict[str, Array] = {}
    for variant in VARIANTS:
        effects = solve_experiment(variant).effects()
        incomes[variant] = 100.0 * effects["real income"]
        for key, of in (("nafta-table-2", variant), ("nafta-replication", f"{variant}, the replication")):
            for effect, figures in published_table(key, variant).items():
                rows += _rows(of, effect, effects[effect], figures)
        rows += _rows(variant, "real income", effects["real income"], (None, None, None))
    mexico = {variant: f"{values[0]:+.3f}" for variant, values in incomes.items()}
    return Result(
        name="nafta",
        title="NAFTA's tariffs, 1993 to 2005, by Caliendo and Parro (2015)",
        done=(
            "Tariffs between Mexico, Canada and the USA go from their levels of 1993 to those of 2005, those with "
            "others stay; 31 regions, 40 sectors, the paper's trade elasticities. The data do not balance, so that the "
            "baseline is solved again first: with zero aggregate deficits, or with those observed. Per cent.",
        ),
        columns=(_OURS,),
        rows=tuple(rows),
        reasons=(
            'What the paper calls "welfare" is the first-order sum of terms of trade and volume of trade. The exact '
            f"change of real income in the same solve is another number: {mexico[ZERO]} % for Mexico "
            f"({mexico[OBSERVED]} with deficits), whose tariffs change too much for a first-order sum. It is not in "
            "print.",
            "The figures of Table 2 with deficits were not read; those of the public replication were, in its tests.",
        ),
    )


def _rows(variant: str, effect: str, values: Array, figures: tuple[Published | None, ...]) -> list[Row]:
    exact = effect == "real income"
    name = {"welfare": '"welfare"', "real income": "exact real income"}.get(effect, effect)
    rows = []
    for party, value, figure in zip(PARTIES, 100.0 * values, figures, strict=True):
        mine = float(value)
        digits = 3 if exact or figure is None else max(2, len(figure.text.split(".")[1]))
        quantity = f"{party}, {name} ({variant})"
        remark = "not in print" if exact else ""
        rows.append(Row(quantity, {_OURS: Figure(mine, mine, mine)}, figure, _OURS, digits, remark))
    return rows
