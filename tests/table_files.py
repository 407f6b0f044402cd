"""Tables written as files in the layouts that Halys imports, so that what is read back can be compared with a world.

By import proportionality every use of a product draws on the same origins in the same shares. A world whose sales are
spread over uses in this way gives its own flows, inputs and value added back when the file is read.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import halys

Array = NDArray[np.float64]

CATEGORIES = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR")
SPREAD = np.array([0.60, 0.03, 0.17, 0.22, -0.03, 0.01])
"""Final use by category; stocks fall everywhere, and no total is negative."""
TAX, FINAL_TAX = 0.03, 0.08
"""Taxes less subsidies: on inputs, as a share of what the model calls value added, and on final use."""


def to_text(values: Sequence[float]) -> str:
    """Numbers as a line of CSV, to twelve digits."""
    return ",".join(["%.12g" % value for value in values])  # noqa: UP031 (twice as fast on 18 million numbers)


class IcioFile:
    """The cells of a world in the layout of the OECD, to be spoiled before they are written.

    Args:
        names: of the rows of taxes, value added and output, and of the column of output.
        parts: (part, economy, share): economies written as several, each with its share of all sales and purchases.
        by_economy: taxes in one row for each economy, as in the releases of 2018 and 2021.
    """

    def __init__(
        self,
        world: halys.World,
        names: tuple[str, str, str, str] = ("TLS", "VA", "OUT", "OUT"),
        parts: Sequence[tuple[str, str, float]] = (),
        categories: Sequence[str] = CATEGORIES,
        by_economy: bool = False,
    ) -> None:
        self.world, self.names, self.by_economy = world, names, by_economy
        share = np.divide(
            world.flows, world.flows.sum(axis=1, keepdims=True), out=np.zeros_like(world.flows), where=world.flows > 0
        )
        rows = [(code, code, 1.0) for code in world.economies]
        for part, code, size in parts:
            at = next(n for n, row in enumerate(rows) if row[0] == code)
            rows[at] = (code, code, rows[at][2] - size)
            rows.append((part, code, size))
        self.economies = [name for name, _, _ in rows]
        self.whole = np.array([world.economies.index(code) for _, code, _ in rows])
        self.size = np.array([size for _, _, size in rows])
        self.share = share[:, self.whole][:, :, self.whole] * self.size[None, :, None]
        kinds = world.industries
        self.sellers = [f"{economy}_{kind}" for economy in self.economies for kind in kinds]
        self.header = ["", *self.sellers, *(f"{e}_{c}" for e in self.economies for c in categories), names[3]]
        self.output = (world.output[self.whole] * self.size[:, None]).reshape(-1)
        self.value_added = (world.value_added[self.whole] * self.size[:, None]).reshape(-1)
        self.final = world.final[self.whole] * self.size[:, None]

    def lines(self) -> Iterator[list[str] | tuple[str, Array]]:
        """The header, then label and numbers of each row."""
        yield self.header
        w = self.world
        used = w.intermediate[:, :, self.whole] * self.size  # (input, industry, economy)
        for i in range(len(self.economies)):
            for s in range(len(w.industries)):
                cells = (used[s] * self.share[s, i]).T.reshape(-1)
                final = (self.final[:, s] * self.share[s, i])[:, None] * SPREAD
                at = i * len(w.industries) + s
                yield self.sellers[at], np.concatenate([cells, final.reshape(-1), [self.output[at]]])
        final_tax = (FINAL_TAX * self.final.sum(axis=1))[:, None] * SPREAD
        none = np.zeros(final_tax.size)
        taxes = np.concatenate([TAX * self.value_added, final_tax.reshape(-1), [0.0]])
        if self.by_economy:  # each government levies some part of every tax
            for number, code in enumerate(w.economies, start=1):
                yield f"{code}_{self.names[0]}", taxes * number / sum(range(1, len(w.economies) + 1))
        else:
            yield self.names[0], taxes
        yield self.names[1], np.concatenate([(1.0 - TAX) * self.value_added, none, [0.0]])
        yield self.names[2], np.concatenate([self.output, none, [0.0]])

    def write(self, path: Path, change: Callable[[list[list[str]]], None] | None = None, **format: str) -> Path:
        """The file; `change` may alter the cells of all lines in place. Options of `csv.writer`, and `encoding`."""
        encoding = format.pop("encoding", "utf-8")
        if change is None and not format:
            with path.open("w", encoding=encoding) as file:
                for line in self.lines():
                    file.write(",".join(line) if isinstance(line, list) else f"{line[0]},{to_text(line[1].tolist())}")
                    file.write("\n")
            return path
        cells = [
            line if isinstance(line, list) else [line[0], *(repr(value) for value in line[1].tolist())]
            for line in self.lines()
        ]
        if change is not None:
            change(cells)
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file, **{"lineterminator": "\n", **format}).writerows(cells)  # type: ignore[arg-type]
        return path


def long_rows(world: halys.World) -> list[tuple[str, str, str, str, float]]:
    """The rows of a world in the long format; values net of tariffs, nothing for what is not sold."""
    rows: list[tuple[str, str, str, str, float]] = []
    share = np.divide(
        world.flows,
        (world.flows if world.tariff is None else world.flows * (1.0 + world.tariff)).sum(axis=1, keepdims=True),
        out=np.zeros_like(world.flows),
        where=world.flows > 0,
    )
    for j, buyer in enumerate(world.economies):
        for k, user in enumerate(world.industries):
            rows.append(("", "value_added", buyer, user, float(world.value_added[j, k])))
        for s, product in enumerate(world.industries):
            for i, seller in enumerate(world.economies):
                if share[s, i, j] > 0:
                    for k, user in enumerate(world.industries):
                        rows.append((seller, product, buyer, user, float(share[s, i, j] * world.intermediate[s, k, j])))
                    rows.append((seller, product, buyer, "final", float(share[s, i, j] * world.final[j, s])))
    return rows
