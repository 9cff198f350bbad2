"""Convert Polymarket's replies into the types of `core` and of trading; pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import RootModel, TypeAdapter, ValidationError

from argosy.core.clock import from_ms
from argosy.core.venues.venue import Level, OrderBook
from argosy.domains.trading.market import (
    UNKNOWN_SETTLEMENT,
    BinaryMarket,
    FeeSchedule,
    Resolution,
    SettlementRule,
    window_of,
)
from argosy.domains.trading.payout import final_payouts
from argosy.domains.trading.venues.polymarket.schemas import (
    BookReply,
    ClobMarket,
    EventMetadata,
    GammaEvent,
    GammaMarket,
    LevelReply,
    read,
)
from argosy.errors import BadReply, VenueNotFound

VENUE = "polymarket"
_PLAIN = TypeAdapter(list[Level])
_LEAST, _MOST = Decimal("1e-8"), Decimal(10) ** 15
_SOURCE = re.compile(r"/streams/[a-z0-9]+-usd(?:-twap-(?P<lookback>\d+)s-streams)?/?$")
_RULE = re.compile(r"^[a-z0-9]+-\d+[mhd]-[a-z0-9-]+$")


class _Levels(RootModel[list[LevelReply]]):
    """Levels, with fields that Argosy does not know."""


def parse_event(data: Any, slug: str, *, read_at: datetime) -> BinaryMarket:
    """Return the market `slug` of an event, with the event's opening and final price.

    Raises BadReply for an unreadable event, VenueNotFound if the event has no such market.
    """
    event = read(GammaEvent, data, f"event {slug}")
    for raw in event.markets:
        if raw.get("slug") == slug:
            return parse_market(raw, read_at=read_at, metadata=event.event_metadata)
    raise VenueNotFound(f"Polymarket's event {event.slug} has no market {slug}")


def parse_market(data: Any, *, read_at: datetime, metadata: EventMetadata | None = None) -> BinaryMarket:
    """Return the market of a Gamma object. Raises BadReply."""
    raw = read(GammaMarket, data, "market")
    names = [name.strip().upper() for name in raw.outcomes]
    tokens = raw.clob_token_ids
    if any(len(each) != 2 or len(set(each)) != 2 for each in (names, tokens)):
        raise BadReply(
            f"market {raw.slug} is not a two-outcome market",
            expected="two outcomes with one token each",
            found=f"outcomes {names}, {len(tokens)} tokens",
        )
    outcomes = dict(zip(names, tokens, strict=True))
    named = window_of(raw.slug)
    start = raw.event_start_time or (named[0] if named else None)
    if start is not None and start >= raw.end_date:
        raise BadReply(f"market {raw.slug} ends before it starts", found=f"{start} to {raw.end_date}")
    trading = raw.active and raw.enable_order_book and raw.accepting_orders
    meta = metadata or _metadata_of(data)
    return BinaryMarket(
        venue=VENUE,
        slug=raw.slug,
        condition_id=raw.condition_id,
        question=raw.question,
        asset=raw.slug.split("-", 1)[0] if named else "",
        outcomes=outcomes,
        window_start=start,
        window_end=raw.end_date,
        tick=raw.order_price_min_tick_size,
        minimum_size=raw.order_min_size,
        fees=fees_of(raw, read_at),
        settlement=settlement_of(raw, start),
        price_to_beat=_positive(meta.price_to_beat) if meta else None,
        resolution=resolution_of(raw, outcomes, meta),
        negative_risk=raw.neg_risk,
        accepting_orders=trading and not raw.closed and not raw.uma_resolution_status,
        closed=raw.closed,
        read_at=read_at,
    )


def fees_of(raw: GammaMarket, read_at: datetime) -> FeeSchedule | None:
    """Return the fees from `feeSchedule`; None if the market does not state any.

    The field `takerBaseFee` is a leftover of the venue and is not the fee.
    """
    kind = raw.fee_type or ""
    if raw.fee_schedule is not None:
        schedule = raw.fee_schedule
        return FeeSchedule(
            rate=schedule.rate,
            exponent=schedule.exponent,
            taker_only=schedule.taker_only,
            kind=kind,
            source="gamma:feeSchedule",
            as_of=read_at,
        )
    if raw.fees_enabled is False:
        return FeeSchedule(
            rate=Decimal(0), exponent=Decimal(1), kind=kind, source="gamma:feesEnabled", as_of=read_at
        )
    return None


def clob_fees(market: ClobMarket, read_at: datetime) -> FeeSchedule | None:
    """Return the fees of the CLOB's compact market object; None if it has no fee details."""
    if market.fd is None:
        return None
    return FeeSchedule(
        rate=market.fd.r, exponent=market.fd.e, taker_only=market.fd.to, source="clob:fd", as_of=read_at
    )


