"""The scripted venue of the public test kit."""

from argosy.venuekit.testing.scripted_venue import Answer, ScriptedVenue, filled, rejected

__all__ = ["Answer", "ScriptedVenue", "filled", "rejected"]
