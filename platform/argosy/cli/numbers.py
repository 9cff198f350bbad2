"""Numbers of the command line that no range of an option can check."""

from __future__ import annotations

import math

import typer

MOST = 2**31 - 1
"""The largest whole number of an option: a column of the database holds it."""


def finite(value: float | None) -> float | None:
    """Callback of options with fractions: `nan` lies in every range, for Click."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is not a finite number.")
    return value
