"""Run an old bot with its own loop on an Argosy venue, in place of its provider.

Its orders go through the action gateway, with stable ids, limits, emergency states and the ledger. Fills are
paper fills on books of the sandbox, on loopback. Run it with `python examples/legacy_bot_on_venue.py`.
"""

from __future__ import annotations

import time
from decimal import Decimal

from argosy.bootstrap.local_platform import LocalPlatform
from argosy.core.actions.action import client_id
from argosy.core.clock import SystemClock
from argosy.domains.trading.paper.spot import SpotPaperVenue
from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.domains.trading.sandbox.world import simulated
from argosy.domains.trading.settings import TradingSettings
from argosy.domains.trading.venues.exchange.adapter import ExchangeVenue
from argosy.infrastructure.resilience.shared import Shared
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.legacy.facade import VenueProvider


class OldGridBot:
    """Bot that rests a buy order under the market, cancels it, and buys at the market price.

    Its code does not know Argosy.
    """

    def __init__(self, provider, pair, rounds):
        self.provider = provider
        self.pair = pair
        self.rounds = rounds

    def run(self):
        self.provider.connect()
        for number in range(1, self.rounds + 1):
            book = self.provider.get_orderbook(self.pair, depth=5)
            low = round(book["bids"][0][0] * 0.99, 2)
            resting = self.provider.place_order(self.pair, "buy", 0.001, price=low)
            print(f"round {number}: order {resting['id'][:8]} rests at {low}: {resting['status']}")
            time.sleep(0.05)
            if self.provider.get_order(resting["id"])["status"] == "open":
                self.provider.cancel_order(resting["id"])
            taken = self.provider.place_order(self.pair, "buy", 0.001, order_type="market")
            print(
                f"round {number}: {taken['status']} {taken['filled']} at {taken['average']}, fee {taken['fee']['cost']}"
            )
        balance = self.provider.get_balance()
        self.provider.disconnect()
        return balance


def main() -> int:
    clock, documents, capital = SystemClock(), MemoryDocuments(), Decimal(1000)
    with SandboxThread(simulated(seed=7)) as sandbox:
        settings = TradingSettings().at_sandbox(sandbox.url)
        source = ExchangeVenue("binance", settings.binance, clock, Shared())
        venue = SpotPaperVenue(
            source, documents, clock, account="grid", capital=capital, currencies=("USDT",)
        )
        platform = LocalPlatform(clock, venues={"binance": lambda: venue}, bot_id="grid", capital=capital)
        run_id = f"grid-{clock.now_ms()}"
        gateway = platform.scoped_gateway(run_id, "bot")
        provider = VenueProvider(venue, gateway, lambda number: client_id(run_id, "bot", number), clock)
        balance = OldGridBot(provider, "BTC-USDT", rounds=2).run()
    print(
        f"left: {balance['USDT']:.2f} USDT and {balance['BTC']} BTC; {len(platform.journal.entries)} ledger entries"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
