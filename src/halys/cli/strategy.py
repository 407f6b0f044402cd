"""Commands on the game of a scenario: thresholds, equilibria, map, play."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from halys.cli.common import AsJson, Settings, errors, print_json, progress, width
from halys.errors import InputError

if TYPE_CHECKING:
    from halys.run import Run

Question = Annotated[
    str,
    typer.Argument(metavar="SCENARIO", help="A bundled scenario, a file, or the folder of a finished run."),
]


def open_or_run(name: str, settings: list[str] | None) -> Run:
    """A finished run, or that of a scenario, which is solved and kept in `runs/` where it is not there yet.

    Raises:
        InputError: settings for a finished run; a scenario without a game.
    """
    from halys.run import default_folder, open_run, run
    from halys.scenario.overrides import load_overridden

    if (Path(name) / "summary.json").is_file():
        if settings:
            raise InputError(f"{name} is a finished run, whose numbers stay. Name its scenario to change them with -s.")
        found = open_run(name)
    else:
        chosen, _ = load_overridden(name, settings or ())
        with progress() as told:
            found = run(chosen, out=default_folder(chosen), progress=told)
    if found.answer is None:
        raise InputError(
            f"{found.scenario.name} has no `stages`, so that nobody decides anything. `halys new` writes a small game."
        )
    return found


def _tell_stake(done: int, total: int, stake: str) -> None:
    typer.echo(f"stake {done + 1} of {total}: {stake}", err=True)


def thresholds(
    scenario: Question,
    settings: Settings = None,
    stake: Annotated[
        list[str] | None, typer.Option("--stake", metavar="ID", help="Only the lines of this stake. Repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show at which values of each stake the play changes.

    Exact in the stake. The band beside a value is how far it moves over the range of any one number of the economics.
    Where actors hide moves from each other, the values at which the list of equilibria changes, found numerically.
    """
    with errors(as_json, "interrupted; no run folder was written"):
        from halys.report.strategy_view import choose_lines, find_stake_changes, render_changes, render_thresholds

        run = open_or_run(scenario, settings)
        assert run.answer is not None
        if "equilibria" in run.answer:
            found = find_stake_changes(run.scenario, run.data, stake or [], _tell_stake)
            if as_json:
                unit = "% of the owner's income a year"
                print_json({"scenario": run.scenario.id, "unit": unit, "method": "numerical", "stakes": found})
            else:
                typer.echo(render_changes(run.scenario.file.title, found, width()))
            return
        lines = choose_lines(run.answer, stake or [])
        if as_json:
            print_json({"scenario": run.scenario.id, "unit": "% of the owner's income a year", "lines": lines})
        else:
            typer.echo(render_thresholds(run.scenario.file.title, lines, width()))


def equilibria(
    scenario: Question,
    settings: Settings = None,
    concept: Annotated[
        str | None,
        typer.Option("--concept", metavar="NAME", help="spe, nash, pbe or qre; without it spe, or pbe with types."),
    ] = None,
    precision: Annotated[
        float | None, typer.Option("--precision", metavar="λ", help="Of qre, in 1/(% of income a year).")
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", metavar="N", help="Of qre: average over draws of all stakes too.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """List the equilibria of the game, with the regret of each.

    Subgame-perfect (spe), Nash (nash), perfect Bayesian (pbe) or quantal response (qre), at the reference stakes. None
    is picked.
    """
    with errors(as_json, "interrupted; nothing was written"):
        from halys.report.equilibria_view import find_record, render_record

        run = open_or_run(scenario, settings)
        record = find_record(run.scenario, run.data, concept, precision, draws)
        print_json(record) if as_json else typer.echo(render_record(run.scenario, record, width()))


def map_(
    scenario: Question,
    settings: Settings = None,
    x: Annotated[str | None, typer.Option("--x", metavar="STAKE", help="The stake across.")] = None,
    y: Annotated[str | None, typer.Option("--y", metavar="STAKE", help="The stake upwards.")] = None,
    size: Annotated[int, typer.Option("--size", help="Points along each axis of the data, 2 to 2000.")] = 400,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="FILE", help="Write the chart: a file that ends in .svg, .png or .html."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draw the decision map: which move follows from two stakes.

    Without --x and --y the two that the scenario names. --json prints regions and exact lines.
    """
    with errors(as_json, "interrupted; nothing was written"):
        from halys.report.strategy_view import draw_decision_map, render_map, save_map

        if not 2 <= size <= 2000:
            raise InputError(f"--size is {size}. Give 2 to 2000 points.")
        run = open_or_run(scenario, settings)
        drawn = draw_decision_map(run.scenario, run.data, x, y, size)
        written = None if out is None else save_map(run.game, run.answer or {}, drawn, Path(out))
        if as_json:
            print_json({"scenario": run.scenario.id, **drawn.data, **({"file": written} if written else {})})
            return
        typer.echo(render_map(drawn, width()))
        if written:
            typer.echo(f"Map: {written}")


def play(
    scenario: Question,
    settings: Settings = None,
    moves: Annotated[
        str | None, typer.Option("--moves", metavar="A/B/...", help="Make these moves, in order, instead of asking.")
    ] = None,
    payoffs: Annotated[
        str | None,
        typer.Option(
            "--payoffs", metavar="FILE", help="Play on these payoffs: a CSV table, or a game of Gambit (.efg)."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Walk through the game, with the cost of every move.

    Each decision shows what would follow. In a terminal it asks for a move, by number or id; enter takes the one that
    is played, b goes back, q leaves.
    Elsewhere, or with --moves, it prints the decisions on the way.
    """
    with errors(as_json):
        from halys.report.walk import Walk, payoffs_from

        run = open_or_run(scenario, settings)
        own = None if payoffs is None else payoffs_from(run.scenario, run.data, Path(payoffs))
        walk = Walk(run.scenario, run.data, own)
        asked = moves is None and not as_json and _interactive()
        if asked:
            _ask(walk)
            return
        steps = walk.follow([] if moves is None else [part for part in moves.split("/") if part])
        print_json(walk.record(steps)) if as_json else typer.echo(walk.render(steps, width()))


def _interactive() -> bool:
    import sys

    return sys.stdin.isatty() and sys.stdout.isatty()


def _ask(walk: Any) -> None:
    """The walk by question and answer."""
    place = walk.start
    back: list[int] = []
    while True:
        typer.echo(walk.describe(place, width()))
        if place < 0:
            return
        answer = typer.prompt(
            "Move (number or id, enter: as played, b: back, q: leave)", default="", show_default=False
        )
        given = answer.strip()
        if given == "q":
            return
        if given == "b":
            place = back.pop() if back else place
            continue
        try:
            following = walk.step(place, given)
        except InputError as error:
            typer.echo(str(error))
            continue
        back.append(place)
        place = following
