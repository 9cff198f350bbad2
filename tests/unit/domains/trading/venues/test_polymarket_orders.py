"""Orders at Polymarket, against its side of the wire: each is sent at most once, and followed to its end."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from argosy.core.actions.action import ActionKind, ActionStatus
from argosy.core.clock import DrivenClock, to_ms
from argosy.core.venues.venue import Capability, OrderRecords, VenueStatus
from argosy.domains.trading.action_kinds import REDEEM
from argosy.domains.trading.venues.polymarket.adapter import PolymarketVenue
from argosy.errors import BadReply, ConfigError, ModeRefused, OrderDenied, UnknownOutcome
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from tests.support.clob import NOW, TOKEN, WALLET, VenueSide, order, venue_for


@pytest.fixture
def side() -> VenueSide:
    return VenueSide()


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(NOW)


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


@pytest.fixture
def venue(side: VenueSide, clock: DrivenClock, documents: MemoryDocuments) -> PolymarketVenue:
    return venue_for(side, clock, documents)


def test_a_filled_order_and_its_fee(venue: PolymarketVenue, side: VenueSide) -> None:
    result = venue.execute(order())
    assert (result.status, result.filled, result.average_price) == (ActionStatus.FILLED, 10, Decimal("0.47"))
    assert result.fee == Decimal("0.17437"), "10 · 0.07 · 0.47 · 0.53"
    assert result.venue_id == side.hash
    body = side.posted[0]
    assert (body["orderType"], body["owner"], body["order"]["side"]) == ("FOK", "k", "BUY")
    assert (body["order"]["makerAmount"], body["order"]["takerAmount"]) == ("4700000", "10000000")
    assert side.headers[0]["poly_address"] == WALLET
    assert side.headers[0]["poly_timestamp"] == str(to_ms(NOW) // 1000)


def test_the_same_action_again_is_not_sent_again(venue: PolymarketVenue, side: VenueSide) -> None:
    first = venue.execute(order())
    assert venue.execute(order()) == first
    assert len(side.posted) == 1
    assert venue.query_action("c1") == first
    assert venue.query_action("never") is None


def test_the_venues_own_record_is_read_anew(venue: PolymarketVenue, side: VenueSide) -> None:
    first = venue.execute(order())
    assert isinstance(venue, OrderRecords)
    record = venue.order_record("c1")
    assert record is not None
    assert (record.fills, record.ended) == (first.fills, True)
    side.trades[0]["price"] = "0.46"
    side.trades[0]["maker_orders"] = []
    record = venue.order_record("c1")
    assert record is not None
    assert [fill.price for fill in record.fills] == [Decimal("0.46")]
    assert venue.query_action("c1") == first
    assert venue.order_record("never") is None


def test_the_hash_is_stored_before_the_post(
    venue: PolymarketVenue, side: VenueSide, documents: MemoryDocuments
) -> None:
    seen: list[Any] = []

    def dropped(body: dict[str, Any]) -> httpx.Response:
        stored = documents.get("polymarket.orders", "c1")
        seen.append(stored.value["hash"] if stored else None)
        raise httpx.ReadError("dropped")

    side.reply = dropped
    with pytest.raises(UnknownOutcome):
        venue.execute(order())
    assert seen == [side.hash]


def test_executed_and_then_dropped_is_found_by_its_hash(venue: PolymarketVenue, side: VenueSide) -> None:
    def dropped(body: dict[str, Any]) -> httpx.Response:
        raise httpx.ReadTimeout("late")

    side.reply = dropped
    with pytest.raises(UnknownOutcome):
        venue.execute(order())
    with pytest.raises(UnknownOutcome, match="not sent a second time"):
        venue.execute(order())
    assert venue.query_action("c1") is None
    side.trades = [
        side.trade("t1", "6", "0.46"),
        side.trade("t2", "4", "0.47", status="CONFIRMED"),
        side.trade("t3", "4", "0.47", status="FAILED"),
        side.trade("t4", "9", "0.40", taker_order_id="0xother"),
    ]
    found = venue.execute(order())
    assert (found.status, found.filled, found.average_price) == (ActionStatus.FILLED, 10, Decimal("0.464"))
    assert [(fill.id, fill.fee) for fill in found.fills] == [
        ("t1", Decimal("0.10433")),
        ("t2", Decimal("0.06975")),
    ]
    assert len(side.posted) == 1


def test_a_resting_order_is_followed_as_maker(venue: PolymarketVenue, side: VenueSide) -> None:
    side.reply = lambda body: side.answer(status="live", makingAmount="", takingAmount="")
    resting = order(time_in_force="GTC")
    assert venue.execute(resting).status is ActionStatus.OPEN
    base = {"id": side.hash, "status": "LIVE", "price": "0.47", "original_size": "10"}
    side.orders[side.hash] = {**base, "size_matched": "4"}
    awaited = venue.query_action("c1")
    assert awaited is not None
    assert (awaited.status, awaited.filled, awaited.fills) == (ActionStatus.SUBMITTED, 0, [])
    side.trades = [
        {
            "id": "t",
            "taker_order_id": "0xtaker",
            "status": "MINED",
            "size": "9",
            "price": "0.47",
            "maker_orders": [
                {"order_id": side.hash.upper().replace("0X", "0x"), "matched_amount": "4", "price": "0.47"}
            ],
        }
    ]
    partly = venue.query_action("c1")
    assert partly is not None
    assert (partly.status, partly.filled, partly.fee) == (ActionStatus.PARTIALLY_FILLED, 4, 0)
    side.orders[side.hash] = {**base, "status": "CANCELED", "size_matched": "4"}
    ended = venue.query_action("c1")
    assert ended is not None
    assert (ended.status, ended.filled) == (ActionStatus.CANCELLED, 4)


def test_a_killed_remainder_ends_with_what_was_filled(venue: PolymarketVenue, side: VenueSide) -> None:
    def partly(body: dict[str, Any]) -> httpx.Response:
        side.trades.append(side.trade("t", "4", "0.46"))
        return side.answer(status="matched", makingAmount="1.84", takingAmount="4")

    side.reply = partly
    result = venue.execute(order(time_in_force="FAK"))
    assert (result.status, result.filled, result.average_price) == (
        ActionStatus.CANCELLED,
        4,
        Decimal("0.46"),
    )


@pytest.mark.parametrize("fields", [{"status": "delayed"}, {"status": "unmatched"}])
def test_an_answer_that_leaves_it_open_is_followed_until_it_is_clear(
    venue: PolymarketVenue, side: VenueSide, clock: DrivenClock, fields: dict[str, Any]
) -> None:
    side.reply = lambda body: side.answer(**fields)
    assert venue.execute(order()).status is ActionStatus.SUBMITTED
    clock.advance(29)
    assert venue.query_action("c1").status is ActionStatus.SUBMITTED  # type: ignore[union-attr]
    clock.advance(1)
    ended = venue.query_action("c1")
    assert ended is not None
    assert (ended.status, ended.filled) == (ActionStatus.CANCELLED, 0)


def test_trades_that_are_listed_late_are_booked_late_and_never_as_an_average(
    venue: PolymarketVenue, side: VenueSide, clock: DrivenClock
) -> None:
    side.reply = lambda body: side.answer(status="matched", makingAmount="4.66", takingAmount="10")
    first = venue.execute(order())
    assert (first.status, first.filled, first.fills) == (ActionStatus.SUBMITTED, 0, [])
    side.trades = [side.trade("t1", "4", "0.46")]
    clock.advance(3600)
    second = venue.query_action("c1")
    assert second is not None
    assert (second.status, second.filled) == (ActionStatus.PARTIALLY_FILLED, 4)
    side.trades.append(side.trade("t2", "6", "0.47"))
    third = venue.query_action("c1")
    assert third is not None
    assert (third.status, third.filled, third.fills[0]) == (ActionStatus.FILLED, 10, second.fills[0])
    side.trades = []
    assert venue.query_action("c1") == third, "final is final"


def test_a_trade_with_several_makers_is_booked_by_their_prices(
    venue: PolymarketVenue, side: VenueSide
) -> None:
    def crossed(body: dict[str, Any]) -> httpx.Response:
        makers = [
            {"order_id": "0xA", "asset_id": TOKEN, "side": "SELL", "matched_amount": "4", "price": "0.46"},
            {"order_id": "0xB", "asset_id": "99", "side": "BUY", "matched_amount": "6", "price": "0.53"},
        ]
        side.trades.append(side.trade("t", "10", "0.466", maker_orders=makers))
        return side.answer(status="matched", makingAmount="4.66", takingAmount="10")

    side.reply = crossed
    result = venue.execute(order())
    assert [(fill.id, fill.quantity, fill.price) for fill in result.fills] == [
        ("t/0xa", 4, Decimal("0.46")),
        ("t/0xb", 6, Decimal("0.47")),
    ]
    assert sum(fill.quantity * fill.price for fill in result.fills) == Decimal("4.66")


def test_more_shares_than_were_ordered_are_not_believed(venue: PolymarketVenue, side: VenueSide) -> None:
    def doubled(body: dict[str, Any]) -> httpx.Response:
        side.trades = [side.trade("t1", "10", "0.46"), side.trade("t2", "10", "0.46")]
        return side.answer(status="matched", makingAmount="4.6", takingAmount="10")

    side.reply = doubled
    assert venue.execute(order()).status is ActionStatus.SUBMITTED
    with pytest.raises(BadReply, match="more shares"):
        venue.query_action("c1")


def test_an_order_the_venue_dropped_from_its_list_ends_once_its_trades_must_be_there(
    venue: PolymarketVenue, side: VenueSide, clock: DrivenClock
) -> None:
    side.reply = lambda body: side.answer(status="live")
    assert venue.execute(order(time_in_force="GTC")).status is ActionStatus.OPEN
    clock.advance(86_400)
    assert venue.query_action("c1").status is ActionStatus.SUBMITTED  # type: ignore[union-attr]
    side.trades = [side.trade("t1", "4", "0.47")]
    clock.advance(30)
    ended = venue.query_action("c1")
    assert ended is not None
    assert (ended.status, ended.filled) == (ActionStatus.CANCELLED, 4)


def test_an_order_that_was_missing_for_a_moment_is_given_its_time_anew(
    venue: PolymarketVenue, side: VenueSide, clock: DrivenClock
) -> None:
    side.reply = lambda body: side.answer(status="live")
    venue.execute(order(time_in_force="GTC"))
    assert venue.query_action("c1").status is ActionStatus.SUBMITTED  # type: ignore[union-attr]
    listed = {"id": side.hash, "status": "LIVE", "price": "0.47", "original_size": "10", "size_matched": "0"}
    side.orders[side.hash] = listed
    clock.advance(3600)
    assert venue.query_action("c1").status is ActionStatus.OPEN  # type: ignore[union-attr]
    del side.orders[side.hash]  # it was filled now, and its trade is not listed yet
    assert venue.query_action("c1").status is ActionStatus.SUBMITTED  # type: ignore[union-attr]
    clock.advance(29)
    side.trades = [side.trade("t1", "10", "0.47")]
    assert venue.query_action("c1").filled == 10  # type: ignore[union-attr]


@pytest.mark.parametrize("listed", [None, "MATCHED"])
@pytest.mark.parametrize("force", ["FAK", "GTC"])
def test_an_order_ends_though_a_trade_of_it_failed_on_the_chain(
    venue: PolymarketVenue, side: VenueSide, clock: DrivenClock, force: Any, listed: str | None
) -> None:
    side.reply = lambda body: side.answer(status="matched", makingAmount="4.7", takingAmount="10")
    assert venue.execute(order(time_in_force=force)).status is ActionStatus.SUBMITTED
    side.trades = [side.trade("t1", "6", "0.47"), side.trade("t2", "4", "0.47", status="TRADE_STATUS_FAILED")]
    if listed is not None:
        side.orders[side.hash] = {
            "id": side.hash, "status": listed, "price": "0.47", "original_size": "10", "size_matched": "10",
        }  # fmt: skip
    venue.query_action("c1")
    clock.advance(30)
    ended = venue.query_action("c1")
    assert ended is not None
    assert (ended.status, ended.filled) == (ActionStatus.CANCELLED, 6)


def test_a_side_that_is_none_is_not_guessed(venue: PolymarketVenue, side: VenueSide) -> None:
    side.open = [{"id": "0x1", "price": "0.47", "original_size": "10", "size_matched": "0", "side": "LONG"}]
    with pytest.raises(BadReply, match="side"):
        venue.open_orders()


def test_all_holdings_are_read_and_the_money_is_of_the_wallet_that_holds_it(
    side: VenueSide, clock: DrivenClock, documents: MemoryDocuments
) -> None:
    held = [{"asset": str(n), "size": 1.5, "avgPrice": 0.5} for n in range(1200)]
    asked: list[dict[str, str]] = []

    def answering(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/balance-allowance":
            asked.append(dict(request.url.params))
        if request.url.path != "/positions":
            return side(request)
        first = int(request.url.params["offset"])
        return httpx.Response(200, json=held[first : first + int(request.url.params["limit"])])

    venue = venue_for(side, clock, documents, transport=answering, signature_type=2, funder="0x" + "5f" * 20)
    assert [position.symbol for position in venue.positions()] == [str(n) for n in range(1200)]
    assert venue.balances()
    assert asked == [{"asset_type": "COLLATERAL", "signature_type": "2"}]


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(400, json={"error": "not enough balance / allowance"}),
        httpx.Response(
            200,
            json={
                "success": False,
                "errorMsg": "order couldn't be fully filled. FOK orders are fully filled or killed.",
            },
        ),
        httpx.Response(400, json={"error": "order_version_mismatch"}),
        httpx.Response(401, json={"error": "Unauthorized/Invalid api key"}),
        httpx.Response(425),
        httpx.Response(429, headers={"Retry-After": "3"}),
        httpx.Response(503, json={"code": "post_only_mode", "error": "x"}),
    ],
)
def test_a_definite_no_is_a_rejection(
    venue: PolymarketVenue, side: VenueSide, response: httpx.Response
) -> None:
    side.reply = lambda body: response
    result = venue.execute(order())
    assert result.status is ActionStatus.REJECTED
    assert result.reason
    assert venue.query_action("c1") == result


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(500),
        httpx.Response(503, content=b"<html>"),
        httpx.Response(200, content=b"garbage"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"success": True, "status": "quantum"}),
        httpx.Response(200, json={"success": True, "status": "matched"}),
        httpx.Response(
            200, json={"success": True, "status": "matched", "makingAmount": "1", "takingAmount": "1e9"}
        ),
        httpx.Response(200, json={"success": True, "status": "live", "orderID": "0xanother"}),
    ],
)
def test_whatever_is_not_definite_is_unknown(
    venue: PolymarketVenue, side: VenueSide, response: httpx.Response
) -> None:
    side.reply = lambda body: response
    with pytest.raises(UnknownOutcome):
        venue.execute(order())
    assert len(side.posted) == 1


def test_nothing_is_sent_for_a_denied_order(
    venue: PolymarketVenue, side: VenueSide, documents: MemoryDocuments
) -> None:
    with pytest.raises(OrderDenied):
        venue.execute(order(limit_price=Decimal("0.475")))
    assert venue.execute(order(kind=REDEEM)).status is ActionStatus.REJECTED
    assert side.posted == []
    assert documents.keys("polymarket.orders") == []


def test_cancelling(venue: PolymarketVenue, side: VenueSide) -> None:
    side.reply = lambda body: side.answer(status="live")
    venue.execute(order(time_in_force="GTC"))
    cancel = order(client_id="c2", kind=ActionKind.CANCEL_ORDER, parameters={"clientId": "c1"})
    gone = venue.execute(cancel)
    assert (gone.status, "already gone" in (gone.reason or "")) == (ActionStatus.REJECTED, True)
    side.orders[side.hash] = {"id": side.hash}
    side.open = [
        {"id": side.hash, "price": "0.47", "original_size": "10", "size_matched": "0", "side": "BUY"}
    ]
    assert venue.query_action("c2") == gone
    assert [found.client_id for found in venue.open_orders()] == ["c1"]
    sent = len(side.paths)
    assert venue.execute(cancel) == gone  # the same cancellation again sends nothing
    assert "DELETE /order" not in side.paths[sent:]
    assert venue.execute(cancel.model_copy(update={"client_id": "c2-again"})).reason == "cancelled"
    assert venue.query_action("c2") == gone
    with pytest.raises(OrderDenied, match="nothing to cancel"):
        venue.execute(order(client_id="c3", kind=ActionKind.CANCEL_ORDER))


def test_without_the_switch_or_a_key_it_only_reads(
    side: VenueSide, clock: DrivenClock, documents: MemoryDocuments
) -> None:
    for missing in ({"trading_enabled": False}, {"private_key": None}):
        venue = venue_for(side, clock, documents, **missing)
        assert Capability.PLACE_ORDER not in venue.capabilities
        with pytest.raises(ModeRefused):
            venue.execute(order())
    assert side.paths == []


def test_balances_and_status(venue: PolymarketVenue) -> None:
    assert [balance.free for balance in venue.balances()] == [Decimal("12.5")]
    assert venue.status() is VenueStatus.UP


def test_a_duplicate_is_looked_up(venue: PolymarketVenue, side: VenueSide) -> None:
    side.reply = lambda body: httpx.Response(400, json={"error": "order is a duplicate"})
    assert venue.execute(order()).status is ActionStatus.SUBMITTED
    side.trades = [side.trade("t", "10", "0.47")]
    assert venue.execute(order()).status is ActionStatus.FILLED
    assert len(side.posted) == 1


@pytest.mark.parametrize("listed", [True, False])
def test_trades_are_found_whatever_the_venues_clock_says(
    venue: PolymarketVenue, side: VenueSide, clock: DrivenClock, listed: bool
) -> None:
    """Its clock stood two minutes behind when it matched a resting order, or ours stood ahead when we signed."""
    side.reply = lambda body: side.answer(status="live", makingAmount="", takingAmount="")
    assert venue.execute(order(time_in_force="GTC")).status is ActionStatus.OPEN
    if listed:
        side.orders[side.hash] = {
            "id": side.hash, "status": "CANCELED", "price": "0.47", "original_size": "10", "size_matched": "4"
        }  # fmt: skip
    mine = {"order_id": side.hash, "matched_amount": "4", "price": "0.47", "asset_id": TOKEN, "side": "BUY"}
    trade = side.trade("t", "4", "0.47", taker_order_id="0xtaker", maker_orders=[mine])
    side.trades = [{**trade, "match_time": str(to_ms(NOW) // 1000 - 120)}]
    venue.query_action("c1")
    clock.advance(60)
    ended = venue.query_action("c1")
    assert ended is not None
    assert (ended.status, ended.filled) == (ActionStatus.CANCELLED, 4)


def test_a_resting_order_met_by_a_taker_of_the_other_outcome_is_filled(
    venue: PolymarketVenue, side: VenueSide, clock: DrivenClock
) -> None:
    """The trade bears the taker's token; the order stands among its makers, here on the third page."""
    side.reply = lambda body: side.answer(status="live", makingAmount="", takingAmount="")
    assert venue.execute(order(time_in_force="GTC")).status is ActionStatus.OPEN
    mine = {"order_id": side.hash, "matched_amount": "10", "price": "0.47", "asset_id": TOKEN, "side": "BUY"}
    foreign = {**mine, "order_id": "0xsomebody"}
    other = {"asset_id": "999", "side": "BUY", "size": "10", "price": "0.53", "taker_order_id": "0xtaker"}
    side.trades = [
        *(
            {**other, "id": f"t{number}", "status": "CONFIRMED", "maker_orders": [foreign]}
            for number in range(5)
        ),
        {**other, "id": "mine", "status": "CONFIRMED", "maker_orders": [{**mine, "maker_address": WALLET}]},
    ]
    found = venue.query_action("c1")
    assert found is not None
    assert (found.status, found.filled, found.average_price) == (ActionStatus.FILLED, 10, Decimal("0.47"))
    (fill,) = found.fills
    assert (fill.id, fill.symbol, fill.side, fill.fee) == ("mine", TOKEN, "buy", 0)
    (listed,) = venue.fills(clock.now() - timedelta(seconds=10))
    assert (listed.id, listed.client_id, listed.symbol) == ("mine", "c1", TOKEN)


