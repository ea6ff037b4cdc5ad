"""The property-based conformance suite for the modify assistant operation."""

__version__ = "0.1.0"
