"""Loading of recordings: several files as one stream in time order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from argosy.core.clock import to_ms
from argosy.core.venues.venue import Level, OrderBook
from argosy.domains.trading.market import (
    DOWN,
    UP,
    BinaryMarket,
    FeeSchedule,
    Resolution,
    SettlementRule,
)
from argosy.domains.trading.recordings import (
    BookTick,
    MarketTick,
    PriceTick,
    QuoteTick,
    RecordedMarket,
    Tick,
    TickSizeTick,
    open_recording,
)
from argosy.domains.trading.replay.sight import BooksSeen, MarketSeen, PriceSeen, Sight, TickSizeSeen
from argosy.domains.trading.replay.tape import VENUE
from argosy.domains.trading.replay.terms import AssumedTerms
from argosy.venuekit.recordings.recording_set import RecordingSet
from argosy.venuekit.replay.warnings import ReplayWarnings

_STREAM = re.compile(r"/streams/(?P<asset>[a-z0-9]+)-usd(?:-twap-(?P<lookback>\d+)s)?(?:-|$)")


def load(
    paths: Iterable[Path], terms: AssumedTerms, warnings: ReplayWarnings
) -> tuple[RecordingSet[Tick], Iterator[Sight]]:
    """Open every file by its content. Raises InvalidInput for one that is not a recording."""
    recordings = RecordingSet([open_recording(path) for path in paths])
    return recordings, (_sight(tick, terms, warnings) for tick in recordings.ticks())


def _sight(tick: Tick, terms: AssumedTerms, warnings: ReplayWarnings) -> Sight:
    at_ms = to_ms(tick.at)
    if isinstance(tick, QuoteTick):
        return BooksSeen(at_ms, tick.slug, _quoted(tick, terms, warnings))
    if isinstance(tick, BookTick):
        return BooksSeen(at_ms, tick.slug or (tick.condition_id or "unnamed"), (tick.book(VENUE),))
    if isinstance(tick, TickSizeTick):
        return TickSizeSeen(at_ms, tick.slug, tick.symbol, tick.tick)
    if isinstance(tick, PriceTick):
        return PriceSeen(
            at_ms,
            tick.source,
            tick.symbol,
            tick.price,
            candle=tick.candle,
            interval_s=tick.interval_s,
            bid=tick.bid,
            ask=tick.ask,
        )
    return MarketSeen(at_ms, _market(tick, terms))


def _quoted(tick: QuoteTick, terms: AssumedTerms, warnings: ReplayWarnings) -> tuple[OrderBook, OrderBook]:
    """Return books of one level.

    A size that is missing or belongs to the whole side is replaced by the assumed depth.
    """
    sizes = (tick.up_bid_size, tick.up_ask_size, tick.down_bid_size, tick.down_ask_size)
    if any(size is None or size > terms.depth for size in sizes):
        warnings.once(
            "depth_assumed",
            f"the recording has no sizes of its best prices: {terms.depth} shares at each are taken",
        )
    up_bid, up_ask, down_bid, down_ask = (
        _level(price, size, terms.depth)
        for price, size in zip((tick.up_bid, tick.up_ask, tick.down_bid, tick.down_ask), sizes, strict=True)
    )
    return _book(UP, up_bid, up_ask, tick.at), _book(DOWN, down_bid, down_ask, tick.at)


def _level(price: Decimal | None, size: Decimal | None, depth: Decimal) -> list[Level]:
    if price is None:
        return []
    shares = depth if size is None else min(size, depth)
    return [Level.model_construct(price=price.normalize(), size=shares)]


def _book(symbol: str, bids: list[Level], asks: list[Level], seen: datetime) -> OrderBook:
    return OrderBook.model_construct(
        venue=VENUE,
        symbol=symbol,
        bids=bids,
        asks=asks,
        at=None,
        received_at=seen,
        digest=None,
        minimum_size=None,
        tick=None,
    )


def _market(tick: MarketTick, terms: AssumedTerms) -> BinaryMarket:
    found = tick.market
    outcomes = {name: found.tokens.get(name, f"{found.slug}:{name}") for name in (UP, DOWN)}
    resolution = None
    if tick.resolved and found.decided:
        paid = found.payout_by_outcome or {}
        resolution = Resolution(
            slug=found.slug,
            winner=found.winner,
            payouts={outcomes[name]: payout for name, payout in paid.items()},
            refund=found.refund,
            final_price=found.final_price,
            at=tick.at,
        )
    return BinaryMarket(
        venue=VENUE,
        slug=found.slug,
        condition_id=found.condition_id or f"recorded:{found.slug}",
        asset=found.slug.partition("-")[0],
        outcomes=outcomes,
        window_start=found.start,
        window_end=found.end,
        tick=found.tick or terms.tick,
        minimum_size=terms.minimum_size if found.minimum_size is None else found.minimum_size,
        fees=_fees(found, tick.at),
        settlement=_settlement(found),
        price_to_beat=found.price_to_beat,
        resolution=resolution,
        accepting_orders=True,
        closed=resolution is not None,
        read_at=tick.at,
    )


def _fees(found: RecordedMarket, read_at: datetime) -> FeeSchedule | None:
    if found.fee_rate is None:
        return None
    return FeeSchedule(
        rate=found.fee_rate,
        exponent=Decimal(1) if found.fee_exponent is None else found.fee_exponent,
        source="recorded: feeSchedule",
        as_of=read_at,
    )


def _settlement(found: RecordedMarket) -> SettlementRule:
    """Return the settlement rule from the resolution source.

    The source's name has the seconds of the averaging, if any.
    """
    source = found.resolution_source or ""
    match = _STREAM.search(source)
    if match is None:
        return SettlementRule(source=source)
    lookback = int(match["lookback"] or 0)
    minutes = int((found.end - found.start).total_seconds()) // 60
    kind = f"{match['asset']}-{minutes}m-" + (f"twap-{lookback}" if lookback else "spot")
    return SettlementRule(kind=kind, lookback_s=lookback, source=source)