def test_an_order_stored_without_its_market_is_found_all_the_same(
    venue: PolymarketVenue, side: VenueSide, documents: MemoryDocuments
) -> None:
    side.reply = lambda body: side.answer(status="live", makingAmount="", takingAmount="")
    venue.execute(order(time_in_force="GTC"))
    documents.update("polymarket.orders", "c1", lambda old: {k: v for k, v in old.items() if k != "market"})
    part = {"order_id": side.hash, "matched_amount": "10", "price": "0.47", "asset_id": TOKEN, "side": "BUY"}
    side.trades = [{"id": "t", "asset_id": "999", "size": "10", "price": "0.53", "maker_orders": [part]}]
    found = venue.query_action("c1")
    assert found is not None and found.status is ActionStatus.FILLED


@pytest.mark.parametrize(
    "settings",
    [
        {"signature_type": 3},
        {"signature_type": 1, "funder": WALLET},
        {"funder": "0x" + "5f" * 20},
    ],
)
def test_a_wallet_that_is_not_of_its_kind_is_refused_at_start(
    side: VenueSide, clock: DrivenClock, documents: MemoryDocuments, settings: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError, match="do not fit together"):
        venue_for(side, clock, documents, **settings)


def test_a_refused_wallet_is_told_what_accounts_have_now(
    side: VenueSide, clock: DrivenClock, documents: MemoryDocuments
) -> None:
    text = "maker address not allowed, please use the deposit wallet flow"
    side.reply = lambda _: httpx.Response(400, json={"error": text})
    refused = venue_for(side, clock, documents).execute(order())
    assert refused.status is ActionStatus.REJECTED
    assert "signature_type = 3" in str(refused.reason)


