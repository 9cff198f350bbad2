"""Exact arithmetic of amounts, independent of the caller's decimal context.

Sums and products keep every digit: up to 200 significant ones. A result that needs more raises `decimal.Inexact`.
`share` and `ratio` round to 1e-12, `inverse` to 28 digits, halves to even. Callers assign the rounding remainder
to the other part.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
    localcontext,
)

from argosy.core.money.money import ONE, ZERO

STEP = Decimal("1e-12")

_EXACT = Context(
    prec=200,
    rounding=ROUND_HALF_EVEN,
    traps=[Inexact, InvalidOperation, Overflow, DivisionByZero, FloatOperation],
)
_ROUNDED = Context(
    prec=400, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, Overflow, DivisionByZero, FloatOperation]
)
_QUOTED = Context(
    prec=28, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, Overflow, DivisionByZero, FloatOperation]
)
_PLAIN = Context(prec=28, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])


def isolated_decimal_context() -> AbstractContextManager[Context]:
    """Isolate the code inside with Python's default decimal context of 28 digits.

    The caller's context has no effect inside, and changes made inside end with it.
    """
    return localcontext(_PLAIN)


def add(first: Decimal, second: Decimal) -> Decimal:
    return _EXACT.add(first, second)


def subtract(first: Decimal, second: Decimal) -> Decimal:
    return _EXACT.subtract(first, second)


def multiply(first: Decimal, second: Decimal) -> Decimal:
    return _EXACT.multiply(first, second)


def negate(amount: Decimal) -> Decimal:
    """Return `-amount`; unlike the unary minus, exact in any decimal context of the caller."""
    return _EXACT.minus(amount)


def absolute(amount: Decimal) -> Decimal:
    return _EXACT.abs(amount)


def total(amounts: Iterable[Decimal]) -> Decimal:
    result = ZERO
    for amount in amounts:
        result = _EXACT.add(result, amount)
    return result


def share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """Return `amount · part / whole`, rounded to `STEP`; exactly `amount` if part equals whole."""
    if part == whole:
        return amount
    return ratio(_ROUNDED.multiply(amount, part), whole)


def ratio(amount: Decimal, whole: Decimal) -> Decimal:
    """Return `amount / whole`, rounded to `STEP`."""
    return _ROUNDED.quantize(_ROUNDED.divide(amount, whole), STEP)


def inverse(amount: Decimal) -> Decimal:
    """Return `1 / amount`, rounded to 28 digits: the opposite exchange rate."""
    return _QUOTED.divide(ONE, amount)


def text(amount: Decimal) -> str:
    """Format an amount for people: all significant digits, no exponent, no trailing zeros."""
    plain = format(amount, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


def sign(amount: Decimal) -> Decimal:
    """Return -1, 0 or 1."""
    if not amount:
        return ZERO
    return -ONE if amount < ZERO else ONE
