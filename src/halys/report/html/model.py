"""What the sections of a page share: the run, its words and marks, and the charts collected on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from halys.answer.position import CHANCE_NAME
from halys.answer.results import describe_history, who_pays
from halys.report.charts.access import income_change, played_history, threat_history, unsolved
from halys.report.charts.theme import actor_colours
from halys.report.charts.world_map import class_borders
from halys.report.html.elements import Figures, Footnotes, text
from halys.scenario import Scenario


@dataclass(frozen=True, eq=False)
class Page:
    """A run as its report sees it.

    Attributes:
        game: None where the scenario has no stages. answer: may lack any of its parts.
        summary: of the run, in plain data. view: of one economy, or None.
    """

    scenario: Scenario
    results: xr.Dataset
    game: xr.Dataset | None
    answer: Mapping[str, Any]
    summary: Mapping[str, Any]
    view: Mapping[str, Any] | None
    figures: Figures = field(default_factory=Figures)

    @cached_property
    def notes(self) -> Footnotes:
        """The footnotes of the page."""
        dossier = self.scenario.dossier
        return Footnotes({**self.scenario.file.sources, **({} if dossier is None else dossier.sources)})

    @cached_property
    def histories(self) -> dict[str, str]:
        """Every history in words, those without an equilibrium too."""
        return {history.id: describe_history(self.scenario, history) for history in self.scenario.histories}

    @cached_property
    def actors(self) -> dict[str, str]:
        """Every actor in words."""
        return {name: actor.label for name, actor in self.scenario.file.actors.items()}

    @cached_property
    def colours(self) -> dict[str, str]:
        """Every actor's colour."""
        return actor_colours(self.actors)

    def chip(self, actor: str) -> str:
        """An actor in words behind a dot in its colour."""
        colour = self.colours.get(actor)
        dot = f'<span class="chip" style="background:{colour}"></span>' if colour else ""
        return f"{dot}{text(self.actors.get(actor, 'Chance' if actor == CHANCE_NAME else actor))}"

    @cached_property
    def unsolved(self) -> dict[str, str]:
        """Equilibria that do not exist or were not found."""
        return unsolved(self.results)

    @cached_property
    def played(self) -> str | None:
        """The history that is played, where there is a game."""
        return played_history(dict(self.answer))

    @cached_property
    def threat(self) -> str | None:
        """The history in which the threat is carried out."""
        return threat_history(dict(self.answer))

    @cached_property
    def borders(self) -> list[float]:
        """Borders of the classes that maps and tables are coloured by, in %."""
        percent, _ = income_change(self.results)
        return class_borders(percent[np.isfinite(percent)])

    def shade(self, percent: float) -> int:
        """The class of a change."""
        return sum(percent >= border for border in self.borders)

    @cached_property
    def payers(self) -> Mapping[str, Any] | None:
        """Who pays: of the answer, or without one the listing of the first history."""
        given: Mapping[str, Any] | None = self.answer.get("who_pays")
        if given:
            return given
        frame = who_pays(self.scenario, self.results)
        frame = frame[frame["closure"] == str(self.results["closure"].values[0])]
        if frame.empty:
            return None
        first = str(frame["history"].iloc[0])
        rows = [
            {
                "kind": str(row.kind),
                "who": str(row.who),
                "label": str(row.label),
                "values": [{"percent": float(str(row.percent)), "billion": float(str(row.billion_usd))}],
            }
            for row in frame[frame["history"] == first].itertuples()
        ]
        return {"histories": [{"history": first, "role": "played", "title": self.histories[first]}], "rows": rows}
