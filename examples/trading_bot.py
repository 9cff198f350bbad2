"""Run a trading bot on the whole platform in one process. Run it with `python examples/trading_bot.py`.

The bot buys Bitcoin under its mean and sells it above. Prices come from the sandbox on loopback, an hour passes in
seconds, and fills are paper fills. Limits, emergency states and the ledger are those of a running platform.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from argosy.bootstrap.local import LocalRunner
from argosy.bootstrap.types import packaged_workflow, registry
from argosy.core.clock import DrivenClock
from argosy.core.event import Event
from argosy.domains.trading.paper.spot import SpotPaperVenue
from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.domains.trading.sandbox.world import simulated
from argosy.domains.trading.settings import TradingSettings
from argosy.domains.trading.venues.exchange.adapter import ExchangeVenue
from argosy.graph.compile import compile_workflow
from argosy.infrastructure.resilience.shared import Shared
from argosy.infrastructure.state.memory_documents import MemoryDocuments

CAPITAL = Decimal(1000)


def main() -> int:
    clock, documents = DrivenClock(datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)), MemoryDocuments()
    seen: list[Event] = []
    with SandboxThread(simulated(seed=7, clock=clock)) as sandbox:
        source = ExchangeVenue("binance", TradingSettings().at_sandbox(sandbox.url).binance, clock, Shared())
        venue = SpotPaperVenue(
            source, documents, clock, account="demo", capital=CAPITAL, currencies=("USDT",)
        )
        bot = LocalRunner(
            compile_workflow(packaged_workflow("spot_mean_bot"), registry(), packaged_workflow),
            clock=clock,
            venues={"binance": lambda: venue},
            documents=documents,
            bot_id="demo",
            domain="trading",
            capital=CAPITAL,
            base_currency="USDT",
            on_event=seen.append,
        )
        runs = Counter(_run(bot, clock) for _ in range(12))
        print("runs:", ", ".join(f"{count} {status}" for status, count in runs.items()))
        events = Counter(event.type for event in seen)
        print("events:", ", ".join(f"{count} {name}" for name, count in sorted(events.items())))
        for entry in bot.journal.entries:
            print(
                f"{entry.kind.value:8} {entry.symbol:9} {entry.quantity:>10} {entry.amount:>18} {entry.currency}"
            )
    return 0


def _run(bot: LocalRunner, clock: DrivenClock) -> str:
    """Run the bot once, five minutes after its last run."""
    due = clock.now() + timedelta(minutes=5)
    status = bot.run().status
    clock.set(max(due, clock.now()))
    return status


if __name__ == "__main__":
    raise SystemExit(main())
