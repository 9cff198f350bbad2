"""Parts for tests of venues: the cases that every venue passes, scripted venues, builders.

Pytest runs them and is no dependency of Argosy: `pip install argosy[testing]`.
"""
