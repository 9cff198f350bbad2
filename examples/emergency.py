"""Halt and resume a bot whose orders pass the gateway. Run it with `python examples/emergency.py`.

Prices come from the sandbox on loopback, and fills are paper fills.
"""

from __future__ import annotations

from decimal import Decimal

from argosy.bootstrap.local_platform import LocalPlatform
from argosy.core.actions.action import Action, ActionKind, client_id
from argosy.core.clock import SystemClock
from argosy.core.safety.emergency import EmergencyState
from argosy.domains.trading.paper.spot import SpotPaperVenue
from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.domains.trading.sandbox.world import simulated
from argosy.domains.trading.settings import TradingSettings
from argosy.domains.trading.venues.exchange.adapter import ExchangeVenue
from argosy.infrastructure.resilience.shared import Shared
from argosy.infrastructure.state.memory_documents import MemoryDocuments


def main() -> int:
    clock, capital = SystemClock(), Decimal(1000)
    with SandboxThread(simulated(seed=7)) as sandbox:
        source = ExchangeVenue("binance", TradingSettings().at_sandbox(sandbox.url).binance, clock, Shared())
        venue = SpotPaperVenue(
            source, MemoryDocuments(), clock, account="demo", capital=capital, currencies=("USDT",)
        )
        platform = LocalPlatform(clock, venues={"binance": lambda: venue}, bot_id="demo", capital=capital)
        gateway = platform.scoped_gateway("run-1", "order")

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
            (result,) = gateway.submit([action])
            return result.status.value

        print(f"NORMAL: buy {order(0, 'buy')}")
        platform.set_emergency(EmergencyState.HALT, "odd fills")
        print(f"HALT: buy {order(1, 'buy')}")
        print(f"HALT: sell {order(2, 'sell')}")
        platform.set_emergency(EmergencyState.NORMAL, "explained")
        print(f"NORMAL: buy {order(3, 'buy')}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
