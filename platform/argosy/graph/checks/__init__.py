"""Checks behind `argosy.graph.validation`, one group per module."""
