"""Snapshot prepared for constraints: sums by scope, one line per bot and asset."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from argosy.core.money.money import ZERO
from argosy.core.risk.measure import Unknown
from argosy.core.risk.snapshot import AccountFacts, Proposal, Snapshot
from argosy.core.scope import Scope, ScopePath

Asset = tuple[str, str]


@dataclass(slots=True)
class Line:
    """Position and open actions of one bot in one asset.

    Strategies of one bot net out. Different bots never do, because each may close its side at any time. `buys`
    and `sells` are the signed quantities that open actions may still fill. `reserved_buys` and `reserved_sells`
    are their reserves in base currency.
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
        """Units on the larger side when everything open on that side fills."""
        return max(abs(self.quantity + self.buys), abs(self.quantity + self.sells))

    def values(self, mark: Decimal | None) -> tuple[Decimal, Decimal]:
        """Return the signed values in base currency: all purchases filled, all sales filled.

        Valued at `mark`; without a mark, at cost plus reserves.
        """
        if mark is not None:
            return (self.quantity + self.buys) * mark, (self.quantity + self.sells) * mark
        held = abs(self.cost) if self.quantity >= 0 else -abs(self.cost)
        return held + self.reserved_buys, held - self.reserved_sells


class Facts:
    """Facts of one snapshot; the lines of each scope are summed once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._lines: dict[str, dict[tuple[str, Asset], Line]] = {}

    def lines(self, scope: str, asset: Asset | None = None) -> Iterable[tuple[str, Line]]:
        """Return (bot, line) of everything inside `scope`, or only of `asset`."""
        found = self._lines.get(scope)
        if found is None:
            found = self._lines[scope] = self._summed(scope)
        return [(bot, line) for (bot, of), line in found.items() if asset is None or of == asset]

    def assets(self, scope: str) -> list[Asset]:
        """Return every asset with a position or open action inside `scope`, sorted."""
        return sorted({line.asset for _, line in self.lines(scope)})

    def mark(self, asset: Asset) -> Decimal | None:
        """Return the absolute last price, because negative prices count like positive ones."""
        mark = self.snapshot.marks.get(asset)
        return None if mark is None else abs(mark.price)

    def account(self, scope: str) -> AccountFacts:
        """Return the account of `scope`; raise Unknown if there is none."""
        account = self.snapshot.accounts.get(scope)
        if account is None:
            raise Unknown(f"the equity of {scope} is unknown")
        return account

    def unit_value(self, proposal: Proposal) -> Decimal:
        """Return the base currency per unit that `proposal` adds.

        That is the mark, else the proposal's own worst price. Raises Unknown.
        """
        mark = self.mark(proposal.path.asset)
        if mark is not None:
            return mark
        if proposal.price is not None:
            return abs(proposal.price)
        raise Unknown(f"there is no price of {proposal.path.venue}/{proposal.path.symbol}")

    def _summed(self, scope: str) -> dict[tuple[str, Asset], Line]:
        found: dict[tuple[str, Asset], Line] = {}
        inside = Scope.from_text(scope).contains

        def line(path: ScopePath) -> Line:
            return found.setdefault((path.bot, path.asset), Line(path.asset))

        for holding in self.snapshot.holdings:
            if inside(holding.path):
                to = line(holding.path)
                to.quantity += holding.quantity
                to.cost += holding.cost
        for each in self.snapshot.open:
            if inside(each.path):
                to = line(each.path)
                if each.delta > 0:
                    to.buys += each.delta
                    to.reserved_buys += each.reserved
                else:
                    to.sells += each.delta
                    to.reserved_sells += each.reserved
        return found