def test_a_purchase_that_meets_better_prices_gets_more_shares_for_its_money(
    venue: PolymarketVenue, side: VenueSide
) -> None:
    """The venue spends the whole amount of an order that matches at once: 4.70 USD at 0.40 are 11.75 shares."""

    def improved(body: dict[str, Any]) -> httpx.Response:
        side.trades.append(side.trade("t0", "11.75", "0.4"))
        return side.answer(status="matched", makingAmount="4.7", takingAmount="11.75")

    side.reply = improved
    bought = venue.execute(order())
    assert (bought.status, bought.filled) == (ActionStatus.FILLED, Decimal("11.75"))
    assert bought.average_price == Decimal("0.4")
    assert venue.query_action("c1") == bought


def test_the_rest_of_a_better_purchase_is_waited_for(
    venue: PolymarketVenue, side: VenueSide, clock: DrivenClock
) -> None:
    def improved(body: dict[str, Any]) -> httpx.Response:
        side.trades.append(side.trade("t0", "10", "0.4"))
        return side.answer(status="matched", makingAmount="4.7", takingAmount="11.75")

    side.reply = improved
    assert venue.execute(order()).status is ActionStatus.PARTIALLY_FILLED
    side.trades.append(side.trade("t1", "1.75", "0.4"))
    found = venue.query_action("c1")
    assert found is not None
    assert (found.status, found.filled) == (ActionStatus.FILLED, Decimal("11.75"))


def test_more_money_than_was_signed_for_is_not_believed(venue: PolymarketVenue, side: VenueSide) -> None:
    side.reply = lambda _: side.answer(status="matched", makingAmount="4.8", takingAmount="12")
    with pytest.raises(UnknownOutcome):
        venue.execute(order())
