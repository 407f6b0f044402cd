# ruff: noqa: E501 (files and messages read better in one line)
"""Correlations that a file states: which are refused, where, and in what words."""

from __future__ import annotations

import numpy as np
import pytest
from games import GAME, scenario
from hypothesis import given, settings
from hypothesis import strategies as st

from halys.errors import FileError, InputError
from halys.futures import correlation_factor
from halys.scenario.correlations import joined_sets, rank_matrix
from halys.scenario.document import parse_document
from halys.scenario.load import check_document, load_scenario
from halys.scenario.overrides import apply_overrides


def game(*entries: str, text: str = GAME) -> str:
    """The game with correlations; they begin in line 10, the first entry in line 11."""
    lines = "".join(f"  - {{{entry}}}\n" for entry in entries)
    return text.replace("sources:", f"correlations:\n{lines}sources:", 1)


def faults(text: str) -> list[str]:
    with pytest.raises(FileError) as caught:
        scenario(text)
    return [str(problem) for problem in caught.value.problems]


PAIR = "between: [friction, help], rank: 0.6, source: own"


def test_they_are_read_and_change_no_number() -> None:
    found = scenario(
        game(PAIR, "between: [stakes.resolve.percent_of_income, thetas], rank: -0.2, source: own, note: x")
    )
    assert [entry.rank for entry in found.file.correlations] == [0.6, -0.2]
    assert found.unknowns == scenario().unknowns
    assert found.horizon == scenario().horizon


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("between: [friction, hepl], rank: 0.6, source: own", "11:26 › correlations[0].between[1]: 'hepl' is not a number with a range in this scenario. Nearest: 'help'"),
        ("between: [quite-another, help], rank: 0.6, source: own", "11:16 › correlations[0].between[0]: 'quite-another' is not a number with a range in this scenario. It has friction, thetas, help, "),
        ("between: [help, help], rank: 0.6, source: own", "11:15 › correlations[0].between: 'help' is correlated with itself"),
        ("between: [help, discounting.years], rank: 0.6, source: own", "the number 'discounting.years' has no range"),
        ("between: [help, \"moves.usa.banks.measures[0].factor\"], rank: 0.6, source: own", "is the number 'friction'. Write that id."),
        ("between: [help], rank: 0.6, source: own", "correlations[0].between"),
        ("between: [help, friction, thetas], rank: 0.6, source: own", "correlations[0].between"),
        ("between: [help, friction], rank: 1, source: own", "correlations[0].rank: 1 is not allowed here. Write a value less than 1"),
        ("between: [help, friction], rank: -1.5, source: own", "correlations[0].rank: -1.5 is not allowed here. Write a value greater than -1"),
        ("between: [help, friction], rank: high, source: own", "correlations[0].rank"),
        ("between: [help, friction], rank: 0.5", "correlations[0].source: 'source' is missing"),
        ("between: [help, friction], rank: 0.5, source: owl", "correlations[0].source: source 'owl' is not listed"),
        ("between: [help, friction], rank: 0.5, source: own, rho: 1", "unknown key 'rho'. Allowed here: between, rank, source, note"),
    ],
)  # fmt: skip
def test_refused(entry: str, told: str) -> None:
    found = faults(game(entry))
    assert any(told in fault for fault in found), found


def test_a_pair_twice_in_either_order() -> None:
    (found,) = faults(game(PAIR, "between: [help, friction], rank: 0.1, source: own"))
    assert found.startswith(
        "f.yaml:12:15 › correlations[1].between: 'help' and 'friction' are correlated already in line 11."
    )


def test_an_assumption_without_a_range() -> None:
    text = GAME.replace(
        "{label: Help for Russia, value: 0.5, low: 0.2, high: 0.8,", "{label: Help for Russia, value: 1,"
    )
    (found,) = faults(game(PAIR, text=text))
    assert "'help' has no range, so that it is not drawn. Give it low and high" in found


