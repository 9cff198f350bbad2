"""Polymarket's wire into the product's words: recorded payloads and made-up nonsense."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from argosy.core.clock import from_ms
from argosy.core.venues.venue import OrderBook
from argosy.domains.trading.market import window_of, window_slug
from argosy.domains.trading.venues.polymarket.parse import (
    parse_book,
    parse_books,
    parse_event,
    parse_market,
)
from argosy.errors import ArgosyError, BadReply, InvalidInput, VenueNotFound

NOW = datetime(2026, 6, 8, 12, 0, tzinfo=UTC)
UP_TOKEN, DOWN_TOKEN = "7132104567", "5211431950"


def gamma(**changes: Any) -> dict[str, Any]:
    """The sheet's market, about to be changed."""
    market: dict[str, Any] = {
        "id": "1292710",
        "conditionId": "0x" + "7c" * 32,
        "slug": "btc-updown-15m-1769406300",
        "question": "Bitcoin Up or Down - January 26, 12:45AM-1:00AM ET",
        "outcomes": '["Up", "Down"]',
        "outcomePrices": '["0.515", "0.485"]',
        "clobTokenIds": json.dumps([UP_TOKEN, DOWN_TOKEN]),
        "endDate": "2026-01-26T06:00:00Z",
        "eventStartTime": "2026-01-26T05:45:00Z",
        "active": True,
        "closed": False,
        "enableOrderBook": True,
        "acceptingOrders": True,
        "negRisk": False,
        "orderPriceMinTickSize": Decimal("0.01"),
        "orderMinSize": 5,
        "feesEnabled": True,
        "feeType": "crypto_fees_v2",
        "feeSchedule": {
            "exponent": 1,
            "rate": Decimal("0.07"),
            "takerOnly": True,
            "rebateRate": Decimal("0.2"),
        },
        "makerBaseFee": 1000,
        "takerBaseFee": 1000,
        "umaResolutionStatus": "",
        "resolutionSource": "https://data.chain.link/streams/btc-usd-twap-60s-streams",
    }
    return {**market, **changes}


