"""Every instrument in a scenario file: its numbers with ranges, its names, settings, and faults with their place."""

from __future__ import annotations

import pytest
from games import scenario, spoil

from halys.errors import FileError
from halys.measures import INSTRUMENTS, compile_measures
from halys.measures.registry import MEASURE_NAMES
from halys.scenario.numbers import numbers_without_source
from halys.scenario.overrides import apply_overrides
from halys.scenario.unknowns import with_value_at

RANGE = "{value: 0.5, low: 0.25, high: 0.75, source: own}"
ONE = "{value: 1.5, low: 1, high: 2, source: own}"
FORMS = {
    "tariff": "exporters: RUS, importers: USA, rate: %s",
    "export_tax": "exporters: USA, importers: RUS, rate: %s",
    "trade_cost": f"exporters: RUS, importers: USA, factor: {ONE}",
    "ban": "exporters: USA, importers: RUS, lines: %s",
    "transfer": "payers: CHN, recipients: RUS, amount: %s",
    "productivity": "economies: RUS, factor: %s",
    "financial_cut_off": "senders: G7, targets: RUS, friction: %s, cleared: %s, energy_exempt: true, finance: %s",
    "reserve_freeze": "target: RUS, custodians: EU27, reserves: 613, share: %s, return_rate: %s",
    "secondary_sanctions": "senders: USA, targets: CHN, by: ban, direction: exports, coverage: %s",
    "technology_denial": "senders: USA, targets: RUS, reduction: %s, productivity_loss: %s, affected: C26",
    "voluntary_exit": "senders: USA, targets: RUS, share: %s, affiliate_loss: %s, affected: [C29]",
    "price_cap": "exporters: RUS, importers: [IND, CHN], industries: B06, discount: %s, coverage: %s",
    "concessional_sale": "exporters: RUS, importers: CHN, industries: B06, discount: %s",
    "economic_relief": "exporters: CHN, importers: RUS, share: %s",
    "dual_use_backfill": f"supporters: CHN, targets: RUS, cost: {ONE}, share: %s",
    "military_transfer": "donors: USA, recipients: UKR, amount: %s, fungible: %s",
    "evasion": "exporters: G7, importers: RUS, hub: TUR, capacity: %s, margin: %s, loss: 1.1",
    "policing": "hubs: TUR, capacity_factor: %s",
}
PLACE = "{instrument: trade_cost, exporters: CHN, importers: all, factor: friction}"


def written(name):
    form = FORMS[name]
    return f"{{instrument: {name}, {form.replace('%s', RANGE)}}}"


@pytest.mark.parametrize("name", FORMS)
def test_numbers_with_ranges_are_unknowns(name):
    """Each number is found, and a measure at either end of its range compiles."""
    game = scenario(spoil(PLACE, written(name)))
    mine = [u for u in game.unknowns if u.paths[0][-3:-1] == ("measures", 0)]
    assert len(mine) == FORMS[name].count("%s") + (ONE in FORMS[name])
    for unknown in mine:
        assert unknown.economic
        for end in (unknown.quantity.low, unknown.quantity.high):
            changed = with_value_at(game.file, unknown, end).moves["usa"]["banks"].measures[0]
            compile_measures(game.world, [changed])


@pytest.mark.parametrize("name", FORMS)
def test_a_setting_reaches_its_number(name):
    document = spoil(PLACE, written(name))
    field = FORMS[name].split(": %s")[0].split(", ")[-1] if "%s" in FORMS[name] else "factor"
    value = 0.6 if "%s" in FORMS[name] else 1.25
    changed = apply_overrides(document, "f.yaml", [f"moves.usa.banks.measures[0].{field}={value}"])
    measure = scenario(changed.text).file.moves["usa"]["banks"].measures[0]
    assert getattr(measure, field).value == value


@pytest.mark.parametrize("name", FORMS)
def test_unknown_names_are_told_with_their_place(name):
    fields = INSTRUMENTS[name].model_fields
    first = next(key for key in fields if key in MEASURE_NAMES)
    form = FORMS[name].replace("%s", RANGE)
    given = form.split(f"{first}: ")[1].split(",")[0]
    document = spoil(PLACE, f"{{instrument: {name}, {form.replace(f'{first}: {given}', f'{first}: XXX', 1)}}}")
    with pytest.raises(FileError, match=rf"moves\.usa\.banks\.measures\[0\]\.{first}: 'XXX' is not an econ"):
        scenario(document)


def test_what_is_left_out_is_no_number_of_the_file():
    """The margin and loss of a way round have defaults; nobody is asked for their source."""
    game = scenario(
        spoil(PLACE, f"{{instrument: evasion, exporters: G7, importers: RUS, hub: TUR, capacity: {RANGE}}}")
    )
    assert not [path for path in numbers_without_source(game.file) if "measures" in path]
    assert game.file.moves["usa"]["banks"].measures[0].loss == 1.0


def test_composites_are_superseded_whole():
    """A move that supersedes another takes away all that its measures stand for."""
    text = spoil(PLACE, written("financial_cut_off")).replace(
        "join: {label: Join,", "join: {label: Join, supersede: [usa.banks],"
    )
    game = scenario(text)
    kept, gone = (
        compile_measures(game.world, game.history(f"china=arms/usa=banks/allies={move}").instruments)
        for move in ("stay", "join")
    )
    assert kept.iceberg is not None
    assert kept.ban is not None
    assert (gone.iceberg, gone.ban) == (None, None)


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_a_slip_in_the_name_is_told_with_the_name(name):
    """Letters swapped, left out or doubled, another case, other marks: the nearest is the one that was meant."""
    slips = [
        name[:2] + name[3] + name[2] + name[4:] if len(name) > 3 and name[2] != name[3] else name + "s",
        name[:-1],
        name + name[-1],
        name.upper(),
        name.replace("_", "-") if "_" in name else name + "s",
    ]
    for slip in slips:
        with pytest.raises(FileError, match=rf"\.instrument: '{slip}' is not allowed here.* Nearest: '{name}'"):
            scenario(spoil(PLACE, written(name).replace(f"instrument: {name}", f"instrument: {slip}")))


def test_all_instruments_are_tried():
    assert set(FORMS) == set(INSTRUMENTS)


def test_every_field_that_holds_names_is_known():
    """Names that nobody checks would fail in the middle of a run."""
    for name, cls in INSTRUMENTS.items():
        for field, info in cls.model_fields.items():
            holds = any(word in repr(info.annotation) + repr(info.metadata) for word in ("tag='names'", "MinLen"))
            assert not holds or field in MEASURE_NAMES or field == "programme", (name, field)
