"""Curves and levels: sampled over every scope, by cautious prices, days by a zone, thinned with age."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import psycopg
import pytest
from support.ledger import NOON, booking, entry, fill

from argosy.core.money.ledger import EntryKind, entries_of
from argosy.infrastructure.money.sampling import sample_equity
from argosy.infrastructure.storage.actions import decision_context
from argosy.infrastructure.storage.engine.database import Database, libpq_url
from argosy.infrastructure.storage.money import equity, ledger, marks

pytestmark = pytest.mark.integration
NEW_YORK = ZoneInfo("America/New_York")
UTC_ZONE = ZoneInfo("UTC")


class Desk:
    def __init__(self, database: Database, url: str) -> None:
        self.database, self.url = database, url

    def pay_in(self, capital: str, bot: str = "b", mode: str = "paper") -> None:
        self.database.run(ledger.ensure_capital(bot, "trading", mode, Decimal(capital), "USD", NOON))

    def buy(self, id: str, quantity: str, price: str, **changes: object) -> None:
        self.database.run(ledger.book(entries_of(fill(id, "buy", quantity, price), booking(**changes))))

    def mark(self, price: str, at: datetime, *, symbol: str = "s", currency: str = "USD") -> None:
        with psycopg.connect(libpq_url(self.url)) as connection:
            connection.execute(
                "INSERT INTO marks (mode, venue, symbol, price, currency, rate, at) VALUES ('paper', 'v', %s, %s, %s, 1, %s) "
                "ON CONFLICT (mode, venue, symbol) DO UPDATE SET price = excluded.price, at = excluded.at",
                (symbol, price, currency, at),
            )

    def sample(self, now: datetime, zone: ZoneInfo = UTC_ZONE) -> int:
        return sample_equity(self.database, now, zone=zone, mark_max_age_s=60)

    def last(self, scope: str = "bot:b", mode: str = "paper") -> equity.PointRecord:
        found = self.database.run(equity.last_before(scope, mode, NOON + timedelta(days=400)))
        assert found is not None
        return found


@pytest.fixture
def desk(database: Database, database_url: str) -> Desk:
    return Desk(database, database_url)


def test_every_scope_has_its_point(desk: Desk) -> None:
    assert desk.sample(NOON) == 0
    desk.pay_in("100")
    desk.pay_in("50", bot="other")
    desk.pay_in("7", bot="other", mode="live")
    desk.buy("1", "10", "0.4")
    desk.mark("0.5", NOON)
    assert desk.sample(NOON) == 6 + 3
    found = {
        scope: (point.capital, point.cash, point.equity, point.unrealised)
        for scope in ("platform", "domain:trading", "bot:b", "bot:other", "strategy:b/one", "venue:v")
        for point in [desk.last(scope)]
    }
    assert found == {
        "platform": (150, 146, 151, 1),
        "domain:trading": (150, 146, 151, 1),
        "bot:b": (100, 96, 101, 1),
        "bot:other": (50, 50, 50, 0),
        "strategy:b/one": (0, -4, 1, 1),
        "venue:v": (0, -4, 1, 1),
    }
    assert desk.last("platform", "live").equity == 7


def test_the_high_water_mark_and_the_fall_from_it(desk: Desk) -> None:
    desk.pay_in("100")
    desk.buy("1", "100", "0.5")
    for seconds, price, high, fall in (
        (0, "0.5", "100", "0"),
        (10, "0.9", "140", "0"),
        (20, "0.2", "140", "0.5"),
        (30, "0.8", "140", "0.071428571429"),
        (40, "0.95", "145", "0"),
    ):
        now = NOON + timedelta(seconds=seconds)
        desk.mark(price, now)
        desk.sample(now)
        assert (desk.last().high_water, desk.last().drawdown) == (Decimal(high), Decimal(fall))
    assert len(desk.database.run(equity.curve("bot:b", "paper", NOON, NOON + timedelta(seconds=40)))) == 4
    newest = desk.database.run(equity.curve("bot:b", "paper", NOON, NOON + timedelta(seconds=41), limit=2))
    assert [(point.at - NOON).total_seconds() for point in newest] == [30, 40]


def test_an_old_price_counts_and_raises_no_mark(desk: Desk) -> None:
    desk.pay_in("100")
    desk.buy("1", "100", "0.5")
    desk.mark("0.9", NOON)
    desk.sample(NOON + timedelta(seconds=60, microseconds=1))
    assert (desk.last().equity, desk.last().high_water) == (140, 100)
    desk.mark("0.9", NOON + timedelta(seconds=1))
    desk.sample(NOON + timedelta(seconds=61))
    assert (desk.last().equity, desk.last().high_water) == (140, 140)


def test_a_price_from_ahead_of_the_clock_raises_no_mark(desk: Desk) -> None:
    desk.pay_in("100")
    desk.buy("1", "100", "0.5")
    desk.mark("0.9", NOON)
    desk.sample(NOON - timedelta(seconds=5, microseconds=1))
    assert (desk.last().equity, desk.last().high_water) == (140, 100)
    desk.sample(NOON - timedelta(seconds=5))
    assert desk.last().high_water == 140


def test_without_a_price_a_position_counts_at_cost(desk: Desk) -> None:
    desk.pay_in("100")
    desk.buy("1", "100", "0.5")
    desk.sample(NOON)
    assert (desk.last().equity, desk.last().unrealised, desk.last().high_water) == (100, 0, 100)


def test_a_price_in_another_currency_is_converted(desk: Desk) -> None:
    desk.pay_in("100")
    desk.buy("1", "10", "2")
    desk.mark("3", NOON, currency="EUR")
    desk.sample(NOON)
    assert desk.last().equity == 100  # nobody knows what a euro is worth: at cost
    desk.mark("1.1", NOON, symbol="EUR/USD")
    desk.sample(NOON + timedelta(seconds=10))
    assert desk.last().equity == Decimal(80) + Decimal(33)


def test_a_day_begins_with_what_was_known_before_it_in_the_zone(desk: Desk) -> None:
    desk.pay_in("100")
    desk.buy("1", "100", "0.5")
    midnight = datetime(2026, 2, 3, tzinfo=NEW_YORK)
    for moment, price, start in (
        (midnight - timedelta(seconds=20), "0.5", "100"),
        (midnight - timedelta(microseconds=1), "0.4", "100"),
        (midnight, "0.3", "90"),
        (midnight + timedelta(hours=2), "0.2", "90"),
    ):
        desk.mark(price, moment)
        desk.sample(moment, NEW_YORK)
        assert desk.database.run(equity.levels("paper"))["bot:b"].day_start_equity == Decimal(start)
    assert desk.database.run(equity.levels("paper"))["bot:b"].day == "2026-02-03"


def test_a_decision_before_the_first_look_of_a_day_counts_that_day_alone(desk: Desk) -> None:
    """All was down over midnight, and the guard looks before equity is sampled."""
    desk.pay_in("100")
    desk.buy("1", "100", "0.5")
    midnight = datetime(2026, 2, 3, tzinfo=NEW_YORK)

    def lost(now: datetime) -> Decimal:
        account = desk.database.run(decision_context.snapshot("paper", now, NEW_YORK)).accounts["bot:b"]
        return account.day_start_equity - account.equity

    for moment, price in ((midnight - timedelta(hours=9), "0.5"), (midnight - timedelta(hours=3), "0.3")):
        desk.mark(price, moment)
        desk.sample(moment, NEW_YORK)
    assert lost(midnight - timedelta(seconds=1)) == 20
    desk.mark("0.25", midnight + timedelta(hours=5))
    assert lost(midnight + timedelta(hours=5)) == 5
    desk.pay_in("1000")
    assert lost(midnight + timedelta(hours=5)) == 5
    desk.sample(midnight + timedelta(hours=5), NEW_YORK)
    assert lost(midnight + timedelta(hours=5)) == 5
    desk.mark("0.2", midnight + timedelta(hours=6))
    assert lost(midnight + timedelta(hours=6)) == 10


def lost(desk: Desk, now: datetime, zone: ZoneInfo = UTC_ZONE) -> Decimal:
    """What the daily loss of the bot is measured as."""
    account = desk.database.run(decision_context.snapshot("paper", now, zone)).accounts["bot:b"]
    return account.day_start_equity - account.equity


@pytest.mark.parametrize("ahead_s", [-2 * 86_400, -86_400, 3600 * 12, 86_400, 400 * 86_400])
def test_a_clock_that_is_wrong_for_one_look_forgets_no_loss(desk: Desk, ahead_s: int) -> None:
    """The loss of today counts when the clock is right again, and tomorrow starts with what was there at midnight."""
    noon = NOON + timedelta(hours=6)
    desk.pay_in("100")
    desk.buy("1", "100", "0.5")
    yesterday = noon - timedelta(days=1)
    desk.mark("0.5", yesterday)
    desk.sample(yesterday)
    desk.mark("0.3", noon)
    desk.sample(noon)
    assert lost(desk, noon) == 20
    desk.sample(noon + timedelta(seconds=ahead_s))
    for later_s in (3, 60, 120):
        now = noon + timedelta(seconds=later_s)
        assert lost(desk, now) == 20
        desk.sample(now)
        assert lost(desk, now) == 20
    midnight = datetime.combine(noon.date() + timedelta(days=1), datetime.min.time(), UTC)
    desk.mark("0.28", midnight - timedelta(seconds=1))
    desk.sample(midnight - timedelta(seconds=1))
    desk.mark("0.25", midnight)
    assert lost(desk, midnight) == 3
    desk.sample(midnight)
    assert lost(desk, midnight + timedelta(hours=23)) == 3


def test_a_start_that_was_taken_later_than_now_is_none(desk: Desk) -> None:
    """The process that was a day ahead ended with that look: the next one is tomorrow."""
    desk.pay_in("100")
    desk.buy("1", "100", "0.5")
    desk.mark("0.5", NOON)
    desk.sample(NOON)
    desk.mark("0.2", NOON)
    desk.sample(NOON + timedelta(days=1))  # takes tomorrow's start at noon, from what is there now
    midnight = datetime.combine(NOON.date() + timedelta(days=1), datetime.min.time(), UTC)
    desk.mark("0.15", midnight)
    assert lost(desk, midnight) == 35, "from the last point before midnight"


def test_a_first_day_starts_with_the_capital_whatever_the_clock_said(desk: Desk) -> None:
    desk.pay_in("100")
    desk.buy("1", "100", "0.5")
    desk.mark("0.4", NOON)
    desk.sample(NOON + timedelta(days=1))
    desk.sample(NOON)
    assert lost(desk, NOON) == 10
    assert desk.database.run(equity.levels("paper"))["bot:b"].day == f"{NOON:%Y-%m-%d}"


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1)])
def test_days_of_23_and_25_hours_begin_once(desk: Desk, day: date) -> None:
    begins = datetime.combine(day, time(), NEW_YORK)
    ends = datetime.combine(day + timedelta(days=1), time(), NEW_YORK)
    desk.pay_in("100")
    desk.buy("1", "100", "0.5")
    moment, price = begins.astimezone(UTC) - timedelta(hours=2), Decimal("0.50")
    starts = set()
    while moment < ends:
        desk.mark(str(price), moment)
        desk.sample(moment, NEW_YORK)
        if moment >= begins:
            starts.add(desk.database.run(equity.levels("paper"))["bot:b"].day_start_equity)
        moment, price = moment + timedelta(hours=1), price - Decimal("0.01")
    assert starts == {Decimal(99)}, "what was there an hour before midnight"


def test_another_zone_finds_the_start_of_its_own_day(desk: Desk) -> None:
    desk.pay_in("100")
    desk.buy("1", "100", "0.5")
    for hours, price in ((0, "0.5"), (6, "0.45"), (14, "0.4")):  # noon, evening, two in the morning, UTC
        desk.mark(price, NOON + timedelta(hours=hours))
        desk.sample(NOON + timedelta(hours=hours))
    now = NOON + timedelta(hours=14, seconds=30)
    assert lost(desk, now) == 5, "since midnight in UTC"
    desk.sample(now, NEW_YORK)
    assert lost(desk, now, NEW_YORK) == 10, "the day in New York began before the first point"


def test_capital_paid_in_or_taken_out_is_no_gain_and_no_loss(desk: Desk) -> None:
    desk.pay_in("100")
    desk.sample(NOON)
    desk.pay_in("40")
    desk.sample(NOON + timedelta(seconds=10))
    assert (desk.last().equity, desk.last().high_water, desk.last().drawdown) == (40, 40, 0)
    assert desk.database.run(equity.levels("paper"))["bot:b"].day_start_equity == 40
    desk.pay_in("90")
    desk.sample(NOON + timedelta(seconds=20))
    assert (desk.last().equity, desk.last().high_water, desk.last().drawdown) == (90, 90, 0)


def test_of_two_looks_the_newer_one_counts(desk: Desk) -> None:
    desk.pay_in("100")
    assert desk.sample(NOON) == 3
    assert desk.sample(NOON) == 0
    assert desk.sample(NOON - timedelta(seconds=5)) == 0
    assert desk.sample(NOON + timedelta(microseconds=1)) == 3


def test_a_clock_that_was_set_back_stops_nothing(desk: Desk) -> None:
    desk.pay_in("100")
    ahead = NOON + timedelta(hours=3)
    assert desk.sample(ahead) == 3
    assert desk.sample(ahead - equity.AT_ONCE + timedelta(seconds=1)) == 0
    desk.pay_in("40")
    assert desk.sample(NOON) == 3
    level = desk.database.run(equity.levels("paper"))["bot:b"]
    assert (level.high_water, level.day_start_equity, level.capital) == (40, 40, 40)
    desk.sample(ahead - timedelta(hours=1))
    assert desk.sample(ahead) == 3  # a point of that moment is there: it stays
    assert desk.last().capital == 100


def test_prices_that_nobody_needs_are_forgotten(desk: Desk) -> None:
    desk.buy("1", "10", "0.4", strategy_id="one")
    for symbol in ("s", "gone", "EUR/USD"):
        desk.mark("0.5", NOON, symbol=symbol)
    desk.mark("0.5", NOON + timedelta(seconds=1), symbol="fresh")
    assert desk.database.run(marks.forget(NOON)) == 0
    assert desk.database.run(marks.forget(NOON + timedelta(seconds=1))) == 1
    assert {symbol for _, symbol in desk.database.run(marks.of("paper"))} == {"s", "EUR/USD", "fresh"}


def test_curves_are_thinned_with_age(desk: Desk, database_url: str) -> None:
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute(
            "INSERT INTO equity_points SELECT scope, 'paper', %s::timestamptz - n * interval '10 s', "
            "0, 0, 0, 0, 0, 0, 0, 0 FROM generate_series(1, 8 * 8640) n, unnest(ARRAY['platform', 'bot:b']) scope",
            (NOON,),
        )
    gone = desk.database.run(equity.thin(NOON))
    day, week = NOON - timedelta(days=1), NOON - timedelta(days=7)

    def count(since: datetime, until: datetime) -> int:
        return len(desk.database.run(equity.curve("bot:b", "paper", since, until, limit=10**6)))

    assert count(day, NOON) == 8640
    assert count(week, day) == 6 * 1440
    assert count(NOON - timedelta(days=9), week) == 96
    assert gone == 2 * (8 * 8640 - 8640 - 6 * 1440 - 96)
    assert desk.database.run(equity.thin(NOON)) == 0


def test_other_cash_flows_are_realised(desk: Desk) -> None:
    desk.pay_in("100")
    desk.database.run(
        ledger.book([entry(EntryKind.INCOME, "5"), entry(EntryKind.EXPENSE, "-2", strategy_id="")])
    )
    desk.sample(NOON)
    assert (desk.last().realised, desk.last().equity, desk.last().fees) == (3, 103, 0)
