"""Unwinders that domains share."""
