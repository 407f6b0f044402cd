"""What people and machines read: tables, and the folder of a run."""

from halys.report.folder import RunFolder, find_run, write_run
from halys.report.results import collect_results, summarize, who_pays
from halys.report.text import render_who_pays

__all__ = ["RunFolder", "collect_results", "find_run", "render_who_pays", "summarize", "who_pays", "write_run"]
