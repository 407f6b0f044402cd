"""Charts of results, games and answers: each function takes labelled data and returns a whole Altair chart."""

from halys.report.charts.bounds import chart_bounds, chart_joint_bounds
from halys.report.charts.campaign import chart_fan, chart_held, chart_window
from halys.report.charts.coalition import chart_coalition, chart_joining
from halys.report.charts.decision_map import chart_decision_map
from halys.report.charts.deterrence import chart_deterrence
from halys.report.charts.draws import chart_futures, chart_moves, chart_spread
from halys.report.charts.evidence import chart_beliefs, chart_timeline
from halys.report.charts.ladder import chart_ladder, chart_lines
from halys.report.charts.repetition import chart_discount_curves, chart_repetition
from halys.report.charts.severity import chart_severity
from halys.report.charts.tree import chart_tree
from halys.report.charts.who_pays import chart_who_pays
from halys.report.charts.world_map import chart_world_map

__all__ = [
    "chart_beliefs",
    "chart_bounds",
    "chart_coalition",
    "chart_decision_map",
    "chart_deterrence",
    "chart_discount_curves",
    "chart_fan",
    "chart_futures",
    "chart_held",
    "chart_joining",
    "chart_joint_bounds",
    "chart_ladder",
    "chart_lines",
    "chart_moves",
    "chart_repetition",
    "chart_severity",
    "chart_spread",
    "chart_timeline",
    "chart_tree",
    "chart_who_pays",
    "chart_window",
    "chart_world_map",
]