def lines(path: Path) -> Iterator[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as file:
        for line in file:
            yield json.loads(line, parse_float=Decimal)


# --- markets ----------------------------------------------------------------------------------------------


def test_a_day_of_recorded_markets(shared_data: Path) -> None:
    path = shared_data / "polymarket/gamma_5m/BTC-5m-markets-2026-06-08.jsonl.gz"
    rows = list(lines(path))
    markets = [parse_market(row["raw"], read_at=NOW) for row in rows]
    assert len(markets) == 292
    assert Counter(market.resolution.winner for market in markets if market.resolution) == {
        "UP": 137,
        "DOWN": 155,
    }
    assert Counter(market.tick for market in markets) == {Decimal("0.01"): 266, Decimal("0.001"): 26}
    for row, market in zip(rows, markets, strict=True):
        assert (market.up, market.down) == tuple(row["token_ids"])
        assert market.window_start == from_ms(row["start_sec"] * 1000)
        assert market.window_end == from_ms(row["end_sec"] * 1000)
        assert window_of(market.slug) == (market.window_start, market.window_end)
        assert market.fees is not None
        assert (market.fees.rate, market.fees.exponent) == (Decimal("0.07"), 1), "not takerBaseFee 1000"
        assert market.settlement.kind == "btc-5m-spot"
        assert market.minimum_size == 5
        assert not market.tradable(market.window_start)
        assert market.resolution is not None
        assert list(market.resolution.payouts.values()) == [Decimal(price) for price in row["outcome_prices"]]
        assert market.resolution.at is not None and market.resolution.at >= market.window_end


def test_the_sheet_market() -> None:
    market = parse_market(gamma(), read_at=NOW)
    assert (market.up, market.down) == (UP_TOKEN, DOWN_TOKEN)
    assert market.settlement.kind == "btc-15m-twap-60"
    assert market.settlement.lookback_s == 60
    assert market.fees is not None
    assert market.fees.fee(Decimal(100), Decimal("0.5")) == Decimal("1.75")
    assert market.fees.fee(Decimal(100), Decimal("0.5"), taker=False) == 0
    assert market.resolution is None
    assert market.tradable(datetime(2026, 1, 26, 5, 59, 59, tzinfo=UTC))
    assert not market.tradable(datetime(2026, 1, 26, 6, 0, tzinfo=UTC))


def test_outcomes_are_read_by_name_whatever_their_order() -> None:
    swapped = gamma(outcomes='["Down", "Up"]', outcomePrices='["1", "0"]', closed=True)
    market = parse_market(swapped, read_at=NOW)
    assert (market.up, market.down) == (DOWN_TOKEN, UP_TOKEN)
    assert market.symbols == (DOWN_TOKEN, UP_TOKEN)
    assert market.resolution is not None
    assert market.resolution.winner == "DOWN"
    assert market.resolution.payout(UP_TOKEN) == 1
    assert market.outcome_of(UP_TOKEN) == "DOWN"
    assert market.other(UP_TOKEN) == DOWN_TOKEN


@pytest.mark.parametrize(
    ("changes", "winner"),
    [
        ({"closed": True, "outcomePrices": '["1", "0"]'}, "UP"),
        ({"closed": True, "outcomePrices": '["0", "1"]', "umaResolutionStatus": "resolved"}, "DOWN"),
        ({"closed": False, "outcomePrices": '["1", "0"]'}, None),
        ({"closed": True, "outcomePrices": '["0.9995", "0.0005"]'}, None),
        ({"closed": True, "outcomePrices": '["0.9995", "0.0005"]', "umaResolutionStatus": "resolved"}, None),
        ({"closed": True, "outcomePrices": '["1", "0"]', "umaResolutionStatus": "proposed"}, None),
        ({"closed": True, "outcomePrices": '["1", "0"]', "umaResolutionStatus": "disputed"}, None),
        ({"closed": True, "outcomePrices": '["0", "0"]', "umaResolutionStatus": "resolved"}, None),
        ({"closed": True, "outcomePrices": '["1", "1"]'}, None),
        ({"closed": True, "outcomePrices": None}, None),
        ({"closed": True, "outcomePrices": '["0.5", "0.5"]'}, None),
    ],
)
def test_only_the_final_word_is_a_resolution(changes: dict[str, Any], winner: str | None) -> None:
    resolution = parse_market(gamma(**changes), read_at=NOW).resolution
    assert (resolution.winner if resolution else None) == winner


def test_a_split_market_pays_both_and_has_no_winner() -> None:
    split = gamma(closed=True, outcomePrices='["0.5", "0.5"]', umaResolutionStatus="resolved")
    resolution = parse_market(split, read_at=NOW).resolution
    assert resolution is not None
    assert resolution.winner is None
    assert set(resolution.payouts.values()) == {Decimal("0.5")}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "btc-15m-twap-60"),
        ({"resolutionSource": "https://data.chain.link/streams/btc-usd"}, "btc-15m-spot"),
        ({"resolutionSource": "https://example.org/other"}, "unknown"),
        ({"resolutionSource": None}, "unknown"),
        (
            {"cryptoMarketConfig": {"id": 7, "twapEnabled": True, "twapLookbackSeconds": 60}},
            "btc-15m-twap-60",
        ),
        (
            {"cryptoMarketConfig": {"id": "btc-15m-twap-60", "twapEnabled": True, "twapLookbackSeconds": 60}},
            "btc-15m-twap-60",
        ),
        (
            {"cryptoMarketConfig": {"id": "btc-15m-twap-60", "twapEnabled": True, "twapLookbackSeconds": 30}},
            "unknown",
        ),
        ({"cryptoMarketConfig": {"twapEnabled": True, "twapLookbackSeconds": 30}}, "btc-15m-twap-30"),
        ({"cryptoMarketConfig": {"twapEnabled": True}}, "unknown"),
        ({"cryptoMarketConfig": {"twapEnabled": False, "twapLookbackSeconds": 60}}, "btc-15m-spot"),
    ],
)
def test_how_it_settles(changes: dict[str, Any], kind: str) -> None:
    assert parse_market(gamma(**changes), read_at=NOW).settlement.kind == kind


