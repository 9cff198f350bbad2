"""Balances of a venue's customers by asset, and every change of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal

from argosy.venuekit.sandbox.double_entry import BalanceChange
from argosy.venuekit.sandbox.journal import RowStore

ZERO = Decimal(0)


class AssetWallets:
    """Total balances by account and asset.

    Balances are the sums of their changes, which the journal keeps as rows of `kind`.
    """

    def __init__(self, journal: RowStore, now_ms: Callable[[], int], *, kind: str = "move") -> None:
        self._journal = journal
        self._kind = kind
        self._now_ms = now_ms
        self.totals: dict[str, dict[str, Decimal]] = {}
        self.moves: list[BalanceChange] = []
        for _, row in journal.rows(kind):
            move = BalanceChange(**{**row, "amount": Decimal(row["amount"])})
            self.moves.append(move)
            self._held(move.account)[move.asset] += move.amount

    def open(self, account: str, deposits: dict[str, Decimal]) -> None:
        """Open an account with these deposits; an existing one stays unchanged."""
        if account not in self.totals:
            self._held(account)
            for asset, amount in deposits.items():
                self.change(account, asset, amount, "deposit", "")

    def total(self, account: str, asset: str) -> Decimal:
        return self.totals.get(account, {}).get(asset, ZERO)

    def change(self, account: str, asset: str, amount: Decimal, why: str, ref: str) -> None:
        if not amount:
            return
        move = BalanceChange(account, asset, amount, why, ref, self._now_ms())
        self._journal.put(self._kind, str(len(self.moves)), asdict(move))
        self.moves.append(move)
        self._held(account)[asset] += amount

    def _held(self, account: str) -> dict[str, Decimal]:
        return self.totals.setdefault(account, defaultdict(lambda: ZERO))
