"""Payoffs from a table: one line for each terminal, one column for each player.

    history,sender,target
    stay-nothing,0,0
    cross-punish,-2,-1

The first line names the columns: `history`, the id of the terminal, and every player, in any order. Lines may come in
any order.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from halys.errors import FileError, InputError, Problem, did_you_mean
from halys.strategy.tree import Tree

HISTORY = "history"
"""The column that names the terminal."""


def load_payoffs(path: Path, tree: Tree) -> NDArray[np.float64]:
    """The payoffs [terminal, player] in a CSV file, in the order of the tree.

    Raises:
        InputError: if the file cannot be read as text.
        FileError: with every fault of the file, as in `read_payoffs`.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text ({error}). Give a CSV file in UTF-8.") from error
    return read_payoffs(text, tree, path.name)


def read_payoffs(text: str, tree: Tree, name: str = "payoffs") -> NDArray[np.float64]:
    """The payoffs [terminal, player] in a CSV text, in the order of the tree.

    Args:
        text: the whole table.
        name: what to call it in messages.

    Raises:
        InputError: if a player of the tree is called `history`.
        FileError: with every fault: columns or histories that are missing, unknown or there twice, and what is no
            finite number.
    """
    if HISTORY in tree.players:
        raise InputError(f"tree: a player is called {HISTORY!r}, as the first column of payoffs is. Rename the player.")
    lines = csv.reader(io.StringIO(text))
    header = [cell.strip() for cell in next(lines, [])]
    problems = _check_header(header, tree, name)
    if problems:
        raise FileError(problems)
    terminals = {terminal: t for t, terminal in enumerate(tree.terminals)}
    found = np.full((len(tree.terminals), len(tree.players)), np.nan)
    first: dict[str, int] = {}
    for row in lines:
        cells = [cell.strip() for cell in row]
        where = f"{name}:{lines.line_num}"
        if not any(cells):
            continue
        if len(cells) != len(header):
            problems.append(Problem(where, f"{len(cells)} cells, but the table has {len(header)} columns."))
            continue
        by_column = dict(zip(header, cells, strict=True))
        history = by_column[HISTORY]
        if history not in terminals:
            problems.append(Problem(where, f"no terminal is called {history!r}.{did_you_mean(history, terminals)}"))
        elif history in first:
            problems.append(Problem(where, f"history {history!r} is on line {first[history]} already. Keep one."))
        else:
            first[history] = lines.line_num
            problems += _fill(found[terminals[history]], by_column, tree, where)
    missing = [terminal for terminal in tree.terminals if terminal not in first]
    if missing:
        problems.append(Problem(name, f"no line for {', '.join(map(repr, missing))}. Give one for each terminal."))
    if problems:
        raise FileError(problems)
    return found


def _check_header(header: list[str], tree: Tree, name: str) -> list[Problem]:
    wanted, where = [HISTORY, *tree.players], f"{name}:1"
    problems = [
        Problem(where, f"column {column!r} is there twice. Keep one.")
        for column in dict.fromkeys(header)
        if header.count(column) > 1
    ]
    problems += [
        Problem(where, f"column {column!r} is neither {HISTORY!r} nor a player.{did_you_mean(column, wanted)}")
        for column in dict.fromkeys(header)
        if column not in wanted
    ]
    missing = [column for column in wanted if column not in header]
    if missing:
        problems.append(Problem(where, f"no column {', '.join(map(repr, missing))}. The first line names the columns."))
    return problems


def _fill(row: NDArray[np.float64], cells: Mapping[str, str], tree: Tree, where: str) -> list[Problem]:
    """Put the numbers of a line into a row [player], and say what is none."""
    problems = []
    for p, player in enumerate(tree.players):
        try:
            value = float(cells[player])
        except ValueError:
            value = np.nan
        if np.isfinite(value):
            row[p] = value
        else:
            problems.append(Problem(where, f"{player}: {cells[player]!r} is no finite number. Give one, with a point."))
    return problems
