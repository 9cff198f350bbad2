"""A snapshot as constraints ask for it: by scope, one line for each bot and asset."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from argosy.core.money import ZERO
from argosy.core.risk.measure import Unknown
from argosy.core.risk.scope import contains
from argosy.core.risk.snapshot import Account, Path, Proposal, Snapshot

Asset = tuple[str, str]


@dataclass(slots=True)
class Line:
    """What one bot has of one asset: the strategies of a bot net out, different bots never do, for the one may
    close its side at any time.

    `buys` and `sells` are the signed quantities that open actions may still bring, `reserved_buys` and
    `reserved_sells` the base currency set aside for them.
    """

    asset: Asset
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    buys: Decimal = ZERO
    sells: Decimal = ZERO
    reserved_buys: Decimal = ZERO
    reserved_sells: Decimal = ZERO

    @property
    def worst(self) -> Decimal:
        """Units on the side that is larger when everything open on that side fills."""
        return max(abs(self.quantity + self.buys), abs(self.quantity + self.sells))

    def values(self, mark: Decimal | None) -> tuple[Decimal, Decimal]:
        """Signed value in base currency (all open purchases filled, all open sales filled): at `mark`, or at
        cost and what is reserved where there is none."""
        if mark is not None:
            return (self.quantity + self.buys) * mark, (self.quantity + self.sells) * mark
        held = abs(self.cost) if self.quantity >= 0 else -abs(self.cost)
        return held + self.reserved_buys, held - self.reserved_sells


class Facts:
    """Lines are summed once a scope."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._lines: dict[str, dict[tuple[str, Asset], Line]] = {}

    def lines(self, scope: str, asset: Asset | None = None) -> Iterable[tuple[str, Line]]:
        """(bot, line) of everything inside `scope`, of one asset if it is given."""
        found = self._lines.get(scope)
        if found is None:
            found = self._lines[scope] = self._summed(scope)
        return [(bot, line) for (bot, of), line in found.items() if asset is None or of == asset]

    def assets(self, scope: str) -> list[Asset]:
        """Every asset of which something is held or open inside `scope`, by name."""
        return sorted({line.asset for _, line in self.lines(scope)})

    def mark(self, asset: Asset) -> Decimal | None:
        """The size of the price; prices below zero count as much as those above."""
        mark = self.snapshot.marks.get(asset)
        return None if mark is None else abs(mark.price)

    def account(self, scope: str) -> Account:
        """Raises Unknown."""
        account = self.snapshot.accounts.get(scope)
        if account is None:
            raise Unknown(f"nothing is known of the equity of {scope}")
        return account

    def unit_value(self, proposal: Proposal) -> Decimal:
        """Base currency a unit that `proposal` adds: at mark, else at its own worst price. Raises Unknown."""
        mark = self.mark(proposal.path.asset)
        if mark is not None:
            return mark
        if proposal.price is not None:
            return abs(proposal.price)
        raise Unknown(f"there is no price of {proposal.path.venue}/{proposal.path.symbol}")

    def _summed(self, scope: str) -> dict[tuple[str, Asset], Line]:
        found: dict[tuple[str, Asset], Line] = {}

        def line(path: Path) -> Line:
            return found.setdefault((path.bot, path.asset), Line(path.asset))

        for holding in self.snapshot.holdings:
            if contains(scope, holding.path):
                to = line(holding.path)
                to.quantity += holding.quantity
                to.cost += holding.cost
        for each in self.snapshot.open:
            if contains(scope, each.path):
                to = line(each.path)
                if each.delta > 0:
                    to.buys += each.delta
                    to.reserved_buys += each.reserved
                else:
                    to.sells += each.delta
                    to.reserved_sells += each.reserved
        return found
