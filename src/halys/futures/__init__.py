"""Futures: what is uncertain, drawn. Distributions of a scenario's numbers, and draws of all of them by index."""

from halys.futures.draws import correlate, correlation_factor, sobol_points
from halys.futures.priors import Kind, Prior, quantiles

__all__ = ["Kind", "Prior", "correlate", "correlation_factor", "quantiles", "sobol_points"]
