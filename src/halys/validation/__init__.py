"""Reference runs: what Halys finds for experiments that are in print, beside the published figures, with reasons."""

from halys.validation.record import Figure, Published, Result, Row
from halys.validation.runs import RUNS, Run, compute_run, describe_runs
from halys.validation.text import render

__all__ = ["RUNS", "Figure", "Published", "Result", "Row", "Run", "compute_run", "describe_runs", "render"]