def test_what_no_numbers_can_have_together() -> None:
    """Each of the three goes with the next, and the first against the last: 0.9, 0.9 and −0.9."""
    stake = "stakes.resolve.percent_of_income"
    entries = [
        "between: [thetas, discounting.rate], rank: 0.5, source: own",  # of another set, and possible
        "between: [friction, help], rank: 0.9, source: own",
        f"between: [help, {stake}], rank: 0.9, source: own",
        f"between: [{stake}, friction], rank: -0.9, source: own",
    ]
    (found,) = faults(game(*entries))
    smallest = 1 - 2 * 2 * np.sin(0.15 * np.pi)  # of the matrix of the normals, with r = 2 sin(0.9 pi / 6)
    assert found.startswith("f.yaml:12:5 › correlations[1]: no numbers can be correlated like this together")
    assert f"the smallest eigenvalue of their correlations is {smallest:.3g}, mostly from 'friction', 'help', " in found
    assert f"'{stake}'; it must not be below 0" in found


def test_pairs_that_are_not_stated_have_none() -> None:
    stake = "stakes.resolve.percent_of_income"
    chain = ["between: [friction, help], rank: 0.8, source: own", f"between: [help, {stake}], rank: 0.8, source: own"]
    (found,) = faults(game(*chain))
    assert "Pairs that are not stated have the correlation 0" in found
    scenario(game(*chain, f"between: [friction, {stake}], rank: 0.7, source: own"))


def test_of_an_elasticity_that_the_file_leaves_out() -> None:
    text = "\n".join(line for line in GAME.splitlines() if not line.startswith(("  thetas:", "horizon:"))) + "\n"
    scenario(game("between: [horizon.trade_elasticity_factor, help], rank: 0.5, source: own", text=text))
    fixed = text.replace("actors:", "horizon: {trade_elasticity_factor: 1}\nactors:", 1)
    (found,) = faults(game("between: [horizon.trade_elasticity_factor, help], rank: 0.5, source: own", text=fixed))
    assert "the number 'horizon.trade_elasticity_factor' has no range" in found


def test_of_a_posterior() -> None:
    text = load_scenario("call-2022").text
    name = "belief-threat-carried-out-resolute"
    entry = f"correlations: [{{between: [{name}, detour-friction], rank: 0.4, source: assumption}}]\n"
    found = check_document(parse_document(entry + text, "call-2022.yaml"))
    assert found.file.correlations[0].between[0] == name
    other = entry.replace("-resolute,", "-resolut,")
    with pytest.raises(FileError, match=f"Nearest: '{name}'"):
        check_document(parse_document(other + text, "call-2022.yaml"))


def test_a_setting_changes_one() -> None:
    done = apply_overrides(game(PAIR), "f.yaml", ["correlations[0].rank=0.25"])
    assert scenario(done.text).file.correlations[0].rank == 0.25


def test_sets_that_pairs_join() -> None:
    assert joined_sets([]) == ()
    assert joined_sets([(3, 1), (5, 6), (1, 0)]) == ((0, 1, 3), (5, 6))
    assert joined_sets([(0, 1), (2, 3), (3, 0), (4,)]) == ((0, 1, 2, 3),)


@given(ranks=st.lists(st.floats(-0.99, 0.99), min_size=6, max_size=6))
@settings(max_examples=150, deadline=None)
def test_files_and_draws_refuse_the_same(ranks: list[float]) -> None:
    """The check when a file is read, and the one of the draws, on all six pairs of four numbers."""
    names = ["friction", "help", "discounting.rate", "stakes.punish.percent_of_income"]
    order = ["friction", "help", "discounting.rate", "stakes.punish.percent_of_income"]
    pairs = [(a, b) for a in range(4) for b in range(a + 1, 4)]
    entries = [
        f"between: [{names[a]}, {names[b]}], rank: {rank!r}, source: own"
        for (a, b), rank in zip(pairs, ranks, strict=True)
    ]
    matrix = rank_matrix(range(len(order)), dict(zip(pairs, ranks, strict=True)))
    try:
        correlation_factor(matrix)
    except InputError:
        assert any("no numbers can be correlated" in fault for fault in faults(game(*entries)))
    else:
        scenario(game(*entries))
