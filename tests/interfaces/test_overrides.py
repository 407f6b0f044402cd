"""Settings of the form PATH=VALUE: what they change in the text of a scenario, and what they leave alone."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from commands import HEAD, SMALL, write

from halys.errors import FileError, InputError
from halys.scenario import all_numbers, load_scenario
from halys.scenario.document import parse_document
from halys.scenario.load import bundled_text
from halys.scenario.overrides import _resolve, apply_overrides, load_overridden
from halys.scenario.places import KEYS
from halys.scenario.text_edit import changed, flow_text, replace_value, value_at
from halys.scenario.unknowns import list_unknowns
from halys.scenario.validation import path_text

# An older Rome, with a number written out at every place; it never changes.
ROME_FILE = Path(__file__).parents[1] / "scenario" / "older" / "rome-2022-v1a.yaml"
ROME = ROME_FILE.read_text(encoding="utf-8")

# One of every sort of place: braces, blocks, anchors, aliases of values and of whole blocks, empty values, long texts.
ODD = """\
# Ünïcode before every place
a: &whole
  plain: 1   # a comment
  braces: {x: 2, "quoted key": 'é', list: [1, 2, ],}
  shared: &number {value: 3, low: 0}
  block:
  - one
  - &two
    k: v
    # a comment
    text: >-
      long
      text
  empty:
  tagged: !!float 5
again: *whole
also: [*number, {n: *number}]
alias: *two
keep: |+
  literal

