"""What an instrument accepts and what it says when it does not: each rule of validation has a failing example."""

from __future__ import annotations

import pytest

import halys
from halys import Quantity
from halys.errors import InputError
from halys.measures import INSTRUMENTS, as_quantity, value_of

PAIR = {"exporters": "AAA", "importers": "BBB"}


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: halys.Tariff(**PAIR, rate=-0.1), r"Tariff\.rate: the number is -0\.1; it must be 0 or more"),
        (lambda: halys.Tariff(**PAIR, rate=float("nan")), r"Tariff\.rate"),
        (lambda: halys.Tariff(**PAIR, rate=float("inf")), r"Tariff\.rate"),
        (lambda: halys.Tariff(**PAIR, rate="0.1"), r"Tariff\.rate.*given '0\.1'"),
        (lambda: halys.Tariff(**PAIR, rate=True), r"Tariff\.rate.*given True"),
        (lambda: halys.Tariff(**PAIR), r"Tariff\.rate: is required"),
        (lambda: halys.Tariff(exporters="AAA", rate=0.1), r"Tariff\.importers: is required"),
        (lambda: halys.ExportTax(**PAIR, rate=-0.1), r"ExportTax\.rate: the number is -0\.1"),
        (lambda: halys.TradeCost(**PAIR, factor=0.9), r"TradeCost\.factor: the number is 0\.9; it must be 1 or more"),
        (lambda: halys.Ban(**PAIR, coverage=1.1), r"Ban\.coverage: the number is 1\.1; it must be between 0 and 1"),
        (lambda: halys.Ban(**PAIR, coverage=-0.1), r"Ban\.coverage"),
        (lambda: halys.Ban(**PAIR, reduction=2), r"Ban\.reduction: the number is 2"),
        (lambda: halys.Ban(**PAIR), "exactly one of them; none given"),
        (lambda: halys.Ban(**PAIR, coverage=0.5, reduction=0.5), "exactly one of them; two given"),
        (lambda: halys.Transfer(payers="AAA", recipients="BBB", amount=-1.0), r"Transfer\.amount: the number is -1"),
        (lambda: halys.Productivity(economies="AAA", factor=0.0), r"Productivity\.factor.*greater than 0"),
        (lambda: halys.Ban(exporters=[], importers="BBB", coverage=0.5), r"Ban\.exporters"),
        (lambda: halys.Ban(exporters="", importers="BBB", coverage=0.5), r"Ban\.exporters"),
        (lambda: halys.Ban(exporters=7, importers="BBB", coverage=0.5), r"Ban\.exporters"),
        (lambda: halys.Ban(**PAIR, coverage=0.5, industries=[]), r"Ban\.industries"),
        (lambda: halys.Ban(**PAIR, coverage=0.5, programme=""), r"Ban\.programme"),
    ],
)
def test_refused(build, said):
    with pytest.raises(InputError, match=said):
        build()


def test_unknown_field_gives_the_nearest_and_all():
    """A mistyped option is never dropped in silence."""
    with pytest.raises(
        InputError, match=r"Tariff\.rates: no such field\. Nearest: 'rate'.* It has .*exporters, importers"
    ):
        halys.Tariff(**PAIR, rate=0.1, rates=0.2)


def test_all_faults_at_once():
    with pytest.raises(InputError) as refused:
        halys.Tariff(exporters=[], importers="BBB", rate=-1.0)
    assert "Tariff.exporters" in str(refused.value)
    assert "Tariff.rate" in str(refused.value)


@pytest.mark.parametrize(
    "build",
    [
        lambda: halys.Tariff(**PAIR, rate=0),
        lambda: halys.Tariff(**PAIR, rate=5.0),
        lambda: halys.TradeCost(**PAIR, factor=1),
        lambda: halys.Ban(**PAIR, coverage=1),
        lambda: halys.Ban(**PAIR, reduction=0.0),
        lambda: halys.Productivity(economies="all", factor=1.5),
        lambda: halys.Transfer(payers="AAA", recipients=["BBB", "CCC"], amount=0),
    ],
)
def test_ends_of_ranges_are_allowed(build):
    build()


def test_measures_are_frozen_and_equal_by_value():
    measure = halys.Tariff(**PAIR, rate=0.1)
    with pytest.raises((InputError, ValueError), match="frozen"):
        measure.rate = 0.2
    assert measure == halys.Tariff(**PAIR, rate=0.1)
    assert measure.industries == "all"


def test_every_instrument_has_a_name_of_its_own():
    assert {"tariff", "export_tax", "trade_cost", "ban", "transfer", "productivity"} <= set(INSTRUMENTS)
    for name, cls in INSTRUMENTS.items():
        assert cls.model_fields["instrument"].default == name
        assert "Economics:" in cls.__doc__


# Quantities -----------------------------------------------------------------------------------------------------------


