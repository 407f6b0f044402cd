"""Tables and numbers for the terminal."""

from __future__ import annotations

import pytest

from halys.answer.results import NOTHING
from halys.report.text import Block, billions, percent, render_tables


@pytest.mark.timeout(20)
def test_a_table_of_many_rows_takes_time_in_proportion():
    """20,000 histories are what a scenario may have; widths that are found anew for each line would take minutes."""
    rows = tuple((f"history {n}",) for n in range(20_000))
    cells = tuple((percent(n / 1e4), billions(float(n))) for n in range(20_000))
    lines = render_tables(Block("", ("history",), rows, words=True), [Block("China", ("%", "bn"), cells)], 80)
    assert len(lines.splitlines()) == 20_003
    assert len({len(line) for line in lines.splitlines()[3:]}) == 1


def test_blocks_that_do_not_fit_stand_in_a_table_of_their_own():
    label = Block("", ("history",), (("a",), ("b",)), words=True)
    blocks = [Block(name, ("%", "bn"), (("+1.00", "+1.0"), ("0", "0"))) for name in "ABC"]
    wide, narrow = render_tables(label, blocks, 80), render_tables(label, blocks, 40)
    assert len(wide.split("\n\n")) == 1
    assert [table.split()[:-1][0] for table in narrow.split("\n\n")] == ["A", "C"]
    assert max(map(len, narrow.splitlines())) <= 40
    assert narrow.count("history") == 2


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0"), (NOTHING / 2, "0"), (2 * NOTHING, "+0.00"), (-0.004, "-0.00"), (-0.005, "-0.01"), (1.2345, "+1.23")],
)
def test_small_changes_are_told_from_none(value, shown):
    assert percent(value) == shown


def test_billions():
    assert [billions(x) for x in (0.0, -NOTHING / 2, -1234.56, 0.04)] == ["0", "0", "-1,234.6", "+0.0"]
