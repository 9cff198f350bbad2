"""Sandbox module of the spot exchanges: Binance, Coinbase and Kraken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from argosy.core.clock import Clock
from argosy.domains.trading.sandbox.exchange.engine import SpotEngine
from argosy.domains.trading.sandbox.exchange.feed import PriceFeed
from argosy.errors import InvalidInput
from argosy.venuekit.sandbox.clock import VenueClock
from argosy.venuekit.sandbox.faults import ROUTE_KINDS
from argosy.venuekit.sandbox.module import SandboxModule, VenueRecord
from argosy.venuekit.sandbox.reply import text
from argosy.venuekit.sandbox.timeline import Playable, play

if TYPE_CHECKING:
    from starlette.routing import BaseRoute


@dataclass(slots=True)
class ExchangeWorld(SandboxModule):
    """Prices of three exchanges, and the accounts of Binance, the one that takes orders.

    `wall` is the machine's own clock.
    """

    seed: int
    clock: VenueClock
    wall: Clock
    prices: PriceFeed
    spot: SpotEngine
    notes: Sequence[str] = ()
    timelines: Sequence[Playable] = ()
    name: str = "exchanges"
    prefixes: Sequence[str] = ("/binance", "/coinbase", "/kraken")
    faults: frozenset[str] = ROUTE_KINDS

    def now_ms(self) -> int:
        return self.clock.now_ms()

    def routes(self) -> Sequence[BaseRoute]:
        from argosy.domains.trading.sandbox.exchange.wire.faces import exchanges

        return exchanges()

    def advance(self, now_ms: int) -> Iterator[None]:
        """Bring recordings up to a time, in slices of some milliseconds."""
        yield from play(self.timelines, now_ms)

    def state(self) -> Mapping[str, Any]:
        with self.spot.acting():
            return {
                "pairs": sorted(self.spot.markets),
                "accounts": len(self.spot.wallets.totals),
                "orders": len(self.spot.orders),
                "trades": len(self.spot.trades),
            }

    def accounts(self) -> Iterable[str]:
        with self.spot.acting():
            return list(self.spot.wallets.totals)

    def account(self, name: str) -> Mapping[str, Any] | None:
        with self.spot.acting():
            if name not in self.spot.wallets.totals:
                return None
            held = self.spot.wallets.totals[name]
            balances = {asset: self.spot.balance(name, asset) for asset in held}
            return {
                "name": name,
                "free": {asset: text(free) for asset, (free, _) in balances.items()},
                "locked": {asset: text(locked) for asset, (_, locked) in balances.items()},
            }

    def record(self, account: str) -> Mapping[str, VenueRecord]:
        from argosy.domains.trading.sandbox.exchange.wire.record import binance

        with self.spot.acting():
            return {"binance": binance(self.spot, account)}

    def deposit(self, account: str, amount: Decimal, asset: str | None) -> None:
        known = {one for market in self.spot.markets.values() for one in (market.base, market.quote)}
        if asset not in known:
            raise InvalidInput(
                "name the asset to deposit", expected=", ".join(sorted(known)), found=str(asset)
            )
        with self.spot.acting(account):
            self.spot.wallets.change(account, asset, amount, "deposit", "")
