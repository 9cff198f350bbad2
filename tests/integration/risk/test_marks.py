"""The book of marks on a real Postgres, with doubts in Redis."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from argosy.core.clock import DrivenClock
from argosy.core.risk.quotes import QuotePolicy
from argosy.core.venues.venue import Quote
from argosy.infrastructure.risk.marks import MarkBook
from argosy.infrastructure.state.redis_documents import RedisDocuments
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import marks
from argosy.infrastructure.storage.money.marks import MarkRecord

from .conftest import NOW

pytestmark = pytest.mark.integration
BTC = ("kraken", "BTC/USD")


class Feed:
    """Several processes' books over the same servers, taking turns."""

    def __init__(self, database: Database, redis_url: str, clock: DrivenClock) -> None:
        self.clock = clock
        self.database = database
        self.redis_url = redis_url
        self.books = [MarkBook(database, RedisDocuments(redis_url), clock) for _ in range(3)]

    def quote(self, price: str, symbol: str = "BTC/USD", currency: str = "USD") -> str:
        """Two seconds later; what became of it ("" is a mark)."""
        self.clock.advance(2)
        self.books = [*self.books[1:], self.books[0]]
        quote = Quote(
            venue="kraken", symbol=symbol, last=Decimal(price), currency=currency, at=self.clock.now()
        )
        (fed,) = self.books[0].feed("paper", [quote])
        assert (fed.mark is None) == bool(fed.reason)
        return fed.reason

    def mark(self, asset: marks.Asset = BTC) -> MarkRecord | None:
        return self.database.run(marks.of("paper", [asset])).get(asset)


@pytest.fixture
def feed(database: Database, redis_url: str, clock: DrivenClock) -> Feed:
    return Feed(database, redis_url, clock)


def test_a_mark_follows_sane_quotes_and_no_single_one(feed: Feed) -> None:
    assert [feed.quote(price) for price in ("100", "101", "102")] == ["unconfirmed", "", ""]
    assert (mark := feed.mark()) is not None
    assert (mark.price, mark.currency, mark.rate, mark.at) == (102, "USD", 1, feed.clock.now())
    assert [feed.quote(price) for price in ("1", "103", "1", "104", "1000000")] == [
        "unconfirmed", "", "unconfirmed", "", "unconfirmed",
    ]  # fmt: skip
    assert (mark := feed.mark()) is not None
    assert mark.price == 104


def test_confirmations_count_over_all_processes(feed: Feed) -> None:
    for price in ("100", "100"):
        feed.quote(price)
    assert [feed.quote("200") for _ in range(4)] == ["unconfirmed"] * 3 + [""]
    assert (mark := feed.mark()) is not None
    assert mark.price == 200


def test_other_currencies_need_a_rate(feed: Feed) -> None:
    assert feed.quote("5", "X/EUR", "EUR") == "no_rate"
    for price in ("1.1", "1.1"):
        feed.quote(price, "EUR/USD")
    assert [feed.quote("5", "X/EUR", "EUR") for _ in range(2)] == ["unconfirmed", ""]
    assert (mark := feed.mark(("kraken", "X/EUR"))) is not None
    assert (mark.price, mark.currency, mark.rate) == (5, "EUR", Decimal("1.1"))


def test_the_newest_of_several_quotes_counts_and_none_is_nothing(feed: Feed) -> None:
    def quote(price: int, age_s: int) -> Quote:
        return Quote(venue="kraken", symbol="BTC/USD", last=Decimal(price), at=NOW - timedelta(seconds=age_s))

    book = feed.books[0]
    assert book.feed("paper", []) == []
    book.feed("paper", [quote(100, 9), quote(300, 20)])
    (fed,) = book.feed("paper", [quote(300, 3), quote(101, 2)])
    assert fed.mark is not None
    assert fed.mark.price == 101


def test_volatility_is_known_after_ten_minutes(feed: Feed) -> None:
    """Steps of 1 % a minute: 0.01·√(minutes a year) = 7.25 or so."""
    feed.quote("100")
    for minute in range(11):
        feed.clock.advance(58)
        assert feed.quote("101" if minute % 2 else "100") == ""
        assert (mark := feed.mark()) is not None
        assert (mark.volatility is None) == (minute < 10), minute
    assert mark.volatility is not None
    assert float(mark.volatility) == pytest.approx(0.00995 * (525_960**0.5), rel=0.05)


