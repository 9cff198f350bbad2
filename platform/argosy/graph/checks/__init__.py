"""The checks behind `argosy.graph.validation`, one family a module."""
