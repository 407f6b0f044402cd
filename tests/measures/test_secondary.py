"""Sanctions on a supporter: each named instrument is exactly that instrument, and the choice decides who pays."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

import halys
from halys.errors import InputError, UnknownNameError
from halys.measures import INSTRUMENTS, compile_measures
from halys.measures.secondary import _WAYS, By
from worlds import FIVE, make_arrays

ON = {"senders": "AAA", "targets": "BBB"}
HITS = {"exporters": "BBB", "importers": "AAA"}  # imports of the sender
SELLS = {"exporters": "AAA", "importers": "BBB"}


@pytest.fixture(scope="module")
def coded_world():
    return halys.World.from_arrays(("AAA", "BBB", "CCC", "DDD"), ("B06", "C26", "K"), **make_arrays(3), id="coded")


PARTS = ("iceberg", "tariff", "export_tax", "ban", "transfer", "productivity")
CUT = {"friction": 0.1, "cleared": 0.5, "rails_substitution": 0.5, "finance": 0.3}


@pytest.mark.parametrize(
    ("fields", "same"),
    [
        ({"by": "tariff", "rate": 0.25}, [halys.Tariff(**HITS, rate=0.25)]),
        ({"by": "export_tax", "rate": 0.25}, [halys.ExportTax(**SELLS, rate=0.25)]),
        ({"by": "trade_cost", "factor": 1.25, "direction": "imports"}, [halys.TradeCost(**HITS, factor=1.25)]),
        ({"by": "trade_cost", "factor": 1.25, "direction": "exports"}, [halys.TradeCost(**SELLS, factor=1.25)]),
        (
            {"by": "trade_cost", "factor": 1.25},
            [halys.TradeCost(**HITS, factor=1.25), halys.TradeCost(**SELLS, factor=1.25)],
        ),
        ({"by": "ban", "coverage": 0.4}, [halys.Ban(**HITS, coverage=0.4), halys.Ban(**SELLS, coverage=0.4)]),
        (
            {"by": "ban", "reduction": 0.4, "direction": "imports", "industries": "C26"},
            [halys.Ban(**HITS, reduction=0.4, industries="C26")],
        ),
        ({"by": "financial_cut_off", **CUT}, [halys.FinancialCutOff(**ON, **CUT)]),
        (
            {"by": "financial_cut_off", **CUT, "partners": "AAA", "energy_exempt": True},
            [halys.FinancialCutOff(**ON, **CUT, partners="AAA", energy_exempt=True)],
        ),
        (
            {"by": "technology_denial", "reduction": 0.6, "productivity_loss": 0.01, "affected": "C26"},
            [halys.TechnologyDenial(**ON, reduction=0.6, productivity_loss=0.01, affected="C26")],
        ),
    ],
    ids=lambda given: given["by"] if isinstance(given, dict) else "",
)
def test_it_is_the_instrument_that_it_names(coded_world, fields, same):
    one = compile_measures(coded_world, [halys.SecondarySanctions(**ON, **fields)])
    other = compile_measures(coded_world, same)
    for part in PARTS:
        np.testing.assert_equal(getattr(one, part), getattr(other, part))


def test_every_way_is_an_instrument():
    assert set(get_args(By)) == set(_WAYS) <= set(INSTRUMENTS)


def test_the_instrument_decides_who_pays(world):
    """25 % on Chinese goods by the coalition of 2022: as a trade cost it costs the coalition, as a tariff it pays.

    Trade elasticity 5. At the elasticities by industry, 8 on average, 25 % is beyond the best tariff: it costs the
    coalition 14 billion a year, and one of 10 % brings it 23.
    """
    both = {"senders": "coalition_2022", "targets": "CHN", "industries": "goods"}
    outcomes = {
        by: halys.solve(world, halys.SecondarySanctions(**both, by=by, direction="imports", **number), horizon=FIVE)
        for by, number in (("tariff", {"rate": 0.25}), ("trade_cost", {"factor": 1.25}))
    }
    senders = {by: outcome.total("coalition_2022").billion_usd for by, outcome in outcomes.items()}
    targets = {by: outcome.total("CHN").billion_usd for by, outcome in outcomes.items()}
    assert senders == pytest.approx({"tariff": 7.0, "trade_cost": -134.3}, abs=0.1)
    assert targets == pytest.approx({"tariff": -115.0, "trade_cost": -101.0}, abs=0.1)


def test_programme_is_handed_on(coded_world):
    """Two bans of one programme do not add up, through the composite either."""
    measures = [halys.SecondarySanctions(**ON, by="ban", coverage=b, programme="p") for b in (0.3, 0.5)]
    assert compile_measures(coded_world, measures).ban[0, 0, 1] == pytest.approx(0.5)
    apart = [m.model_copy(update={"programme": None}) for m in measures]
    assert compile_measures(coded_world, apart).ban[0, 0, 1] == pytest.approx(0.65)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, r"SecondarySanctions\.by: is required"),
        ({"by": "war", "rate": 0.1}, r"SecondarySanctions\.by"),
        ({"by": "tariff"}, "by tariff needs rate"),
        ({"by": "tariff", "factor": 1.25}, "by tariff takes no factor; it takes rate"),
        ({"by": "tariff", "rate": 0.25, "direction": "exports"}, "takes only imports; direction exports given"),
        ({"by": "export_tax", "rate": 0.25, "direction": "both"}, "takes only exports; direction both given"),
        ({"by": "tariff", "rate": -0.25}, r"SecondarySanctions\.rate: the number is -0\.25"),
        ({"by": "tariff", "rate": float("nan")}, r"SecondarySanctions\.rate"),
        ({"by": "ban"}, "by ban needs coverage or reduction or lines, exactly one"),
        ({"by": "ban", "coverage": 0.1, "reduction": 0.1}, "by ban needs coverage or reduction or lines, exactly one"),
        ({"by": "ban", "coverage": 1.1}, r"coverage: the number is 1\.1"),
        ({"by": "financial_cut_off", "friction": 0.1}, "by financial_cut_off needs cleared"),
        ({"by": "financial_cut_off", "friction": 0.1, "cleared": 0.5, "direction": "both"}, "takes no direction"),
        ({"by": "trade_cost", "factor": 1.1, "finance": 0.5}, "by trade_cost takes no finance; it takes factor"),
        ({"by": "technology_denial", "coverage": 0.5, "affected": "C26"}, "go together"),
    ],
)
def test_refused(fields, said):
    with pytest.raises(InputError, match=said):
        halys.SecondarySanctions(**ON, **fields)


def test_what_this_world_cannot_bear(coded_world):
    for targets, error, said in (("ZZZ", UnknownNameError, "ZZZ"), (["AAA", "BBB"], InputError, "both as sender and")):
        measure = halys.SecondarySanctions(senders="AAA", targets=targets, by="tariff", rate=0.1)
        with pytest.raises(error, match=said):
            compile_measures(coded_world, [measure])
