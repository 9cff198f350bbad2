"""Sessions of raw messages from several sources.

They hold CLOB books and changes, Binance trades, Coinbase tickers, and the oracle's relay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from argosy.core.clock import from_ms, to_ms
from argosy.core.exact_json import load_exact
from argosy.domains.trading.recordings import markets
from argosy.domains.trading.recordings.bars import unified_pair
from argosy.domains.trading.recordings.messages import MarketChannel
from argosy.domains.trading.recordings.tick import BookTick, MarketTick, PriceTick, RecordedMarket, Tick
from argosy.venuekit.recordings import cells
from argosy.venuekit.recordings.problems import BROKEN, RowProblem, UnreadableRow
from argosy.venuekit.recordings.source import RecordingSource, json_object
from argosy.venuekit.recordings.timed_rows import TimedRows

_SCALE = Decimal(10) ** -18


def read(source: RecordingSource) -> Iterator[tuple[int, Tick]]:
    """Read a session.

    `markets.jsonl` beside the file, if present, names the market and outcome of each token.
    """
    session = _Session(source)
    for line, received, text in TimedRows(source, RecordingSource.lines, _received_ms):
        entry = json_object(text)
        try:
            payload = entry["payload"]
            message = load_exact(payload) if isinstance(payload, str) else payload
            ticks = [
                tick
                for one in (message if isinstance(message, list) else [message])
                for tick in session.ticks(line, one, received)
            ]
        except BROKEN:
            source.unparseable(line, text)
            continue
        for tick in ticks:
            yield line, tick


def _received_ms(text: bytes) -> int:
    return cells.milliseconds(json_object(text).get("recv_wall_ts"))


class _Session:
    """Markets by token, and their books."""

    def __init__(self, source: RecordingSource) -> None:
        self._source = source
        self._markets = _known_markets(source)
        self._announced: set[str] = set()
        self._channel = MarketChannel(source)

    def ticks(self, line: int, message: Mapping[str, Any], received: int) -> Iterator[Tick]:
        kind = message.get("event_type") or message.get("type")
        if "bids" in message:
            yield from self._book(line, message, received)
        elif "stream" in message:
            trade = message["data"]
            yield _trade("binance", trade["s"], trade["p"], cells.milliseconds(trade["T"]), received)
        elif kind == "ticker":
            at_ms = to_ms(cells.moment(message["time"]))
            bid, ask = cells.positive(message["best_bid"]), cells.positive(message["best_ask"])
            tick = _trade("coinbase", message["product_id"], message["price"], at_ms, received)
            yield PriceTick(tick.at, tick.source, tick.symbol, tick.price, tick.venue_at, bid=bid, ask=ask)
        elif kind == "update" and "value" in message["payload"]:
            yield _oracle(message["payload"]["symbol"], message["payload"], received)
        elif kind == "subscribe" and isinstance(message.get("payload"), dict):
            symbol = message["payload"].get("symbol", "btc/usd")
            for point in message["payload"]["data"]:  # a backfill: about a minute of prices at once
                yield _oracle(symbol, point, received)
        elif kind == "subscriptions":
            self._source.warnings.add(RowProblem.IGNORED, line, "subscriptions")
        else:
            market = self._markets.get(str(message.get("asset_id")))
            yield from self._channel.ticks(line, message, received, market.slug if market else "")

    def _book(self, line: int, message: Mapping[str, Any], received: int) -> Iterator[Tick]:
        market = self._markets.get(str(message["asset_id"]))
        found = list(self._channel.ticks(line, message, received, market.slug if market else ""))
        for tick in found:
            if market is None:
                self._source.warnings.add(RowProblem.UNKNOWN_MARKET, line, str(message["asset_id"]))
            elif market.slug not in self._announced and isinstance(tick, BookTick):
                self._announced.add(market.slug)
                yield MarketTick(tick.at, market)
            yield tick


def _trade(origin: str, pair: str, price: Any, made: int, received: int) -> PriceTick:
    symbol = unified_pair(pair)
    if symbol is None:
        raise UnreadableRow(pair)
    at = from_ms(max(received, made))
    return PriceTick(at, origin, symbol, cells.positive(price), venue_at=from_ms(made))


def _oracle(symbol: str, point: Mapping[str, Any], received: int) -> PriceTick:
    made = cells.milliseconds(point["timestamp"])
    exact = point.get("full_accuracy_value")
    price = cells.positive(cells.whole(exact) * _SCALE if exact else point["value"])
    return PriceTick(from_ms(max(received, made)), "chainlink", symbol.upper(), price, venue_at=from_ms(made))


def _known_markets(source: RecordingSource) -> dict[str, RecordedMarket]:
    """Return the session's markets by token id."""
    path = source.path.with_name("markets.jsonl")
    if not path.is_file():
        return {}
    found: dict[str, RecordedMarket] = {}
    for line, text in RecordingSource(path, warnings=source.warnings).lines():
        try:
            market = markets.digest_market(json_object(text))
        except BROKEN:
            source.unparseable(line, f"{path.name}: {text.decode('utf-8', 'replace')}")
            continue
        found |= dict.fromkeys(market.tokens.values(), market)
    return found
