"""Checks of numbers on the command line that a range of an option cannot make."""

from __future__ import annotations

import math

import typer

MOST = 2**31 - 1
"""Largest whole number of an option: the largest that a column of the database holds."""


def finite(value: float | None) -> float | None:
    """Refuse `nan` and infinities in an option: Click finds `nan` inside every range.

    Raises BadParameter.
    """
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is not a finite number.")
    return value
