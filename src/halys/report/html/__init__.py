"""The report of a run: one HTML page with its charts, that needs no network."""

from halys.report.html.page import render_report

__all__ = ["render_report"]
