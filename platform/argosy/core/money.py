"""Exact decimals: reading them from wires, rounding them, and basis points."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from argosy.errors import InvalidInput

ZERO = Decimal(0)
ONE = Decimal(1)
BPS = Decimal(10_000)
LARGEST_EXPONENT = 40
"""Powers of ten that amounts, prices and rates stay within; beyond them exact arithmetic has no end."""


def decimal(value: Any, *, name: str = "value") -> Decimal:
    """Exact Decimal from int, str, Decimal, or float through its shortest repr.

    Raises InvalidInput for NaN, infinities, booleans, numbers of absurd size and anything that is not a number.
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
    if result and abs(result.adjusted()) > LARGEST_EXPONENT:
        raise InvalidInput(
            f"{name} is out of range",
            expected=f"0, or a number between 1e-{LARGEST_EXPONENT} and 1e{LARGEST_EXPONENT}",
            found=str(result)[:40],
        )
    return result


def bounded(
    value: Any,
    *,
    name: str,
    above: Decimal | int | None = None,
    least: Decimal | int | None = None,
    most: Decimal | int | None = None,
) -> Decimal:
    """`decimal` within bounds. Raises InvalidInput that names them."""
    result = decimal(value, name=name)
    if (
        (above is not None and result <= above)
        or (least is not None and result < least)
        or (most is not None and result > most)
    ):
        low = f"above {above}" if above is not None else f"from {least}" if least is not None else ""
        high = f"to {most}" if most is not None else ""
        raise InvalidInput(
            f"{name} is out of range", expected=f"a number {low} {high}".strip(), found=str(value)[:40]
        )
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