last: {}
"""


def places(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every path of plain data."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at] * bool(at) + [path for key, entry in entries for path in places(entry, (*at, key))]


def lines_that_differ(old: str, new: str) -> int:
    kept = new.split("# Set on the command line:")[0].splitlines()
    return sum(a != b for a, b in zip(old.splitlines(), kept, strict=False)) + abs(len(kept) - len(old.splitlines()))


class TestText:
    @pytest.mark.parametrize("new", [7, "text: odd #", [1, {"k": None}], {"a b": True}, "", "\u2028", -1e-300])
    def test_every_place_can_be_changed_alone(self, new: Any) -> None:
        data = parse_document(ODD, "odd.yaml").data
        for path in places(data):
            text, _ = replace_value(ODD, data, path, new)
            assert parse_document(text, "odd.yaml").data == changed(data, path, new), path_text(path)

    def test_every_mapping_takes_another_key(self) -> None:
        data = parse_document(ODD, "odd.yaml").data
        for path in [(), *places(data)]:
            if isinstance(value_at(data, path), dict):
                text, _ = replace_value(ODD, data, (*path, "new key"), 1)
                assert parse_document(text, "odd.yaml").data == changed(data, (*path, "new key"), 1), path_text(path)

    def test_twice_at_every_place(self) -> None:
        """What the first change made of the anchors must bear a second one."""
        data = parse_document(ODD, "odd.yaml").data
        for first in places(data):
            if not isinstance(value_at(data, first), int):
                continue
            once, _ = replace_value(ODD, data, first, 7)
            middle = parse_document(once, "odd.yaml").data
            for second in places(middle):
                text, _ = replace_value(once, middle, second, 8)
                assert parse_document(text, "odd.yaml").data == changed(middle, second, 8)

    @pytest.mark.parametrize("newline", ["\r\n", "\n"])
    def test_comments_and_line_ends_stay(self, newline: str) -> None:
        text = ODD.replace("\n", newline)
        new, shared = replace_value(text, parse_document(text, "odd.yaml").data, ("a", "plain"), 9)
        assert shared
        assert f"plain: 9   # a comment{newline}" in new
        assert new.count("#") == text.count("#")

    @pytest.mark.parametrize(
        "value",
        [0.1, 1e-300, 20.0, "NO", "true", "1e5", "-", "a: b", "#", "é", "a  b", " a", "C26", None, False, [], {}],
    )
    def test_flow_text_is_read_as_the_same(self, value: Any) -> None:
        again = parse_document(f"v: [{flow_text(value)}]", "v.yaml").data["v"]
        assert again == [value]
        assert type(again[0]) is type(value)


class TestNumbersOfRome:
    def test_every_number_by_its_full_path(self) -> None:
        file = load_scenario(ROME_FILE)
        data = parse_document(ROME, "rome.yaml").data
        for path, number in all_numbers(file.file):
            middle = (number.low + number.value) / 2 if hasattr(number, "low") and number.low is not None else 1.0
            done = apply_overrides(ROME, "rome.yaml", [f"{path_text(path)}={middle}"])
            expected = copy.deepcopy(data)
            value_at(expected, path)["value"] = middle
            assert parse_document(done.text, "rome.yaml").data == expected

    def test_one_line_changes_and_a_comment_says_so(self) -> None:
        done = apply_overrides(ROME, "rome.yaml", ["moves.china.relief.amount=20"])
        assert lines_that_differ(ROME, done.text) == 1
        assert "amount: {value: 20, low: 1.0, high: 24.0, distribution: uniform" in done.text
        assert done.text.endswith("#   moves.china.relief.measures[0].amount.value = 20 (was 12.5)\n")
        (change,) = done.changes
        assert change.path == ("moves", "china", "relief", "measures", 0, "amount", "value")
        assert (change.before, change.after, change.note) == ("12.5", "20", "")

    def test_a_field_of_all_measures_of_a_move(self) -> None:
        done = apply_overrides(ROME, "rome.yaml", ["in_force.payments.factor=1.1"])
        assert [c.path[-3:] for c in done.changes] == [(n, "factor", "value") for n in (0, 1)]
        data = parse_document(done.text, "rome.yaml").data
        assert data["moves"]["usa"]["broad"]["measures"][3]["factor"]["value"] == 1.096, "what shared it keeps its own"
        assert "other places that share it keep theirs" in str(done.changes[0])

    def test_measures_of_cases(self) -> None:
        done = apply_overrides(ROME, "rome.yaml", ["moves.europe.joins.reduction=0.5"])
        assert [path_text(c.path) for c in done.changes] == ["moves.europe.joins.cases[1].measures[2].reduction.value"]

    def test_no_setting_no_change(self) -> None:
        assert apply_overrides(ROME, "rome.yaml", []).text == ROME
        assert load_overridden(ROME_FILE, [])[0].text == ROME

    def test_later_settings_count(self) -> None:
        done = apply_overrides(ROME, "r.yaml", ["moves.china.relief.amount=2", "moves.china.relief.amount=3"])
        assert (
            parse_document(done.text, "r.yaml").data["moves"]["china"]["relief"]["measures"][0]["amount"]["value"] == 3
        )

    def test_the_range_may_be_widened_in_any_order(self) -> None:
        settings = ["moves.china.relief.amount=30", "moves.china.relief.amount.high=40"]
        for order in (settings, settings[::-1]):
            scenario, _ = load_overridden(ROME_FILE, order)
            amount = scenario.file.moves["china"]["relief"].measures[0].amount
            assert (amount.value, amount.high, amount.low, amount.source) == (30, 40, 1.0, "pboc-swap")

    def test_sections_and_lists_that_the_file_leaves_out_or_has(self) -> None:
        settings = ["horizon.trade_elasticity=5", "closures=[balanced]", "moves.china.relief.recipients=[RUS, BLR]"]
        scenario, _ = load_overridden(ROME_FILE, settings)
        assert scenario.file.horizon.trade_elasticity == 5
        assert list(scenario.file.closures) == ["balanced"]
        assert scenario.file.moves["china"]["relief"].measures[0].recipients == ["RUS", "BLR"]

    def test_plain_numbers_may_get_a_range(self, empty_folder: Path) -> None:
        file = write(empty_folder, SMALL.replace("{value: 0.5, source: own}", "0.5"))
        settings = ["in_force.machines.coverage.low=0.2", "in_force.machines.coverage.high=0.9"]
        scenario, _ = load_overridden(file, settings)
        coverage = scenario.file.in_force["machines"].measures[0].coverage
        assert (coverage.value, coverage.low, coverage.high) == (0.5, 0.2, 0.9)

    def test_a_field_that_a_measure_leaves_out(self, small: Path) -> None:
        scenario, _ = load_overridden(small, ["in_force.machines.measures[0].programme=other"])
        assert scenario.file.in_force["machines"].measures[0].programme == "other"


ASSUMED = (
    HEAD.replace(
        "actors:", "assumptions:\n  grip: {label: Grip, value: 0.5, low: 0.2, high: 0.9, source: own}\nactors:"
    )
    + """\