def test_fees_that_are_not_said_are_not_zero() -> None:
    assert parse_market(gamma(feeSchedule=None), read_at=NOW).fees is None
    free = parse_market(gamma(feeSchedule=None, feesEnabled=False), read_at=NOW).fees
    assert free is not None
    assert free.fee(Decimal(100), Decimal("0.5")) == 0


def test_an_event_carries_the_opening_price() -> None:
    event = {"slug": "e", "markets": [gamma()], "eventMetadata": {"priceToBeat": Decimal("87954.12")}}
    market = parse_event(event, "btc-updown-15m-1769406300", read_at=NOW)
    assert market.price_to_beat == Decimal("87954.12")
    event["eventMetadata"] = {"priceToBeat": 0}
    assert parse_event(event, "btc-updown-15m-1769406300", read_at=NOW).price_to_beat is None
    event["eventMetadata"] = None
    assert parse_event(event, "btc-updown-15m-1769406300", read_at=NOW).price_to_beat is None
    with pytest.raises(VenueNotFound):
        parse_event(event, "btc-updown-15m-1", read_at=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"outcomes": '["Up", "Up"]'},
        {"outcomes": '["Up"]'},
        {"outcomes": "not json"},
        {"clobTokenIds": '["1", "1"]'},
        {"clobTokenIds": '["x", "2"]'},
        {"clobTokenIds": None},
        {"conditionId": "0x12"},
        {"endDate": None},
        {"endDate": "2026-01-26T05:00:00Z"},
        {"orderPriceMinTickSize": 0},
        {"orderPriceMinTickSize": "NaN"},
        {"outcomePrices": '["2", "-1"]'},
    ],
)
def test_unusable_markets_are_bad_replies(changes: dict[str, Any]) -> None:
    with pytest.raises(BadReply) as caught:
        parse_market(gamma(**changes), read_at=NOW)
    assert caught.value.found


def test_window_slugs() -> None:
    moment = from_ms(1769406300_000 + 899_999)
    assert window_slug("btc-updown-15m", moment) == "btc-updown-15m-1769406300"
    assert window_slug("eth-updown-5m", moment) == "eth-updown-5m-1769406900"
    assert window_of("will-it-rain") is None
    for wrong in ("btc", "btc-updown-0m", "BTC-updown-15m", "btc-updown-15m-1"):
        with pytest.raises(InvalidInput):
            window_slug(wrong, moment)


# --- books ------------------------------------------------------------------------------------------------


def book(**changes: Any) -> dict[str, Any]:
    raw: dict[str, Any] = {
        "market": "0x7c7f",
        "asset_id": UP_TOKEN,
        "timestamp": "1769406512345",
        "hash": "0f3c",
        "bids": [{"price": "0.49", "size": "900"}, {"price": "0.51", "size": "120.5"}],
        "asks": [{"price": "0.55", "size": "700"}, {"price": "0.52", "size": "80"}],
        "min_order_size": "5",
        "tick_size": "0.01",
        "last_trade_price": "0.52",
    }
    return {**raw, **changes}


def test_the_last_level_on_the_wire_is_the_best_and_comes_first() -> None:
    parsed = parse_book(book(), received_at=NOW)
    assert parsed.best_bid is not None and parsed.best_bid.price == Decimal("0.51")
    assert parsed.best_ask is not None and parsed.best_ask.price == Decimal("0.52")
    assert [level.price for level in parsed.asks] == [Decimal("0.52"), Decimal("0.55")]
    assert parsed.at == from_ms(1769406512345)
    assert (parsed.tick, parsed.minimum_size) == (Decimal("0.01"), 5)
    assert not parsed.crossed


def test_another_order_of_levels_changes_nothing() -> None:
    raw = book()
    turned = book(bids=raw["bids"][::-1], asks=raw["asks"][::-1])
    assert parse_book(turned, received_at=NOW) == parse_book(raw, received_at=NOW)


