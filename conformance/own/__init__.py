"""Tests of the user's own: what they send with, how they judge, and what of them stands in the report."""
