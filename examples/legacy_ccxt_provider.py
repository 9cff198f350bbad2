"""Use an unchanged ccxt exchange object as an Argosy venue, with orders through the gateway.

The exchange is the sandbox on loopback in Binance's wire format, so nothing leaves this machine. Run it with
`python examples/legacy_ccxt_provider.py`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from argosy.bootstrap.local_platform import LocalPlatform
from argosy.core.actions.action import Action, ActionKind, client_id
from argosy.core.bot import Mode
from argosy.core.clock import SystemClock
from argosy.domains.trading.sandbox.identity import exchange_secret
from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.domains.trading.sandbox.world import simulated
from argosy.domains.trading.venues.exchange.loader import exchange_class
from argosy.domains.trading.venues.exchange.pool import rebase_urls
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.legacy.venue import ProviderVenue

KEY = "legacyExample0001"
SYMBOL = "BTC/USDT"


def exchange_at(url: str) -> Any:
    """Return the exchange that `import ccxt; ccxt.binance({...})` makes.

    This way the hundred other exchanges are not imported.
    """
    exchange = exchange_class("binance")(
        {
            "apiKey": KEY,
            "secret": exchange_secret(KEY),
            "options": {
                "defaultType": "spot",
                "fetchMarkets": {"types": ["spot"]},
                "fetchMargins": False,
                "fetchCurrencies": False,
            },
        }
    )
    # Replace every address: none may be live.
    exchange.urls["api"] = rebase_urls(exchange.urls["api"], f"{url}/binance")
    return exchange


def main() -> int:
    clock = SystemClock()
    with SandboxThread(simulated(seed=7)) as sandbox:
        venue = ProviderVenue(exchange_at(sandbox.url), MemoryDocuments(), clock, account="example")
        venue.connect()
        quote = venue.quote(SYMBOL)
        assert quote.bid is not None and quote.ask is not None
        print(f"{venue.name}: {SYMBOL} {quote.bid} / {quote.ask}, {len(venue.assets())} markets")

        platform = LocalPlatform(
            clock,
            venues={venue.name: lambda: venue},
            bot_id="legacy",
            mode=Mode.SANDBOX,
            capital=Decimal(1000),
        )
        gateway = platform.scoped_gateway("run-1", "buy")
        order = Action(
            client_id=client_id("run-1", "buy", 0),
            venue=venue.name,
            kind=ActionKind.PLACE_ORDER,
            symbol=SYMBOL,
            side="buy",
            quantity=Decimal("0.001"),
            limit_price=(quote.ask * Decimal("1.01")).quantize(Decimal("0.01")),
            time_in_force="FAK",
            currency="USDT",
        )
        for attempt in ("sent", "sent again"):
            (result,) = gateway.submit([order])
            print(
                f"{attempt}: {result.status.value} {result.filled} at {result.average_price}, order {result.venue_id}"
            )
        for fill in result.fills:
            print(
                f"fill {fill.id}: {fill.quantity} at {fill.price}, fee {fill.fee} {fill.fee_currency or fill.currency}"
            )
        print(f"{len(platform.journal.entries)} ledger entries; balances: ", end="")
        print(", ".join(f"{b.free} {b.currency}" for b in venue.balances() if b.free))
        venue.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
