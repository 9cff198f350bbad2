"""The simulated market: repeatable, and with the faults it says it has."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import pairwise

import pytest

from argosy.domains.trading.fees import breakeven_sum
from argosy.domains.trading.sandbox.exchange.simulated_prices import SimulatedPrices, path_of
from argosy.domains.trading.sandbox.prediction import windows
from argosy.domains.trading.sandbox.prediction.episodes import RATES, episodes
from argosy.domains.trading.sandbox.prediction.market import VenueMarket
from argosy.domains.trading.sandbox.prediction.simulator import SimulatedMarkets

NOW_MS = 1_795_431_600_000
START_S = 1_795_431_600


def feed(seed: int = 7) -> SimulatedMarkets:
    return SimulatedMarkets(seed, SimulatedPrices(seed))


def window(number: int = 0, seed: int = 7) -> VenueMarket:
    return windows.window(seed, "btc", 900, START_S + 900 * number)


def test_the_same_seed_gives_the_same_market_in_whatever_order_it_is_asked() -> None:
    one, other = feed(), feed()
    token = window().up_token
    moments = [NOW_MS + 500 * step for step in range(0, 1700, 37)]
    forwards = [one.shown(token, moment) for moment in moments]
    backwards = [other.shown(token, moment) for moment in reversed(moments)]
    assert forwards == backwards[::-1]
    assert feed(8).shown(window(seed=8).up_token, NOW_MS) != forwards[0]


def test_ids_say_which_market_they_belong_to() -> None:
    market = window()
    markets = feed()
    assert markets.market(market.slug, NOW_MS) == market
    for token in market.tokens:
        assert markets.market_of(token, NOW_MS) == market
    assert markets.market_by_condition(market.condition_id, NOW_MS) == market
    assert markets.market_of(str(int(market.up_token) + 2**200), NOW_MS) is None
    assert markets.market_of("12345", NOW_MS) is None
    assert markets.market(f"btc-updown-15m-{START_S + 1}", NOW_MS) is None
    assert markets.market(f"doge-updown-15m-{START_S}", NOW_MS) is None


def test_prices_walk_as_said_and_meet_at_the_hours() -> None:
    path = path_of(7, "btc")
    hour = START_S // 3600 * 3600
    prices = path.seconds(hour - 7200, 3 * 3600)
    returns = [math.log(after / before) for before, after in pairwise(prices)]
    deviation = math.sqrt(sum(value * value for value in returns) / len(returns))
    assert 4e-5 < deviation < 2.5e-4
    assert max(abs(value) for value in returns) < 0.01
    assert path.at(hour * 1000 + 500) == pytest.approx((path.second(hour) + path.second(hour + 1)) / 2)
    assert all(0.6 < path.second(START_S + day * 86_400) / 64_000 < 1.6 for day in range(0, 2000, 50))


def test_books_mirror_each_other_but_for_real_dislocations() -> None:
    markets, market = feed(), window()
    bargains = [one for one in episodes(7, market) if one.kind == "dislocated"]
    for step in range(0, 1800, 7):
        moment = market.start_ms + step * 500
        up, down = (markets.real(token, moment) for token in market.tokens)
        assert up is not None
        assert down is not None
        if not any(one.start_ms <= moment < one.end_ms for one in bargains):
            assert down == up.mirrored()
        if up.bids and up.asks:
            assert up.bids[0][0] < up.asks[0][0]


def test_a_dislocation_is_worth_taking_after_fees_and_both_books_are_fresh() -> None:
    taken = 0
    for number in range(12):
        market, markets = window(number), feed()
        for episode in episodes(7, market):
            moment = (episode.start_ms + episode.end_ms) // 2
            up, down = (markets.real(token, moment) for token in market.tokens)
            if episode.kind != "dislocated" or not up or not down or not up.asks or not down.asks:
                continue
            asks = up.asks[0][0], down.asks[0][0]
            other = asks[0] if episode.token == market.down_token else asks[1]
            if not Decimal("0.2") <= other <= Decimal("0.8"):
                continue
            taken += 1
            assert sum(asks) < breakeven_sum(market.fees(), *asks)
            assert up.at_ms is not None
            assert down.at_ms is not None
            assert moment - min(up.at_ms, down.at_ms) <= markets.step_ms
            assert min(up.asks[0][1], down.asks[0][1]) <= 80
    assert taken >= 5


def test_artefacts_come_about_as_often_as_documented_and_carry_old_times() -> None:
    counts = dict.fromkeys(RATES, 0)
    minutes = 0
    for number in range(60):
        minutes += 13
        for episode in episodes(7, window(number)):
            counts[episode.kind] += 1
    for kind, rate in RATES.items():
        expected = rate * minutes
        assert abs(counts[kind] - expected) < 4 * math.sqrt(expected)
    crossed = 0
    for number in range(30):
        market, markets = window(number), feed()
        for episode in episodes(7, market):
            book = markets.shown(episode.token, episode.start_ms)
            if episode.kind == "crossed" and book is not None and book.bids and book.asks:
                assert book.at_ms is not None
                if book.bids[0][0] >= book.asks[0][0]:
                    crossed += 1
                    assert episode.start_ms - book.at_ms >= 3_000
    assert crossed > 10


def test_settlement_is_the_mean_of_the_last_minute_and_comes_late() -> None:
    markets, market = feed(), window()
    path = path_of(7, "btc")
    end_s = market.end_ms // 1000
    mean = sum(path.second(second) for second in range(end_s - 59, end_s + 1)) / 60
    resolved = markets.resolved_ms(market)
    assert 45_000 <= resolved - market.end_ms <= 75_000
    assert markets.final_price(market, resolved - 1) is None
    assert markets.winner(market, resolved - 1) is None
    final = markets.final_price(market, resolved)
    assert final == Decimal(mean).quantize(Decimal("0.01"))
    opening = markets.price_to_beat(market, market.start_ms + 30_000)
    assert opening is not None
    assert markets.price_to_beat(market, market.start_ms + 4_000) is None
    assert markets.winner(market, resolved) == ("UP" if final >= opening else "DOWN")


def test_bars_agree_with_the_path_and_do_not_look_ahead() -> None:
    prices = SimulatedPrices(7)
    bars = prices.bars("btc", "binance", 60, NOW_MS - 600_000, 100, NOW_MS + 30_000)
    assert [bar.start_ms for bar in bars] == list(range(NOW_MS - 600_000, NOW_MS + 1, 60_000))
    for bar in bars:
        assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
    again = prices.bars("btc", "binance", 60, NOW_MS, 1, NOW_MS + 10_000)[0]
    assert again.open == bars[-1].open
    assert bars[-1].high >= again.high
