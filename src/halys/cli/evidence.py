"""`halys evidence` and `halys sources`: who says what, how far it moves beliefs, and what numbers rest on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halys.cli.common import AsJson, Settings, errors, print_json, width
from halys.errors import InputError

if TYPE_CHECKING:
    from halys.scenario.dossier import Dossier


def evidence(
    dossier: Annotated[
        str,
        typer.Argument(metavar="DOSSIER|SCENARIO", help="A dossier or a scenario with evidence: bundled, or a file."),
    ],
    claims: Annotated[bool, typer.Option("--claims", help="List every claim, by date.")] = False,
    matrix: Annotated[bool, typer.Option("--matrix", help="Show the matrix of competing hypotheses.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show who says what, who denies it, and how beliefs move.

    Beliefs with the bounds over all ranges; what each group of reports says; what the loss of each source would change;
    contradictions; what is odd.
    """
    with errors(as_json):
        from halys.answer.evidence import describe_evidence
        from halys.report.evidence_view import render_evidence

        record = describe_evidence(_find(dossier))
        print_json(record) if as_json else typer.echo(render_evidence(record, width(), claims=claims, matrix=matrix))


def _find(name: str) -> Dossier:
    """The dossier of this name or file, or that of a scenario.

    Raises:
        InputError: there is neither; a scenario without evidence.
    """
    from halys.scenario import load_scenario
    from halys.scenario.document import read_document
    from halys.scenario.dossier_load import bundled_dossiers, is_dossier, load_dossier
    from halys.scenario.load import bundled_scenarios

    if name in bundled_dossiers():
        return load_dossier(name)
    if Path(name).is_file() and is_dossier(read_document(name).data):
        return load_dossier(name)
    if not Path(name).exists() and name not in bundled_scenarios() and not name.endswith((".yaml", ".yml")):
        return load_dossier(name)  # which says that there is none
    scenario = load_scenario(name)
    if scenario.dossier is None:
        known = ", ".join(bundled_dossiers())
        raise InputError(
            f"{name} has no evidence: neither `evidence` nor `dossier`. Dossiers that come with Halys: {known}."
        )
    return scenario.dossier


def sources(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a bundled scenario.")
    ],
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Show on which claims and documents numbers rest.

    Source by source, with the claims that each carries. Numbers that name nothing are orphans and stand last.
    """
    with errors(as_json):
        from halys.answer.tracing import count_bases, trace_numbers
        from halys.report.evidence_view import render_sources
        from halys.scenario.overrides import load_overridden

        loaded, _ = load_overridden(scenario, settings or ())
        traced = trace_numbers(loaded)
        if as_json:
            print_json({"scenario": loaded.id, "counts": count_bases(traced), "numbers": traced})
        else:
            typer.echo(render_sources(loaded, traced, width()))
