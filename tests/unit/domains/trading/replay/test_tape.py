"""A recording as it unfolds: nothing is known before it was seen, and what is assumed is said."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from argosy.core.clock import DrivenClock, from_ms, to_ms
from argosy.core.venues.venue import OrderBook
from argosy.domains.trading.market import DOWN, UP, Resolution, payouts_of
from argosy.domains.trading.replay.sight import BooksSeen, MarketSeen, PriceSeen, Sight
from argosy.domains.trading.replay.tape import MIRROR, Tape
from argosy.domains.trading.replay.terms import AssumedTerms
from argosy.domains.trading.replay.venue import RecordedMarkets, RecordedPrices
from argosy.errors import InvalidInput, ModeRefused, VenueNotFound
from argosy.venuekit.replay.warnings import ReplayWarnings
from tests.support.binary import SLUG, START, a_book, a_market, d

ZERO_MS = to_ms(START)


def at(second: float) -> int:
    return ZERO_MS + int(second * 1000)


def both(second: float, ask: str = "0.51") -> BooksSeen:
    seen = from_ms(at(second))
    bid = str(d(ask) - d("0.01"))
    return BooksSeen(
        at(second),
        SLUG,
        (a_book(UP, bid, ask, seen), a_book(DOWN, str(1 - d(ask)), str(1 - d(bid)), seen)),
    )


def one(second: float, token: str, bid: str = "0.50", ask: str = "0.51") -> BooksSeen:
    seen = from_ms(at(second))
    book: OrderBook = a_book(token, bid, ask, seen, at=seen)
    return BooksSeen(at(second), SLUG, (book,))


def tape_of(*sights: Sight, books: bool = True) -> tuple[Tape, DrivenClock, RecordedMarkets]:
    tape = Tape(sights, AssumedTerms(), ReplayWarnings(), books_trigger=books)
    clock = DrivenClock(START)
    return tape, clock, RecordedMarkets(tape, clock)


def codes(tape: Tape) -> set[str]:
    return {warning["code"] for warning in tape.warnings.to_wire()}


def test_a_book_is_not_known_before_it_was_seen() -> None:
    _, clock, venue = tape_of(both(1, "0.51"), both(2, "0.55"))
    with pytest.raises(VenueNotFound):
        venue.market(SLUG)
    clock.advance(1.5)
    up, down = venue.market(SLUG).symbols
    assert [book.asks[0].price for book in venue.books([up, down])] == [d("0.51"), d("0.50")]
    clock.advance(1)
    assert venue.order_book(up).asks[0].price == d("0.55")


def test_looking_ahead_does_not_make_anything_known() -> None:
    tape, clock, venue = tape_of(both(1, "0.51"), both(2, "0.55"), both(9, "0.60"))
    clock.advance(1)
    venue.market(SLUG)
    assert venue.next_look(SLUG, from_ms(at(1.15))) == from_ms(at(2))
    assert tape.next_moment(at(2)) == at(9)
    assert venue.order_book(venue.market(SLUG).up).asks[0].price == d("0.51")
    assert venue.next_look(SLUG, from_ms(at(10))) is None


def test_what_was_just_seen_is_still_in_front_of_a_second_leg() -> None:
    _, clock, venue = tape_of(both(1), both(2))
    clock.advance(2)
    assert venue.next_look(SLUG, from_ms(at(1.15))) == from_ms(at(2))


def test_a_market_without_a_description_gets_assumed_terms_and_says_so() -> None:
    tape, clock, venue = tape_of(both(1))
    clock.advance(1)
    market = venue.market(SLUG)
    assert market.window_start == START
    assert market.fees is not None and market.fees.kind == "assumed"
    assert market.settlement.kind == "unknown"
    assert "fees_assumed" in codes(tape)
    assert venue.resolution(SLUG) is None


def test_a_described_market_brings_its_own_terms_tokens_and_resolution() -> None:
    described = a_market(minimum_size=d(7))
    resolved = described.model_copy(
        update={
            "resolution": Resolution(slug=SLUG, winner=DOWN, payouts=payouts_of(described.outcomes, DOWN))
        }
    )
    tape, clock, venue = tape_of(
        MarketSeen(at(0), described), one(1, "down-token"), one(1, "up-token"), MarketSeen(at(960), resolved)
    )
    clock.advance(1)
    assert venue.market(SLUG) == described
    assert [book.symbol for book in venue.books(["up-token", "down-token"])] == ["up-token", "down-token"]
    assert venue.resolution(SLUG) is None
    clock.advance(960)
    found = venue.resolution(SLUG)
    assert found is not None and found.payout("down-token") == 1
    assert codes(tape) == set()


def test_a_missing_book_is_the_mirror_of_the_other_and_never_makes_a_profit() -> None:
    tape, clock, venue = tape_of(one(1, "123", "0.50", "0.51"))
    clock.advance(1)
    known, missing = venue.books(list(venue.market(SLUG).symbols))
    assert (known.symbol, missing.digest) == ("123", MIRROR)
    assert (missing.bids[0].price, missing.asks[0].price) == (d("0.49"), d("0.50"))
    assert known.asks[0].price + missing.asks[0].price >= 1
    assert {"mirrored_book", "outcome_unknown"} <= codes(tape)


def test_a_second_token_takes_the_place_that_was_kept_for_it_and_a_third_is_foreign() -> None:
    tape, clock, venue = tape_of(one(1, "123"), one(1.05, "456", "0.49", "0.50"), one(1.1, "789"))
    clock.advance(2)
    assert venue.market(SLUG).symbols == ("123", "456")
    assert "foreign_token" in codes(tape)


def test_both_books_of_one_update_are_waited_for() -> None:
    tape, _, _ = tape_of(one(1, "123"), one(1.02, "456"), one(2, "123"), one(2.5, "456"))
    assert tape.next_moment(-1) == at(1.02)
    assert tape.next_moment(at(1.02)) == at(2)
    tape.advance(at(3))
    assert len(tape.markets[SLUG].history) == 3


def test_a_price_source_that_was_not_recorded_is_substituted_and_says_so() -> None:
    tape, clock, _ = tape_of(PriceSeen(at(1), "binance", "BTC/USDT", Decimal(60_000)), books=False)
    exchange = RecordedPrices("coinbase", tape, clock)
    with pytest.raises(VenueNotFound, match="no price"):
        exchange.quote("BTC/USD")
    clock.advance(1)
    quote = exchange.quote("BTC/USD")
    assert (quote.mid, quote.at) == (60_000, START + timedelta(seconds=1))
    assert "price_source_substituted" in codes(tape)
    with pytest.raises(VenueNotFound):
        exchange.quote("ETH/USD")


def test_prices_alone_make_a_market_of_todays_rules() -> None:
    tape, clock, venue = tape_of(PriceSeen(at(1), "binance", "BTC/USDT", Decimal(60_000)), books=False)
    clock.advance(1)
    assert venue.market(SLUG).settlement.kind == "btc-15m-twap-60"
    assert "market_assumed" in codes(tape)
    assert tape.first_slug() is None


def test_a_slug_without_a_window_needs_a_description() -> None:
    seen = from_ms(at(1))
    sight = BooksSeen(at(1), "will-it-rain", (a_book("1", "0.5", "0.6", seen),))
    tape, _, _ = tape_of(sight)
    with pytest.raises(InvalidInput, match="window is not known"):
        tape.advance(at(2))


def test_a_recording_cannot_be_traded_on() -> None:
    _, _, venue = tape_of(both(1))
    with pytest.raises(ModeRefused):
        venue.execute(None)  # type: ignore[arg-type]
