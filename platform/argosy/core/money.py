"""Exact decimals: reading them from wires, rounding them, and basis points."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from argosy.errors import InvalidInput

ZERO = Decimal(0)
ONE = Decimal(1)
BPS = Decimal(10_000)


def decimal(value: Any, *, name: str = "value") -> Decimal:
    """Exact Decimal from int, str, Decimal, or float through its shortest repr.

    Raises InvalidInput for NaN, infinities, booleans and anything that is not a number.
    """
    if isinstance(value, Decimal):
        result = value
    elif isinstance(value, bool) or value is None:
        raise InvalidInput(f"{name} is not a number", expected="a decimal number", found=repr(value))
    else:
        try:
            result = Decimal(repr(value) if isinstance(value, float) else str(value).strip())
        except InvalidOperation:
            raise InvalidInput(
                f"{name} is not a number", expected="a decimal number", found=repr(value)
            ) from None
    if not result.is_finite():
        raise InvalidInput(f"{name} is not finite", expected="a finite decimal number", found=str(result))
    return result


def round_to(value: Decimal, step: Decimal) -> Decimal:
    """Nearest multiple of `step`, halves to even."""
    return (value / step).quantize(ONE, rounding=ROUND_HALF_EVEN) * step


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """Largest multiple of `step` not beyond `value` (towards zero)."""
    return (value / step).quantize(ONE, rounding=ROUND_DOWN) * step


def from_bps(value_bps: Decimal) -> Decimal:
    """Fraction from basis points: 25 → 0.0025."""
    return value_bps / BPS