in_force:
  machines:
    label: Embargo on machines
    measures:
      - {instrument: ban, exporters: EU27, importers: RUS, industries: C28, coverage: grip}
      - {instrument: ban, exporters: EU27, importers: RUS, industries: C26, coverage: grip}
"""
)


class TestAssumptions:
    @pytest.mark.parametrize("setting", ["assumptions.grip=0.7", "assumptions.grip.value=0.7", "grip=0.7"])
    def test_change_every_place(self, empty_folder: Path, setting: str) -> None:
        scenario, (change,) = load_overridden(write(empty_folder, ASSUMED), [setting])
        assert [m.coverage.value for m in scenario.file.in_force["machines"].measures] == [0.7, 0.7]
        assert change.note == "used at 2 places"

    def test_a_place_that_names_one_is_changed_alone(self, empty_folder: Path) -> None:
        file = write(empty_folder, ASSUMED)
        scenario, (change,) = load_overridden(file, ["in_force.machines.measures[1].coverage=0.7"])
        first, second = (m.coverage for m in scenario.file.in_force["machines"].measures)
        assert (first.value, second.value, second.low, second.high) == (0.5, 0.7, 0.2, 0.9)
        assert "assumptions.grip" in change.note

    @pytest.mark.parametrize(
        "setting",
        [
            "moves.china.relief.amount=20",
            "moves.china.arms.amount=10",
            "moves.usa.tariffs.measures[0].rate=0.3",
            "moves.china.relief.measures=[{instrument: tariff, exporters: CHN, importers: RUS, rate: 0.1}]",
        ],
    )
    def test_a_setting_may_take_its_only_use(self, setting: str, empty_folder: Path) -> None:
        """What was set is kept in the text, which loads again as it is; a file written so by hand is refused."""
        changed_one, changes = load_overridden("rome-2022", [setting])
        assert len(changes) == 1
        again = load_scenario(write(empty_folder, changed_one.text, "scenario.yaml"))
        assert again.file == changed_one.file
        assert all(unknown.paths for unknown in list_unknowns(again.file))
        later, _ = load_overridden(str(empty_folder / "scenario.yaml"), ["tariff-rate=0.2"])
        assert "tariff-rate" in later.file.assumptions

    def test_by_hand_each_is_used(self, empty_folder: Path) -> None:
        text = load_overridden("rome-2022", ["moves.china.relief.amount=20"])[0].text
        with pytest.raises(FileError, match="no number uses the assumption 'relief-amount'"):
            load_scenario(write(empty_folder, text.split("# Set on the command line:")[0]))

    def test_its_range_holds(self, empty_folder: Path) -> None:
        file = write(empty_folder, ASSUMED)
        with pytest.raises(FileError, match=r"outside the range of assumptions\.grip, 0\.2 to 0\.9"):
            load_overridden(file, ["grip=0.95"])
        with pytest.raises(FileError, match=r"outside the range of in_force.machines.measures\[0\].coverage"):
            load_overridden(file, ["in_force.machines.measures[0].coverage=0.95"])


SECTIONS = ("horizon", "discounting", "stakes", "moves", "in_force", "measures", "cases", "exposures", "assumptions")


class TestRefused:
    @pytest.mark.parametrize(
        ("setting", "told"),
        [
            ("moves.china.relief.amount", "a setting is PATH=VALUE"),
            ("=3", "a setting is PATH=VALUE"),
            ("moves.china.relief.amount=", "no value after '='"),
            ("moves.china.relief.amount=.nan", "not a finite number"),
            ("moves.china.relief.amount=[1", "is not closed"),
            ("[0]=1", "is not a path"),
            ("moves..china=1", "is not a path"),
            ("moves.china.relif.amount=20", "Nearest: moves.china.relief.amount (12.5)"),
            ("moves.china.relief.rate=0.3", "The numbers of its measures: amount (12.5)."),
            ("moves.usa.broad.amount=1", "factor (1.0375, 1.096), reduction (0.6)"),
            ("moves.china.amount=2", "moves.china.relief, moves.china.arms have it. Name the move."),
            ("moves.china.relief=2", "-s moves.china.relief.amount="),
            ("moves.china.relief.measures[3].amount=2", "there is no [3] under moves.china.relief.measures"),
            ("nosuch=1", "there is no 'nosuch' at the top of the file"),
            ("moves.china.relief.amount=30", "1 to 24. Choose a value inside it, or widen it: -s moves.china.relief"),
            ("moves.china.relief.amount=20 percent", "'20 percent' is no number. Write a number such as 12.5."),
            ("moves.china.relief.payers=CNH", "'CNH' is not an economy"),
            ("moves.china.relief.amount.source=nosuch", "source 'nosuch' is not listed"),
            ("horizon.nosuch=1", "'nosuch' under horizon" if "horizon:" in ROME else "'horizon' at the top"),
        ],
    )
    def test_one_clear_fault_at_the_setting(self, setting: str, told: str) -> None:
        with pytest.raises(FileError) as caught:
            load_overridden(ROME_FILE, [setting])
        (problem,) = caught.value.problems
        assert problem.where.startswith(f"-s {setting}")
        assert told in problem.message

    @pytest.mark.parametrize(
        ("setting", "told"),
        [
            ("tariff-rate=30%", "'30%' is no number. Write a number such as 0.25."),
            ("tariff-rate=0,3", "'0,3' is no number. Write a number such as 0.3."),
            ("tariff-rate=abc", "'abc' is no number. Write a number such as 0.25."),
            ("tariff-rate.low=[1]", "'[1]' is no number."),
            ("resolve=5%", "'5%' is no number. Write a number such as"),
            ("moves.china.relief.amount=relief-amont", "Nearest: 'relief-amount'"),
            ("resolv=3", "Nearest: resolve ("),
            ("tarif-rate=0.3", "Nearest: tariff-rate (0.25)"),
            ("closurs=[fixed]", "Nearest: closures"),
        ],
    )
    def test_of_named_numbers(self, setting: str, told: str) -> None:
        with pytest.raises(FileError) as caught:
            load_overridden("rome-2022", [setting])
        assert told in str(caught.value)

    def test_below_every_sort_of_place(self) -> None:
        """What is below a number, a text or a list that has no such part is refused in words, wherever it is."""
        data = parse_document(bundled_text("rome-2022"), "rome").data
        sorts = {}
        for path in filter(None, places(data)):
            sort = (type(value_at(data, path)), *(key for key in path if key in KEYS or key in SECTIONS))
            sorts.setdefault(sort, path)
        assert len(sorts) > 40
        for path in sorts.values():
            with pytest.raises(InputError, match=r"there is no 'nosuch'"):
                _resolve(data, f"{path_text(path)}.nosuch.deeper=1")

    def test_all_at_once(self) -> None:
        with pytest.raises(FileError) as caught:
            load_overridden(ROME_FILE, ["moves.china.relief.rate=1", "nosuch=1", "moves.china.arms.amount=99"])
        assert len(caught.value.problems) == 3

    def test_a_number_that_the_instrument_refuses(self) -> None:
        with pytest.raises(FileError, match=r"it must be 0 or more") as caught:
            load_overridden(ROME_FILE, ["in_force.tariffs.rate=-1"])
        assert caught.value.problems[0].where.startswith(
            "-s in_force.tariffs.rate=-1 › in_force.tariffs.measures[0].rate"
        )
