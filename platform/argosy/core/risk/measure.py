"""What a constraint compares: an amount now, what an action makes of it, and the most that passes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from argosy.core.money import ONE, ZERO


class Unknown(Exception):
    """A constraint cannot be computed; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Measure:
    """At the part `t` (0 to 1) of the quantity asked for, the amount is max(`floor`, `base` + `add`·t); it passes up
    to and including `bound`.

    `floor` is what stays whatever the size: the other side of a book of orders. `scale` turns amounts into the
    unit of the limit (a ratio to equity). `minimum`: amounts are balances with the sign turned, so that more is
    nearer to the bound here as well.
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
        """From `warning` times the limit on; for a minimum: from the limit divided by it down."""
        if self.minimum:
            return -self.after * warning <= -self.bound
        return self.after > 0 and self.after >= warning * self.bound

    @property
    def part(self) -> Fraction | None:
        """The largest part of the quantity that passes, at most 1, exact; None when none above zero does."""
        base = self.before if self.base is None else self.base
        if self.floor is not None and self.floor > self.bound:
            return None
        if self.add <= 0:
            return None if base + self.add > self.bound else Fraction(1)
        part = (Fraction(self.bound) - Fraction(base)) / Fraction(self.add)
        return None if part <= 0 else min(part, Fraction(1))

    def shown(self, amount: Decimal) -> Decimal:
        """In the unit of the limit."""
        return -amount if self.minimum else amount / self.scale
