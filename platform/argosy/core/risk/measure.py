"""Measure of a constraint: the amount now, the amount after an action, and the bound."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from argosy.core.money.money import ONE, ZERO


class Unknown(Exception):
    """Constraint that cannot be computed; the message names the missing data."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Amount that a constraint compares with its bound.

    At the part `t` (0 to 1) of the requested quantity, the amount is max(`floor`, `base` + `add`·t). It passes up
    to and including `bound`. `floor` is independent of the size: the other side of the open orders. `scale`
    converts amounts to the limit's unit (a ratio to equity). `minimum` means that amounts are negated balances,
    so more is nearer to the bound here as well.
    """

    before: Decimal
    bound: Decimal
    floor: Decimal | None = None
    base: Decimal | None = None
    add: Decimal = ZERO
    scale: Decimal = ONE
    minimum: bool = False
    what: str = ""

    @property
    def after(self) -> Decimal:
        base = self.before if self.base is None else self.base
        amount = base + self.add
        return amount if self.floor is None else max(self.floor, amount)

    @property
    def over(self) -> bool:
        return self.after > self.bound

    def near(self, warning: Decimal) -> bool:
        """Return True from `warning` times the limit on; for a minimum, from limit / `warning` down."""
        if self.minimum:
            return -self.after * warning <= -self.bound
        return self.after > 0 and self.after >= warning * self.bound

    @property
    def part(self) -> Fraction | None:
        """The largest passing part of the quantity, at most 1, exact; None if no size passes."""
        base = self.before if self.base is None else self.base
        if self.floor is not None and self.floor > self.bound:
            return None
        if self.add <= 0:
            return None if base + self.add > self.bound else Fraction(1)
        part = (Fraction(self.bound) - Fraction(base)) / Fraction(self.add)
        return None if part <= 0 else min(part, Fraction(1))

    def shown(self, amount: Decimal) -> Decimal:
        """Convert `amount` to the unit of the limit."""
        return -amount if self.minimum else amount / self.scale
