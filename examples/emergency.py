"""Halt and resume a bot whose orders pass the gateway. Run it with `python examples/emergency.py`.

Prices come from the sandbox on loopback, and fills are paper fills.
"""

from __future__ import annotations

from decimal import Decimal

from argosy.bootstrap.venues import LazyVenues
from argosy.core.actions.action import Action, ActionKind, client_id
from argosy.core.actions.intent import Caller
from argosy.core.clock import SystemClock
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.domains.trading.paper.spot import SpotPaperVenue
from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.domains.trading.sandbox.world import simulated
from argosy.domains.trading.settings import TradingSettings
from argosy.domains.trading.venues.exchange.adapter import ExchangeVenue
from argosy.infrastructure.actions import Gateway, ScopedGateway
from argosy.infrastructure.actions.memory import MemoryJournal
from argosy.infrastructure.events.memory import MemoryEventBus
from argosy.infrastructure.resilience.shared import Shared
from argosy.infrastructure.safety.flags import MemoryEmergencyFlags
from argosy.infrastructure.state.memory_documents import MemoryDocuments


def main() -> int:
    clock, flags, capital = SystemClock(), MemoryEmergencyFlags(), Decimal(1000)
    with SandboxThread(simulated(seed=7)) as sandbox:
        source = ExchangeVenue("binance", TradingSettings().at_sandbox(sandbox.url).binance, clock, Shared())
        venue = SpotPaperVenue(
            source, MemoryDocuments(), clock, account="demo", capital=capital, currencies=("USDT",)
        )
        journal = MemoryJournal(clock, flags, bot_id="demo", capital=capital)
        gateway = Gateway(journal, flags, MemoryEventBus(clock=clock), clock, owner="example")
        caller = Caller(mode="paper", domain="trading", bot_id="demo", run_id="run-1", node_id="order")
        scoped = ScopedGateway(lambda: gateway, caller, LazyVenues({"binance": lambda: venue}))

        def order(number: int, side: str) -> str:
            quote = venue.quote("BTC/USDT")
            assert quote.ask is not None and quote.bid is not None
            price = quote.ask * Decimal("1.01") if side == "buy" else quote.bid * Decimal("0.99")
            action = Action(
                client_id=client_id("run-1", "order", number),
                venue="binance",
                kind=ActionKind.PLACE_ORDER,
                symbol="BTC/USDT",
                side=side,
                quantity=Decimal("0.001"),
                limit_price=price.quantize(Decimal("0.01")),
                time_in_force="FAK",
                currency="USDT",
            )
            (result,) = scoped.submit([action])
            return result.status.value

        print(f"NORMAL: buy {order(0, 'buy')}")
        flags.write(EmergencyFlag("platform", EmergencyState.HALT, 2, "odd fills"))
        print(f"HALT: buy {order(1, 'buy')}")
        print(f"HALT: sell {order(2, 'sell')}")
        flags.write(EmergencyFlag("platform", EmergencyState.NORMAL, 3, "explained"))
        print(f"NORMAL: buy {order(3, 'buy')}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
