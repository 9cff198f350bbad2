"""Deadlines that pass after a number of checks instead of a time."""

from argosy.venuekit.testing.builders import PassesAfter

__all__ = ["PassesAfter"]
