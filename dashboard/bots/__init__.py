"""Bots, strategies, workflows and their setup."""
