"""Servers of the spot exchanges, in their wire formats."""
