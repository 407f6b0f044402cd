"""Scenario files: how they are read, checked and run."""
