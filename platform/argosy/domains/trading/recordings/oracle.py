"""Ticks of the price stream that settles the markets (Chainlink), about one a second."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from argosy.core.clock import from_ms
from argosy.domains.trading.recordings.problems import RowProblem
from argosy.domains.trading.recordings.source import Source
from argosy.domains.trading.recordings.tick import PriceTick

COLUMNS = frozenset({"feed_ts_ms", "value"})
GAP_MS = 60_000
_SCALE = Decimal(10) ** -18


def read(source: Source) -> Iterator[tuple[int, PriceTick]]:
    """`full_accuracy_value` (USD × 10^18, an integer that fits no machine word) where present, else `value`."""
    names = source.header()
    feed, value = names.index("feed_ts_ms"), names.index("value")
    exact = names.index("full_accuracy_value") if "full_accuracy_value" in names else None
    received = names.index("recv_ms") if "recv_ms" in names else feed
    symbol = source.symbol or "BTC/USD"
    origin = source.venue or "chainlink"
    last_ms = 0
    for line, row in source.rows():
        try:
            feed_ms = int(row[feed])
            text = row[exact] if exact is not None else ""
            price = Decimal(text) * _SCALE if text else Decimal(row[value])
            seen_ms = max(int(row[received]), feed_ms)
            if not price.is_finite() or price <= 0:
                raise ValueError(text)
            tick = PriceTick(from_ms(seen_ms), origin, symbol, price, venue_at=from_ms(feed_ms))
        except (ValueError, IndexError, InvalidOperation, OverflowError):
            source.warnings.add(RowProblem.UNPARSEABLE, line, ",".join(row))
            continue
        if last_ms and feed_ms - last_ms > GAP_MS:
            source.warnings.add(RowProblem.GAP, line, f"{(feed_ms - last_ms) / 1000:.0f} s without a tick")
        last_ms = feed_ms
        yield line, tick
