"""Limits and their use."""
