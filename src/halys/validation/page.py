"""The page of all reference runs, `docs/validation.md`."""

from __future__ import annotations

from collections.abc import Iterable

from halys.validation.record import Result
from halys.validation.text import render

WIDTH = 80
_HEAD = """# Reference runs

<!-- Written by `python -m halys.validation > docs/validation.md`; a test compares. -->

What Halys finds for experiments that are in print, beside the published figures. `halys validate` lists the runs,
`halys validate NAME` computes one, `halys validate --all` all of them; nothing is taken from a cache or the network. A
difference is not an error: the studies have other data, years, elasticities and measures, and what makes the
difference is said below each table, in numbers. Where a figure in print could not be read at first hand, its source
says so; a figure for which no text was found stands in brackets and gets no verdict.

Verdicts compare the figure of the horizon that the study is about:

| verdict | meaning |
|---|---|
| agrees | the same to the last digit in print, or to a tolerance given with the source; at least a bound in print |
| inside | within the range in print, its ends as printed |
| in our range | for some trade elasticity of the range that is shown |
| only in the long run, only in the short run | for some elasticity at the other horizon only |
| ours is smaller, ours is larger | at no elasticity that is shown |
| not confirmed | none: the figure was not found in print |

Ranges of the long run span elasticities by product, 1 and 5; those of the short run 0.75 to 2. Elasticities by product
are the default of the long run; those of the short run are assumptions, so that no figure of it should be quoted
without its range.
"""


def write_page(results: Iterable[Result]) -> str:
    """The page in Markdown: each run as the command prints it at 80 columns."""
    runs = [f"## `{result.name}`\n\n```text\n{render(result, WIDTH)}\n```\n" for result in results]
    return "\n".join([_HEAD, *runs])
