"""Arithmetic of amounts that must not depend on whoever calls: exact, or refused.

Sums and products keep every digit (200 significant ones; a result that needs more raises `decimal.Inexact`).
Only `share` rounds, to 1e-12, halves to even; callers give what rounding leaves to the other part.
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

from argosy.core.money import ONE, ZERO

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


def apart() -> AbstractContextManager[Context]:
    """What is reckoned inside has Python's own precision of 28 digits, whatever the caller has set, and whatever is set
    inside ends with it."""
    return localcontext(_PLAIN)


def add(first: Decimal, second: Decimal) -> Decimal:
    return _EXACT.add(first, second)


def subtract(first: Decimal, second: Decimal) -> Decimal:
    return _EXACT.subtract(first, second)


def multiply(first: Decimal, second: Decimal) -> Decimal:
    return _EXACT.multiply(first, second)


def negate(amount: Decimal) -> Decimal:
    """Unlike the sign before a number, whatever the precision of the caller."""
    return _EXACT.minus(amount)


def absolute(amount: Decimal) -> Decimal:
    return _EXACT.abs(amount)


def total(amounts: Iterable[Decimal]) -> Decimal:
    result = ZERO
    for amount in amounts:
        result = _EXACT.add(result, amount)
    return result


def share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """`amount · part / whole`: the whole amount where the part is the whole, else rounded to `STEP`."""
    if part == whole:
        return amount
    return ratio(_ROUNDED.multiply(amount, part), whole)


def ratio(amount: Decimal, whole: Decimal) -> Decimal:
    """`amount / whole`, rounded to `STEP`."""
    return _ROUNDED.quantize(_ROUNDED.divide(amount, whole), STEP)


def inverse(amount: Decimal) -> Decimal:
    """`1 / amount`, rounded to 28 digits: what a unit of the one is worth in the other."""
    return _QUOTED.divide(ONE, amount)


def text(amount: Decimal) -> str:
    """Every digit that counts, without exponent and without zeros at the end: for people."""
    plain = format(amount, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


def sign(amount: Decimal) -> Decimal:
    """-1, 0 or 1."""
    if not amount:
        return ZERO
    return -ONE if amount < ZERO else ONE
