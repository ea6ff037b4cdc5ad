"""Renderers: pure functions from a report to text, without clock, environment, files or network."""