def test_the_modes_never_mix(feed: Feed) -> None:
    """Paper and sandbox trade on simulated markets while live bots trade on real ones, under the same names."""

    def live(price: str) -> str:
        at = feed.clock.now()
        quote = Quote(venue="kraken", symbol="BTC/USD", last=Decimal(price), currency="USD", at=at)
        return feed.books[0].feed("live", [quote])[0].reason

    for _ in range(2):
        assert [feed.quote("100"), live("60000")][0] in ("", "unconfirmed")
    assert [(feed.quote("101"), live("60100")) for _ in range(3)] == [("", "")] * 3
    real = feed.database.run(marks.of("live"))[BTC]
    assert (mark := feed.mark()) is not None
    assert (mark.price, real.price) == (101, 60100)


def test_a_clock_that_was_ahead_blinds_nothing(feed: Feed) -> None:
    for price in ("100", "100"):
        feed.quote(price)
    feed.clock.advance(3600)
    assert feed.quote("101") == ""
    feed.clock.advance(-3600)
    assert [feed.quote(price) for price in ("102", "103")] == ["", ""]
    assert (mark := feed.mark()) is not None
    assert (mark.price, mark.at) == (103, feed.clock.now())
    feed.clock.advance(58)
    assert feed.quote("104") == ""
    remembered = RedisDocuments(feed.redis_url).get("marks", "paper/kraken/BTC/USD")
    assert remembered is not None
    assert remembered.value["restless"]["price"] == "104"


def test_a_policy_for_an_asset(database: Database, redis_url: str, clock: DrivenClock) -> None:
    wide = QuotePolicy(first_confirmations=1)
    book = MarkBook(database, RedisDocuments(redis_url), clock, lambda venue, symbol: wide)
    quote = Quote(venue="kraken", symbol="BTC/USD", last=Decimal(7), at=NOW)
    assert book.feed("paper", [quote])[0].mark is not None


def test_what_was_remembered_and_cannot_be_read_is_forgotten(feed: Feed, redis_url: str) -> None:
    documents = RedisDocuments(redis_url)
    for nonsense in ("text", {"doubt": {"price": "x"}}, {"doubt": None}, None):
        documents.put("marks", "paper/kraken/BTC/USD", nonsense)
        assert feed.quote("100") == "unconfirmed"


def test_what_is_remembered_goes_with_the_mark(feed: Feed, clock: DrivenClock) -> None:
    for symbol in ("OLD", "EUR/USD", "DOUBTED"):
        feed.quote("2", symbol)
    for symbol in ("OLD", "EUR/USD"):
        assert feed.quote("2", symbol) == ""
    clock.advance(3600)
    feed.quote("3", "NEW")
    feed.quote("3", "WAITING")
    assert feed.quote("3", "NEW") == ""
    documents = RedisDocuments(feed.redis_url)
    documents.put("marks", "paper/kraken/NONSENSE", [1])
    assert feed.books[0].forget(clock.now() - timedelta(minutes=10)) == 1
    assert documents.keys("marks") == [f"paper/kraken/{name}" for name in ("EUR/USD", "NEW", "WAITING")]
    assert feed.books[0].forget(clock.now() - timedelta(minutes=10)) == 0


def test_a_rate_is_by_the_freshest_pair(feed: Feed) -> None:
    def pair(venue: str, price: str, age_s: int) -> MarkRecord:
        at = NOW - timedelta(seconds=age_s)
        return MarkRecord("paper", venue, "EUR/USD", Decimal(price), "USD", Decimal(1), None, at)

    feed.database.run(marks.save([pair("a", "0.5", 86_400), pair("b", "1.1", 5), pair("c", "0.7", 50)]))
    for price in ("10", "10"):
        reason = feed.quote(price, "X", "EUR")
    assert reason == ""
    assert (mark := feed.mark(("kraken", "X"))) is not None
    assert mark.rate == Decimal("1.1")


def test_an_older_mark_never_replaces_a_newer(database: Database) -> None:
    def mark(price: int, seconds: int) -> MarkRecord:
        at = NOW + timedelta(seconds=seconds)
        return MarkRecord("paper", "kraken", "BTC/USD", Decimal(price), "USD", Decimal(1), None, at)

    assert [database.run(marks.save([mark(1, 0)])), database.run(marks.save([mark(2, 1)]))] == [1, 1]
    assert [database.run(marks.save([mark(3, 1)])), database.run(marks.save([mark(4, 0)]))] == [0, 0]
    assert database.run(marks.save([])) == 0
    assert database.run(marks.of("paper")) == {BTC: mark(2, 1)}
    assert database.run(marks.of("paper", [("kraken", "ETH/USD")])) == {}
