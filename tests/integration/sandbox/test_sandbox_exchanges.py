"""The real ccxt classes, as the product's own adapter uses them, against the sandbox."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from argosy.core.clock import SystemClock
from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.domains.trading.settings import TradingSettings
from argosy.domains.trading.venues.exchange.adapter import ExchangeVenue
from argosy.errors import VenueNotFound
from argosy.infrastructure.resilience.shared import Shared

SYMBOLS = {"binance": "BTC/USDT", "coinbase": "BTC/USD", "kraken": "BTC/USD"}


def venue(name: str, sandbox: SandboxThread) -> ExchangeVenue:
    settings = TradingSettings().at_sandbox(sandbox.url)
    return ExchangeVenue(name, settings.exchange(name), SystemClock(), Shared())


@pytest.mark.parametrize("name", sorted(SYMBOLS))
def test_quote_book_and_candles(name: str, sandbox: SandboxThread) -> None:
    exchange, symbol = venue(name, sandbox), SYMBOLS[name]
    quote = exchange.quote(symbol)
    assert quote.bid is not None
    assert quote.ask is not None
    assert quote.bid < quote.ask
    assert abs(SystemClock().now() - quote.at) < timedelta(seconds=5)
    book = exchange.order_book(symbol)
    assert not book.crossed
    assert len(book.bids) == len(book.asks) >= 50
    candles = exchange.candles(symbol, "1m", limit=30)
    assert len(candles) >= 29
    steps = {after.at - before.at for before, after in pairwise(candles)}
    assert steps == {timedelta(minutes=1)}
    assert abs(candles[-1].close - quote.bid) / quote.bid < 0.01
    five = exchange.candles(symbol, "5m", since=SystemClock().now() - timedelta(hours=2), limit=10)
    assert 5 <= len(five) <= 10
    assert {asset.symbol for asset in exchange.assets()} >= {symbol, symbol.replace("BTC", "ETH")}
    with pytest.raises(VenueNotFound):
        exchange.quote("DOGE/USD")


def test_exchanges_agree_about_the_price(sandbox: SandboxThread) -> None:
    mids = []
    for name, symbol in SYMBOLS.items():
        mid = venue(name, sandbox).quote(symbol).mid
        assert mid is not None
        mids.append(mid)
    assert max(mids) / min(mids) < 1.002
    assert len(set(mids)) > 1
