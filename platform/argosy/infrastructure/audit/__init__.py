"""Tamper-evident record of changes."""