def test_recorded_books(shared_data: Path) -> None:
    path = shared_data / "polymarket/clob_books_5m/books_full_btc-updown-5m-1776327000.jsonl.gz"
    books = [
        parse_book(row["raw_data"], received_at=from_ms(int(row["recv_ts"] * 1000))) for row in lines(path)
    ]
    assert len(books) == 6114
    assert len({parsed.symbol for parsed in books}) == 2
    assert sum(parsed.crossed for parsed in books) == 0
    for parsed in books:
        assert parsed.bids == sorted(parsed.bids, key=lambda level: -level.price)
        assert parsed.asks == sorted(parsed.asks, key=lambda level: level.price)
    by_moment: dict[datetime | None, dict[str, OrderBook]] = {}
    for parsed in books:
        by_moment.setdefault(parsed.at, {})[parsed.symbol] = parsed
    pairs = [tuple(pair.values()) for pair in by_moment.values() if len(pair) == 2]
    mirrored = [
        [(1 - level.price, level.size) for level in one.bids]
        == [(level.price, level.size) for level in two.asks]
        for one, two in pairs
    ]
    assert len(pairs) > 500
    assert sum(mirrored) > 0.99 * len(pairs)


def test_recorded_sessions(shared_data: Path) -> None:
    """Messages of the market channel: an object, or an array of books after a subscription."""
    found = empty = 0
    for path in sorted((shared_data / "polymarket/raw_sessions_15m").glob("*/raw_messages.jsonl*")):
        for row in lines(path):
            if row["source"] != "polymarket_clob":
                continue
            payload = json.loads(row["payload"])
            for message in payload if isinstance(payload, list) else [payload]:
                if "bids" in message:
                    parsed = parse_book(message, received_at=from_ms(row["recv_wall_ts"]))
                    assert not parsed.crossed
                    empty += not parsed.bids or not parsed.asks
                    found += 1
    assert found > 100
    assert empty, "near the end of a window a side is empty, which is a book like any other"


def test_books_come_in_the_order_asked_for() -> None:
    raw = [book(asset_id="2"), book(asset_id="1")]
    assert [parsed.symbol for parsed in parse_books(raw, ["1", "2"], received_at=NOW)] == ["1", "2"]
    with pytest.raises(VenueNotFound):
        parse_books(raw, ["1", "3"], received_at=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"bids": [{"price": "1.2", "size": "1"}]},
        {"bids": [{"price": "0", "size": "1"}]},
        {"asks": [{"price": "NaN", "size": "1"}]},
        {"asks": [{"price": "0.5", "size": "-1"}]},
        {"asks": [{"price": "0.5", "size": "1e99"}]},
        {"asks": [{"price": "0.5"}]},
        {"asks": None},
        {"asset_id": "abc"},
        {"timestamp": "soon"},
    ],
)
def test_unusable_books_are_bad_replies(changes: dict[str, Any]) -> None:
    with pytest.raises(BadReply):
        parse_book(book(**changes), received_at=NOW)


NONSENSE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.decimals(allow_nan=False)
    | st.sampled_from(["1e-999999", "NaN", "[", '["a"]', "2026-01-26T06:00:00Z", "9" * 400, "\ud800"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=1500, deadline=None)
@given(
    field=st.sampled_from([*sorted(gamma()), "events", "cryptoMarketConfig", "closedTime"]), value=NONSENSE
)
@example(field="clobTokenIds", value=["1", "2", "1"])
def test_any_field_of_a_market_may_hold_anything(field: str, value: Any) -> None:
    try:
        parse_market(gamma(**{field: value}), read_at=NOW)
    except ArgosyError as error:
        assert isinstance(error, BadReply)


@settings(max_examples=1500, deadline=None)
@given(field=st.sampled_from(sorted(book())), value=NONSENSE)
def test_any_field_of_a_book_may_hold_anything(field: str, value: Any) -> None:
    try:
        parsed = parse_book(book(**{field: value}), received_at=NOW)
    except BadReply:
        return
    assert all(0 < level.price < 1 and level.size > 0 for level in parsed.bids + parsed.asks)


@settings(max_examples=500, deadline=None)
@given(value=NONSENSE)
def test_anything_at_all_may_come(value: Any) -> None:
    for parse in (
        lambda: parse_market(value, read_at=NOW),
        lambda: parse_event(value, "s", read_at=NOW),
        lambda: parse_book(value, received_at=NOW),
        lambda: parse_books(value, ["1"], received_at=NOW),
    ):
        with pytest.raises((BadReply, VenueNotFound)):
            parse()
