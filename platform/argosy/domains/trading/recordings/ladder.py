"""Both books at fixed times before a window's end, with spot price and winner."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from argosy.core.clock import from_ms
from argosy.domains.trading.market import window_of
from argosy.domains.trading.recordings.checks import check_pair
from argosy.domains.trading.recordings.markets import end_of, in_order, ticks_of
from argosy.domains.trading.recordings.problems import RowProblem
from argosy.domains.trading.recordings.source import Source
from argosy.domains.trading.recordings.tick import MarketTick, PriceTick, QuoteTick, RecordedMarket

_LENGTH_S = 300
_BROKEN = (KeyError, ValueError, TypeError, AttributeError, InvalidOperation, OverflowError)


def read(source: Source) -> Iterator[tuple[int, MarketTick | PriceTick | QuoteTick]]:
    """One window a line; samples in time order, the winner a minute after the end."""
    late: list[tuple[int, MarketTick]] = []
    for line, entry in source.json_lines():
        try:
            window = window_of(str(entry["slug"]))
            if window is None:
                raise ValueError(entry["slug"])
            start, end = window
            market = RecordedMarket(
                slug=str(entry["slug"]),
                start=start,
                end=end,
                price_to_beat=_number(entry.get("open_px")),
                tells_end=True,
                **end_of(entry.get("winner")),
            )
            samples = [tick for sample in entry["samples"] for tick in _sample(market, sample)]
        except _BROKEN:
            source.warnings.add(RowProblem.UNPARSEABLE, line, orjson.dumps(entry).decode())
            continue
        while late and late[0][1].at <= start:
            yield late.pop(0)
        listed, *resolved = ticks_of(market, None)
        yield line, listed
        for tick in sorted(samples, key=lambda one: one.at):
            while late and late[0][1].at <= tick.at:
                yield late.pop(0)
            if isinstance(tick, QuoteTick):
                check_pair(source, line, tick)
            yield line, tick
        late += [(line, tick) for tick in resolved]
    yield from late


def read_outcomes(source: Source) -> Iterator[tuple[int, MarketTick]]:
    """Winners of 5-minute windows; the file runs backwards in time."""
    found = []
    for line, entry in source.json_lines():
        try:
            start = int(entry["ts"])
            market = RecordedMarket(
                slug=f"btc-updown-5m-{start}",
                start=from_ms(start * 1000),
                end=from_ms((start + _LENGTH_S) * 1000),
                tells_end=True,
                **end_of(entry["winner"]),
            )
        except _BROKEN:
            source.warnings.add(RowProblem.UNPARSEABLE, line, orjson.dumps(entry).decode())
            continue
        found += [(line, tick) for tick in ticks_of(market, None)]
    yield from in_order(found)


def _sample(market: RecordedMarket, sample: dict[str, Any]) -> Iterator[PriceTick | QuoteTick]:
    at = from_ms(int(market.end.timestamp() * 1000) + round(float(sample["t"]) * 1000))
    sides = [sample["up"], sample["down"]]
    prices = [_price(side.get(what)) for side in sides for what in ("bid", "ask")]
    sizes = [_number(side.get(f"{what}_depth")) for side in sides for what in ("bid", "ask")]
    yield QuoteTick(at, market.slug, prices[0], prices[1], prices[2], prices[3], *sizes)
    if sample.get("spot"):
        yield PriceTick(at, "recorder", "BTC/USD", Decimal(str(sample["spot"])))


def _price(value: Any) -> Decimal | None:
    number = _number(value)
    return number if number is not None and 0 < number < 1 else None


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
