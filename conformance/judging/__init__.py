"""Judging: pure functions from what was sent and what came back to what is broken."""