def test_quantity_stands_wherever_a_number_does():
    """A single run uses its value."""
    plain = halys.Ban(**PAIR, coverage=0.5)
    ranged = halys.Ban(**PAIR, coverage=Quantity(value=0.5, low=0.3, high=0.7, distribution="uniform", source="expert"))
    given = halys.Ban(**PAIR, coverage={"value": 0.5, "low": 0.3, "high": 0.7})
    assert value_of(plain.coverage) == value_of(ranged.coverage) == value_of(given.coverage) == 0.5
    assert ranged.coverage.source == "expert"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"value": 0.5, "low": 0.7, "high": 0.3}, "low must not exceed high"),
        ({"value": 0.2, "low": 0.3}, "below its own low"),
        ({"value": 0.8, "high": 0.7}, "above its own high"),
        ({"value": 0.5, "distribution": "uniform"}, "needs low and high"),
        ({"value": 0.5, "distribution": "uniform", "low": 0.1}, "needs low and high"),
        ({"value": 0.5, "low": 0.1, "high": 0.9, "distribution": "flat"}, r"Ban\.coverage\.distribution"),
        ({"low": 0.1, "high": 0.9}, r"Ban\.coverage\.value: is required"),
        ({"value": 0.5, "mean": 0.4}, r"Ban\.coverage\.mean: no such field"),
        ({"value": float("nan")}, r"Ban\.coverage\.value"),
    ],
)
def test_quantities_that_cannot_be(fields, said):
    with pytest.raises(InputError, match=said):
        halys.Ban(**PAIR, coverage=fields)


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda q: halys.Ban(**PAIR, coverage=q), "high of the number is 1.5; it must be between 0 and 1"),
        (lambda q: halys.Ban(**PAIR, reduction=q), "high of the number is 1.5"),
    ],
)
def test_ends_of_a_range_are_checked_too(build, said):
    """A range that leaves the allowed interval would fail in the middle of an ensemble."""
    with pytest.raises(InputError, match=said):
        build({"value": 0.5, "low": 0.1, "high": 1.5})


def test_low_end_is_checked_too():
    with pytest.raises(InputError, match=r"low of the number is 0\.8; it must be 1 or more"):
        halys.TradeCost(**PAIR, factor={"value": 1.2, "low": 0.8, "high": 1.5})


def test_parties() -> None:
    """Every instrument says what it is and from whom to whom it goes; a shock to productivity comes from nobody."""
    given = {
        "tariff": halys.Tariff(**PAIR, rate=0.1),
        "export_tax": halys.ExportTax(**PAIR, rate=0.1),
        "trade_cost": halys.TradeCost(**PAIR, factor=1.1),
        "ban": halys.Ban(**PAIR, coverage=0.1),
        "transfer": halys.Transfer(payers="AAA", recipients=["BBB", "CCC"], amount=1.0),
        "productivity": halys.Productivity(economies="BBB", factor=0.9),
        "financial_cut_off": halys.FinancialCutOff(senders="AAA", targets="BBB", friction=0.1, cleared=0.5),
        "secondary_sanctions": halys.SecondarySanctions(senders="AAA", targets="BBB", by="tariff", rate=0.1),
        "technology_denial": halys.TechnologyDenial(senders="AAA", targets="BBB", coverage=0.5),
        "voluntary_exit": halys.VoluntaryExit(senders="AAA", targets="BBB", share=0.1),
        "reserve_freeze": halys.ReserveFreeze(
            target="BBB", custodians="AAA", reserves=600, frozen=300, return_rate=0.02
        ),
    }
    assert given.keys() <= INSTRUMENTS.keys()
    assert given["financial_cut_off"].kind == "financial_cut_off"
    assert given["secondary_sanctions"].kind == "secondary_sanctions by tariff"
    expected = {"transfer": ("AAA", ["BBB", "CCC"]), "productivity": (None, "BBB")}
    for name, measure in given.items():
        assert measure.parties == expected.get(name, ("AAA", "BBB"))


def test_a_plain_number_is_a_quantity_about_which_nothing_is_known() -> None:
    ranged = Quantity(value=1.0, low=0.5, high=2.0)
    assert as_quantity(ranged) is ranged
    assert as_quantity(0.3) == Quantity(value=0.3)


@pytest.mark.parametrize(
    ("measure", "kind"),
    [
        (halys.Evasion(**PAIR, hub="CCC", capacity=0.1), "evasion through CCC"),
        (halys.PriceCap(**PAIR, discount=0.1), "price_cap"),
        (halys.PriceCap(**PAIR, discount=0.1, form="wedge"), "price_cap as a wedge"),
        (halys.ConcessionalSale(**PAIR, discount=0.1), "concessional_sale paid by the exporter"),
        (halys.EconomicRelief(**PAIR, share=0.1), "economic_relief"),
    ],
)
def test_kind_says_what_tells_them_apart(measure, kind):
    """Reports and tables show the name that files write, and what tells instruments of one name apart."""
    assert measure.kind == kind
