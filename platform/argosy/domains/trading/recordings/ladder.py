"""Both books at fixed times before a window's end, with spot price and winner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from argosy.core.clock import from_ms, to_ms
from argosy.domains.trading.market import window_of
from argosy.domains.trading.recordings.checks import check_pair
from argosy.domains.trading.recordings.markets import end_of, in_order, sane, ticks_of
from argosy.domains.trading.recordings.tick import MarketTick, PriceTick, QuoteTick, RecordedMarket
from argosy.venuekit.recordings import cells
from argosy.venuekit.recordings.problems import BROKEN
from argosy.venuekit.recordings.source import RecordingSource

_LENGTH_S = 300
_Found = MarketTick | PriceTick | QuoteTick


def read(source: RecordingSource) -> Iterator[tuple[int, _Found]]:
    """Read one window per line: its samples, and the winner a minute after the end."""
    found: list[tuple[int, _Found]] = []
    for line, entry in source.json_lines():
        try:
            window = window_of(str(entry["slug"]))
            if window is None:
                raise ValueError(entry["slug"])
            market = sane(
                RecordedMarket(
                    slug=str(entry["slug"]),
                    start=window[0],
                    end=window[1],
                    price_to_beat=cells.optional(entry.get("open_px")),
                    tells_end=True,
                    **end_of(entry.get("winner")),
                )
            )
            samples = [tick for sample in entry["samples"] for tick in _sample(market, sample)]
        except BROKEN:
            source.unparseable(line, entry)
            continue
        for tick in samples:
            if isinstance(tick, QuoteTick):
                check_pair(source, line, tick)
        listed, *resolved = ticks_of(market, None)
        found += [(line, tick) for tick in (listed, *samples, *resolved)]
    yield from sorted(found, key=lambda entry: entry[1].at)


def read_outcomes(source: RecordingSource) -> Iterator[tuple[int, MarketTick]]:
    """Read winners of 5-minute windows; the file runs backwards in time."""
    found = []
    for line, entry in source.json_lines():
        try:
            start = cells.seconds(entry["ts"]) // 1000
            market = sane(
                RecordedMarket(
                    slug=f"btc-updown-5m-{start}",
                    start=from_ms(start * 1000),
                    end=from_ms((start + _LENGTH_S) * 1000),
                    tells_end=True,
                    **end_of(entry["winner"]),
                )
            )
        except BROKEN:
            source.unparseable(line, entry)
            continue
        found += [(line, tick) for tick in ticks_of(market, None)]
    yield from in_order(found)


def _sample(market: RecordedMarket, sample: Mapping[str, Any]) -> Iterator[PriceTick | QuoteTick]:
    after_end_ms = cells.whole(round(cells.number(sample["t"]) * 1000))
    at = from_ms(cells.in_range(to_ms(market.end) + after_end_ms))
    sides = [sample["up"], sample["down"]]
    prices = [_price(side.get(what)) for side in sides for what in ("bid", "ask")]
    sizes = [cells.optional(side.get(f"{what}_depth")) for side in sides for what in ("bid", "ask")]
    yield QuoteTick(at, market.slug, prices[0], prices[1], prices[2], prices[3], *sizes)
    if sample.get("spot"):
        yield PriceTick(at, "recorder", "BTC/USD", cells.positive(sample["spot"]))


def _price(value: Any) -> Decimal | None:
    found = cells.optional(value)
    return found if found is not None and 0 < found < 1 else None
