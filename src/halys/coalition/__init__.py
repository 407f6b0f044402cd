"""Coalitions: who makes one effective, who pays, who wavers, and what keeps them. See docs/coalitions.md."""

from halys.coalition.record import CoalitionRecord, solve_coalition

__all__ = ["CoalitionRecord", "solve_coalition"]
