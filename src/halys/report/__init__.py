"""What people and machines read: tables, and the folder of a run."""

from halys.report.folder import RunFolder, find_run, write_run
from halys.report.text import render_who_pays

__all__ = ["RunFolder", "find_run", "render_who_pays", "write_run"]
