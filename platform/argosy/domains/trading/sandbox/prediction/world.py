"""Sandbox module of the prediction market: Polymarket's servers and accounts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from argosy.core.clock import Clock
from argosy.domains.trading.sandbox.prediction.episodes import RATES
from argosy.domains.trading.sandbox.prediction.market import VenueMarket
from argosy.domains.trading.sandbox.prediction.matching import MatchingEngine
from argosy.domains.trading.sandbox.prediction.rulings import RuledMarkets
from argosy.errors import InvalidInput
from argosy.venuekit.sandbox.clock import VenueClock
from argosy.venuekit.sandbox.double_entry import CASH
from argosy.venuekit.sandbox.faults import ROUTE_KINDS
from argosy.venuekit.sandbox.module import SandboxModule, VenueRecord
from argosy.venuekit.sandbox.reply import iso, text
from argosy.venuekit.sandbox.timeline import Playable, play

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

_SLICE_LOOKS = 16
"""Checks of resting orders in one slice without a pause."""
_OWN_ACCOUNTS = 3


@dataclass(slots=True)
class PredictionWorld(SandboxModule):
    """Markets, books and accounts of the prediction market.

    `mode` is "simulated" or "replay". `wall` is the machine's own clock. `revoked` holds the wallets whose
    CLOB key was deleted. `rendered` caches books as JSON text, by token and time step.
    """

    mode: str
    seed: int
    clock: VenueClock
    wall: Clock
    markets: RuledMarkets
    engine: MatchingEngine
    notes: Sequence[str] = ()
    timelines: Sequence[Playable] = ()
    revoked: set[str] = field(default_factory=set)
    rendered: OrderedDict[tuple[str, int], bytes] = field(default_factory=OrderedDict)
    name: str = "prediction"
    prefixes: Sequence[str] = ("/polymarket",)
    faults: frozenset[str] = ROUTE_KINDS

    def now_ms(self) -> int:
        return self.clock.now_ms()

    def market_of(self, token: str) -> VenueMarket | None:
        return self.markets.market_of(token, self.now_ms())

    def routes(self) -> Sequence[BaseRoute]:
        from argosy.domains.trading.sandbox.prediction.wire.faces import polymarket

        return polymarket()

    def control_routes(self) -> Sequence[BaseRoute]:
        from argosy.domains.trading.sandbox.prediction.wire import control

        return control.routes()

    def advance(self, now_ms: int) -> Iterator[None]:
        """Bring recordings and resting orders up to a time, in slices of some milliseconds."""
        yield from play(self.timelines, now_ms)
        while not self.engine.advance(now_ms, _SLICE_LOOKS):
            yield

    def state(self) -> Mapping[str, Any]:
        self.engine.advance()
        now_ms = self.now_ms()
        return {
            "episodeRatesPerMinute": RATES if self.mode == "simulated" else {},
            "markets": [
                {"slug": one.slug, "start": iso(one.start_ms), "end": iso(one.end_ms)}
                for one in self.markets.listed(now_ms)
            ],
            "accounts": len(self.engine.ledger.accounts) - _OWN_ACCOUNTS,
            "orders": len(self.engine.orders),
            "trades": len(self.engine.trades),
        }

    def accounts(self) -> Iterable[str]:
        self.engine.advance()
        return self.engine.ledger.accounts

    def account(self, name: str) -> Mapping[str, Any] | None:
        self.engine.advance()
        account = self.engine.ledger.accounts.get(name)
        if account is None:
            return None
        return {
            "name": name,
            "cash": account.cash,
            "freeCash": self.engine.free_cash(name),
            "shares": {token: text(size) for token, size in account.shares.items() if size},
        }

    def totals(self) -> Mapping[str, Any]:
        return {"deposits": self.engine.ledger.deposits, "cash": self.engine.ledger.total_cash()}

    def record(self, account: str) -> Mapping[str, VenueRecord]:
        from argosy.domains.trading.sandbox.prediction.wire.record import polymarket

        self.engine.advance()
        return {"polymarket": polymarket(self.engine, account)}

    def deposit(self, account: str, amount: Decimal, asset: str | None) -> None:
        if asset not in (None, CASH):
            raise InvalidInput("the prediction market keeps dollars only", expected=CASH, found=asset)
        self.engine.deposit(account, amount)

    def warm_up(self) -> None:
        from argosy.domains.trading.sandbox.prediction.wire import signed_order
        from argosy.domains.trading.venues.polymarket.ethereum import ethereum

        ethereum()
        del signed_order
