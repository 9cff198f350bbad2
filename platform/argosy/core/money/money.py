"""Exact decimals: parsing, bounds, rounding."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Any

from argosy.errors import InvalidInput

ZERO = Decimal(0)
ONE = Decimal(1)
LARGEST_EXPONENT = 40
"""Largest power of ten of amounts, prices and rates; it bounds the size of exact results."""


def decimal(value: Any, *, name: str = "value") -> Decimal:
    """Convert an int, str, Decimal, or float (by its shortest repr) to an exact Decimal.

    Raises InvalidInput for NaN, infinities, booleans, None, numbers beyond `LARGEST_EXPONENT` and all other
    values.
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
    """Convert by `decimal` and check the bounds; raise InvalidInput that names them."""
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


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """Return the multiple of `step` next to `value` towards zero."""
    return (value / step).quantize(ONE, rounding=ROUND_DOWN) * step
