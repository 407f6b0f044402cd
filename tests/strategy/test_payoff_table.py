"""Payoffs from a table: any order, and every fault named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from trees import crisis

from halys.errors import FileError, InputError
from halys.strategy import Node, Tree, load_payoffs, read_payoffs

GOOD = """target, history, sender
-1,cross-punish,-2
3,cross-nothing,-0.1

0,stay-nothing,0
-4,"stay-punish",-2e0
"""


def test_lines_and_columns_in_any_order():
    assert read_payoffs(GOOD, crisis()).tolist() == [[0, 0], [-2, -4], [-0.1, 3], [-2, -1]]


def test_a_file_with_a_byte_order_mark(tmp_path: Path):
    path = tmp_path / "payoffs.csv"
    path.write_text(GOOD, encoding="utf-8-sig")
    assert load_payoffs(path, crisis()).shape == (4, 2)


def test_all_faults_of_a_table_at_once():
    text = (
        "history,sender,target\nstay-nothing,0,0\nstay-nothing,1,1\nstay-punsh,1,1\n"
        "cross-nothing,x,inf\ncross-punish,1\n"
    )
    with pytest.raises(FileError) as error:
        read_payoffs(text, crisis(), "p.csv")
    assert str(error.value).splitlines() == [
        "p.csv:3: history 'stay-nothing' is on line 2 already. Keep one.",
        "p.csv:4: no terminal is called 'stay-punsh'. Nearest: 'stay-punish', 'stay-nothing', 'cross-punish'.",
        "p.csv:5: sender: 'x' is no finite number. Give one, with a point.",
        "p.csv:5: target: 'inf' is no finite number. Give one, with a point.",
        "p.csv:6: 2 cells, but the table has 3 columns.",
        "p.csv: no line for 'stay-punish', 'cross-punish'. Give one for each terminal.",
    ]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("", "p.csv:1: no column 'history', 'sender', 'target'"),
        ("history,sender,target,sender", "p.csv:1: column 'sender' is there twice"),
        ("history,sender,targt", "p.csv:1: column 'targt' is neither 'history' nor a player. Nearest: 'target'"),
        ("history,sender", "p.csv:1: no column 'target'"),
    ],
)
def test_columns_that_do_not_fit_are_refused(header, message):
    with pytest.raises(FileError) as error:
        read_payoffs(header + "\n", crisis(), "p.csv")
    assert message in str(error.value)


def test_a_player_called_history_is_refused():
    tree = Tree(("history",), (Node(0, "Go?", ("a", "b"), (~0, ~1)),), ("a", "b"))
    with pytest.raises(InputError, match="a player is called 'history'"):
        read_payoffs("history\n", tree)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match=r"none\.csv: cannot be read as text"):
        load_payoffs(tmp_path / "none.csv", crisis())
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"bad\.csv: cannot be read as text"):
        load_payoffs(tmp_path / "bad.csv", crisis())