def settlement_of(raw: GammaMarket, start: datetime | None) -> SettlementRule:
    """Return the settlement rule: by the market's own config, else by its resolution source.

    A config whose name contradicts its own fields gives `unknown`; strategies do not trade such a market.
    """
    source = raw.resolution_source or ""
    if start is None:
        return SettlementRule(source=source)
    minutes = int((raw.end_date - start).total_seconds()) // 60
    config = raw.crypto_market_config
    asset = raw.slug.split("-", 1)[0]
    if config is not None and config.twap_enabled is not None:
        lookback = (config.twap_lookback_seconds or 0) if config.twap_enabled else 0
        if config.twap_enabled and lookback == 0:
            return SettlementRule(source=source)
    else:
        match = _SOURCE.search(source)
        if match is None:
            return SettlementRule(source=source)
        lookback = int(match["lookback"] or 0)
    derived = f"{asset}-{minutes}m-" + (f"twap-{lookback}" if lookback else "spot")
    if config is not None and config.id and _RULE.match(config.id) and config.id != derived:
        return SettlementRule(kind=UNKNOWN_SETTLEMENT, lookback_s=lookback, source=source)
    return SettlementRule(kind=derived, lookback_s=lookback, source=source)


def resolution_of(
    raw: GammaMarket, outcomes: dict[str, str], metadata: EventMetadata | None
) -> Resolution | None:
    """Return the final resolution; None before.

    A resolution is final once the market is closed, undisputed, and its prices are payouts (`final_payouts`).
    """
    prices = final_payouts(raw.closed, raw.uma_resolution_status, raw.outcome_prices)
    if prices is None:
        return None
    winner = next((name for name, price in zip(outcomes, prices, strict=True) if price == 1), None)
    return Resolution(
        slug=raw.slug,
        winner=winner,
        payouts=dict(zip(outcomes.values(), prices, strict=True)),
        final_price=_positive(metadata.final_price) if metadata else None,
        at=raw.closed_time,
    )


def parse_book(data: Any, *, received_at: datetime) -> OrderBook:
    """Return one CLOB book, best level first, without empty levels.

    Polymarket sends the best level last.
    """
    raw = read(BookReply, data, "order book")
    return OrderBook(
        venue=VENUE,
        symbol=raw.asset_id,
        bids=_levels(raw.bids, descending=True),
        asks=_levels(raw.asks, descending=False),
        at=None if raw.timestamp is None else from_ms(raw.timestamp),
        received_at=received_at,
        digest=raw.hash,
        minimum_size=raw.min_order_size,
        tick=raw.tick_size,
    )


def parse_books(data: Any, symbols: Sequence[str], *, received_at: datetime) -> list[OrderBook]:
    """Return books in the order of `symbols`. Raises VenueNotFound if the venue left one out."""
    if not isinstance(data, list):
        raise BadReply(
            "Polymarket's order books cannot be read", expected="a list", found=type(data).__name__
        )
    found = {book.symbol: book for book in (parse_book(entry, received_at=received_at) for entry in data)}
    for symbol in symbols:
        if symbol not in found:
            raise VenueNotFound(f"Polymarket has no order book for token {symbol}")
    return [found[symbol] for symbol in symbols]


def _levels(raw: list[Any], *, descending: bool) -> list[Level]:
    try:
        levels = _PLAIN.validate_python(raw)
    except ValidationError:
        # Slower, but accepts fields that Argosy does not know.
        levels = [
            Level(price=level.price, size=level.size) for level in read(_Levels, raw, "order book").root
        ]
    for level in levels:
        if not (_LEAST <= level.price < 1 and 0 <= level.size <= _MOST):
            raise BadReply(
                "Polymarket's order book holds an impossible level",
                expected="0 < price < 1 and size ≥ 0",
                found=f"{level.size:.6g} at {level.price:.6g}",
            )
    levels = [level for level in reversed(levels) if level.size > 0]
    levels.sort(key=lambda level: level.price, reverse=descending)
    return levels


def _metadata_of(data: Any) -> EventMetadata | None:
    """Return the event prices in a market object; its short copies of events have them at times."""
    events = data.get("events") if isinstance(data, dict) else None
    if isinstance(events, list) and events and isinstance(events[0], dict):
        found = events[0].get("eventMetadata")
        if found is not None:
            return read(EventMetadata, found, "event metadata")
    return None


def _positive(value: Decimal | None) -> Decimal | None:
    """Return the price; None for 0, which stands for an unknown price."""
    return value if value is not None and value > 0 else None
