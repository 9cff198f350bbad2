"""Best levels with their depth and a spot price, every two or three seconds."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from argosy.domains.trading.recordings.checks import check_pair
from argosy.domains.trading.recordings.problems import RowProblem
from argosy.domains.trading.recordings.quotes import asset_of, moment_of, price_or_none
from argosy.domains.trading.recordings.source import Source
from argosy.domains.trading.recordings.tick import PriceTick, QuoteTick

COLUMNS = frozenset(
    {"timestamp", "time_remaining", "up_best_bid", "up_best_ask", "down_best_bid", "down_best_ask"}
)
_LENGTH_S = 300


def read(source: Source) -> Iterator[tuple[int, QuoteTick | PriceTick]]:
    """Depths are the whole side's shares, not those at the best price: an upper bound, given as the size."""
    names = source.header()
    for line, row in source.rows():
        cells = dict(zip(names, row, strict=False))
        try:
            seconds = float(cells["timestamp"])
            end = round((seconds + float(cells["time_remaining"])) / 60) * 60
            at = moment_of(seconds)
            prices = [
                price_or_none(cells[f"{side}_best_{what}"])
                for side in ("up", "down")
                for what in ("bid", "ask")
            ]
            sizes = [
                _size(cells.get(f"{side}_{what}_depth", ""))
                for side in ("up", "down")
                for what in ("bid", "ask")
            ]
            spot = Decimal(cells["btc_price"]) if cells.get("btc_price") else None
        except (KeyError, ValueError, InvalidOperation, OverflowError):
            source.warnings.add(RowProblem.UNPARSEABLE, line, ",".join(row))
            continue
        if end % _LENGTH_S:
            source.warnings.add(RowProblem.OFF_GRID, line, ",".join(row))
            end = -(-int(seconds) // _LENGTH_S) * _LENGTH_S
        slug = f"{asset_of(source)}-updown-5m-{end - _LENGTH_S}"
        tick = QuoteTick(at, slug, prices[0], prices[1], prices[2], prices[3], *sizes)
        check_pair(source, line, tick)
        yield line, tick
        if spot is not None and spot.is_finite() and spot > 0:
            yield line, PriceTick(at, "recorder", "BTC/USD", spot)


def _size(text: str) -> Decimal | None:
    value = Decimal(text) if text else None
    return value if value is not None and value.is_finite() and value > 0 else None
