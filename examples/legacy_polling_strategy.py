"""Run an old polling bot as an Argosy strategy in paper mode.

The bot polls, keeps its own state, and uses floats and a provider. It sees real books of the sandbox, on
loopback. Fills are simulated, and every order goes through the action gateway. Run it with
`python examples/legacy_polling_strategy.py`.
"""

from __future__ import annotations

from decimal import Decimal

from argosy.bootstrap.local import LocalRunner
from argosy.bootstrap.types import registry
from argosy.bootstrap.venues import LazyVenues
from argosy.core.bot import Mode
from argosy.core.clock import DrivenClock, SystemClock
from argosy.domains.trading.paper.spot import SpotPaperVenue
from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.domains.trading.sandbox.world import simulated
from argosy.domains.trading.settings import TradingSettings
from argosy.domains.trading.venues.exchange.adapter import ExchangeVenue
from argosy.graph.compile import compile_workflow
from argosy.graph.document import parse
from argosy.infrastructure.resilience.shared import Shared
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.legacy.strategies import register

POLLS = 4


class OldBot:
    """Bot as it existed before; its code does not know Argosy."""

    def __init__(self, provider, pair="BTC/USDT", stake=50.0):
        self.provider = provider
        self.pair = pair
        self.stake = stake
        self.entry = None
        self.held = 0.0
        self.trades = 0

    def find_opportunity(self):
        book = self.provider.get_orderbook(self.pair)
        bid, ask = book["bids"][0][0], book["asks"][0][0]
        if self.held:
            return {"confidence": 0.9, "expected_profit": bid - self.entry, "metadata": {"side": "sell"}}
        spread = (ask - bid) / bid
        return {
            "confidence": 0.8,
            "expected_profit": self.stake * spread,
            "metadata": {"side": "buy", "ask": ask},
        }

    def should_execute(self, opportunity):
        return opportunity["confidence"] > 0.5

    def execute(self, opportunity):
        if opportunity["metadata"]["side"] == "sell":
            order = self.provider.place_order(self.pair, "sell", self.held, order_type="market")
            self.held -= order["filled"]
        else:
            amount = self.stake / opportunity["metadata"]["ask"]
            order = self.provider.place_order(self.pair, "buy", round(amount, 5), order_type="market")
            self.held, self.entry = order["filled"], order["average"]
        self.trades += 1
        return order


WORKFLOW = {
    "id": "old_bot",
    "name": "Old bot",
    "kind": "strategy",
    "schema": 1,
    "nodes": [
        {
            "id": "poll",
            "type": "legacy.poll",
            "params": {"strategy": "old_bot", "venue": "binance", "config": {"stake": 80.0}},
        }
    ],
    "edges": [],
}


def main() -> int:
    register("old_bot", OldBot)
    document = parse(WORKFLOW)
    workflow = compile_workflow(document, registry(), resolve=lambda name: document)
    real, documents = SystemClock(), MemoryDocuments()
    clock = DrivenClock(real.now())
    with SandboxThread(simulated(seed=7)) as sandbox:
        settings = TradingSettings().at_sandbox(sandbox.url)
        source = ExchangeVenue("binance", settings.binance, real, Shared())
        venue = SpotPaperVenue(source, documents, clock, account="old_bot", capital=Decimal(1000))
        runner = LocalRunner(
            workflow,
            clock=clock,
            venues=LazyVenues({"binance": lambda: venue}),
            documents=documents,
            bot_id="old_bot",
            mode=Mode.PAPER,
            capital=Decimal(1000),
        )
        for number in range(1, POLLS + 1):
            clock.set(real.now())
            run = runner.run()
            if run.status != "success":
                print(f"poll {number}: {run.status}")
                return 1
        for entry in runner.journal.entries:
            print(
                f"{entry.kind.value:8} {entry.symbol:9} {entry.quantity:>10} {entry.amount:>20} {entry.currency}"
            )
        print(f"{len(runner.journal.entries)} entries; open positions: {len(list(venue.positions()))}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
